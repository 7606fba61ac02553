import { setTimeout as delay } from 'node:timers/promises';
import type { Part } from '../../src/contracts/context.ts';
import type { ServerProcess } from '../../src/processes/server.ts';

/** SIGSTOP for `ms`: the port stays open, nothing answers, and nothing is lost. */
export async function pause(part: Part, server: ServerProcess, ms: number): Promise<void> {
  const at = part.now();
  server.pause();
  await delay(ms);
  server.resume();
  const proof = { pid: server.pid, signals: 'SIGSTOP, SIGCONT' };
  part.mark({ at, until: part.now(), kind: 'pause', text: `${server.name} paused`, proof });
}
