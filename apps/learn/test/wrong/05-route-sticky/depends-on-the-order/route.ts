// seen: users got the same server again
import { createHash } from 'node:crypto';

export function route(credential: string, servers: readonly string[]): string {
  const number = createHash('sha256').update(credential).digest().readUInt32BE();
  return servers[number % servers.length] ?? '';
}
