// seen: users moved
import { createHash } from 'node:crypto';

export function route(credential: string, servers: readonly string[]): string {
  const number = createHash('sha256').update(credential).digest().readUInt32BE();
  const sorted = [...servers].sort();
  return sorted[number % sorted.length] ?? '';
}
