import { createHash } from 'node:crypto';

/** Rendezvous hashing: each server has a score for each user, and the highest score wins. */
export function route(credential: string, servers: readonly string[]): string {
  const score = (server: string) => createHash('sha256').update(`${server} ${credential}`).digest('hex');
  return servers.reduce((best, server) => (score(server) > score(best) ? server : best));
}
