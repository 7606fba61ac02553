// Whether a port can be had, asked before nginx is: it tries for three seconds and then speaks of bind().

import { once } from 'node:events';
import { createServer } from 'node:net';
import { GatewayError } from './errors.ts';

/** @throws GatewayError 1 that says which port, why not, and what to do. */
export async function requirePort(port: number, address: string): Promise<void> {
  const problem = await problemOf(port, address.replace(/^\[|\]$/g, ''));
  if (problem === undefined) return;
  throw new GatewayError(1, `Port ${port} on ${address} ${explain(problem, port)}`);
}

/** False where only root may have it; a port that is in use may be had, only not now. */
export async function mayBind(port: number, address: string): Promise<boolean> {
  return (await problemOf(port, address)) !== 'EACCES';
}

function explain(problem: string, port: number): string {
  if (problem === 'EADDRINUSE')
    return `is in use by another process: lsof -i :${port} says by which. End that, or choose another port.`;
  if (problem === 'EACCES') return 'may not be bound by this user. Choose one above 1023.';
  if (problem === 'EADDRNOTAVAIL') return 'cannot be had: this machine has no such address.';
  return `cannot be had: ${problem}.`;
}

async function problemOf(port: number, host: string): Promise<string | undefined> {
  const server = createServer();
  const problem = await new Promise<string | undefined>((resolve) => {
    server.once('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message));
    server.listen(port, host, () => resolve(undefined));
  });
  if (problem !== undefined) return problem;
  server.close();
  await once(server, 'close');
  return undefined;
}
