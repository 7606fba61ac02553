// A server ends and comes back on the same port: killed, or asked to end (SIGTERM, with time to drain).

import type { Part } from '../contracts/context.ts';
import type { ServerProcess } from '../processes/server.ts';
import { excuseUsers, type Forgetting, kill } from './kill.ts';

const DRAIN_MS = 15_000;

export async function killAndRestart(part: Part, server: ServerProcess, forgetting: Forgetting): Promise<void> {
  await kill(part, server, forgetting);
  await startAgain(part, server);
}

export async function drainAndRestart(part: Part, server: ServerProcess, { forgets }: Forgetting): Promise<void> {
  const at = part.now();
  const { pid, signal, exitCode, tookMs } = await server.stop(DRAIN_MS);
  part.mark({
    at,
    until: part.now(),
    kind: 'drain',
    text: `SIGTERM ${server.name}`,
    proof: { pid, signal, 'exit code': exitCode, 'took ms': Math.round(tookMs) },
    ...excuseUsers(forgets, server, `${server.name} was replaced, and its memory is gone`),
  });
  await startAgain(part, server);
}

async function startAgain(part: Part, server: ServerProcess): Promise<void> {
  const at = part.now();
  const readyMs = await server.start();
  const proof = { pid: server.pid, 'ready after ms': Math.round(readyMs) };
  part.mark({ at, until: part.now(), kind: 'back', text: `${server.name} is back`, proof });
}
