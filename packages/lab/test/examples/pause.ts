import { setTimeout as delay } from 'node:timers/promises';
import type { ServerProcess } from '../../src/fleet/server-process.ts';
import type { Part } from '../../src/lab.ts';

/** SIGSTOP for `ms`: connections are taken, nothing is answered, nothing is forgotten. */
export async function pause(part: Part, server: ServerProcess, ms: number): Promise<void> {
  const at = part.now();
  server.pause();
  await delay(ms);
  server.resume();
  const proof = { pid: server.pid, signals: 'SIGSTOP, SIGCONT' };
  part.mark({ at, until: part.now(), kind: 'pause', text: `${server.name} paused`, proof });
}
