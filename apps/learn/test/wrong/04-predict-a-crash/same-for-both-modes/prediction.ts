// seen: you predicted: user-
interface Situation {
  mode: 'jwt' | 'memory';
  users: { name: string; server: string }[];
  killed: string;
}

export function predict({ users, killed }: Situation): string[] {
  return users.filter(({ server }) => server === killed).map(({ name }) => name);
}
