// Checks that a port is free before nginx starts: nginx would try for three seconds and then print an error of bind().

import { once } from 'node:events';
import { createServer } from 'node:net';
import { GatewayError } from './errors.ts';

/** @throws GatewayError 1; the message names the port, the reason and what to do. */
export async function requirePort(port: number, address: string): Promise<void> {
  const problem = await probePort(port, address.replace(/^\[|\]$/g, ''));
  if (problem === undefined) return;
  throw new GatewayError(1, `Port ${port} on ${address} ${explainProblem(problem, port)}`);
}

/** False if only root may bind the port. True if another process uses it now. */
export async function canBind(port: number, address: string): Promise<boolean> {
  return (await probePort(port, address)) !== 'EACCES';
}

function explainProblem(problem: string, port: number): string {
  if (problem === 'EADDRINUSE')
    return `is in use by another process: lsof -i :${port} shows it. End that process, or choose another port.`;
  if (problem === 'EACCES') return 'may not be bound by this user. Choose a port above 1023.';
  if (problem === 'EADDRNOTAVAIL') return 'cannot be bound: this machine has no such address.';
  return `cannot be bound: ${problem}.`;
}

async function probePort(port: number, host: string): Promise<string | undefined> {
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
