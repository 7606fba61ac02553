interface Situation {
  mode: 'jwt' | 'memory';
  users: { name: string; server: string }[];
  killed: string;
}

export function predict({ mode, users, killed }: Situation): string[] {
  if (mode === 'jwt') return [];
  return users.filter(({ server }) => server === killed).map(({ name }) => name);
}
