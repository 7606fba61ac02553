// seen: users got the same server again
const known = new Map<string, string>();
let turn = 0;

export function route(credential: string, servers: readonly string[]): string {
  const server = known.get(credential);
  if (server !== undefined && servers.includes(server)) return server;
  turn += 1;
  const next = servers[turn % servers.length] ?? '';
  known.set(credential, next);
  return next;
}
