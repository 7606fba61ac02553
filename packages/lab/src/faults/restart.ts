// A server that ends and comes back on the same port.

import type { ServerProcess } from '../fleet/server-process.ts';
import type { Part } from '../lab.ts';
import { type Forgetting, kill } from './kill.ts';

/** @returns ms from the kill until it was ready again */
export async function killAndRestart(part: Part, server: ServerProcess, forgetting: Forgetting): Promise<number> {
  const from = part.now();
  await kill(part, server, forgetting);
  return comeBack(part, server, from);
}

async function comeBack(part: Part, server: ServerProcess, from: number): Promise<number> {
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
