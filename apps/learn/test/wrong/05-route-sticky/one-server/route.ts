// seen: one server got 1000 users
export function route(_credential: string, servers: readonly string[]): string {
  return [...servers].sort()[0] ?? '';
}
