// A server that ends and comes back on the same port: killed, or asked to (SIGTERM, with time to drain).

import type { Part } from '../context/lab.ts';
import type { ServerProcess } from '../processes/server.ts';
import { createExcuse, type Forgetting, kill } from './kill.ts';

/** @returns ms from the kill until it was ready again */
export async function killAndRestart(part: Part, server: ServerProcess, forgetting: Forgetting): Promise<number> {
  const from = part.now();
  await kill(part, server, forgetting);
  return startAgain(part, server, from);
}

/** SIGTERM, wait until the process is gone, start it again. */
export async function drainAndRestart(part: Part, server: ServerProcess, { forgets }: Forgetting): Promise<number> {
  const at = part.now();
  const end = await server.stop(15_000);
  part.mark({
    at,
    until: part.now(),
    kind: 'drain',
    text: `SIGTERM ${server.name}`,
    proof: { pid: end.pid, signal: end.signal, 'exit code': end.exitCode, 'took ms': Math.round(end.tookMs) },
    ...createExcuse(server.name, forgets, 'replaced'),
  });
  return startAgain(part, server, at);
}

async function startAgain(part: Part, server: ServerProcess, from: number): Promise<number> {
  const at = part.now();
  const readyMs = await server.start();
  part.mark({
    at,
    until: part.now(),
    kind: 'back',
    text: `${server.name} is back`,
    proof: { pid: server.pid, 'ready after ms': Math.round(readyMs) },
  });
  return part.now() - from;
}
