// seen: you predicted: no user
interface Situation {
  mode: 'jwt' | 'memory';
  users: { name: string; server: string }[];
  killed: string;
}

export function predict(_situation: Situation): string[] {
  return [];
}
