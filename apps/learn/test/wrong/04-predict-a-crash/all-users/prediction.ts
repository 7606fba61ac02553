// seen: you predicted: user-
interface Situation {
  mode: 'jwt' | 'memory';
  users: { name: string; server: string }[];
  killed: string;
}

export function predict({ users }: Situation): string[] {
  return users.map(({ name }) => name);
}
