// SIGSTOP and SIGCONT: the process hangs as in a long garbage collection or on a machine that swaps. Its port stays open,
// nothing answers, and nothing is lost.

import type { Part } from '../context/lab.ts';
import type { ServerProcess } from '../processes/server.ts';
import type { Forgetting } from './kill.ts';

export function pause(part: Part, server: ServerProcess, { forgets }: Forgetting): void {
  server.pause();
  const cause = `${server.name} hung, and the gateway sent its users to servers that do not know them`;
  part.mark({
    kind: 'pause',
    text: `SIGSTOP ${server.name}`,
    proof: { pid: server.pid, signal: 'SIGSTOP' },
    ...(forgets ? { excuses: { servers: [server.name], cause } } : {}),
  });
}

export function resume(part: Part, server: ServerProcess): void {
  server.resume();
  part.mark({ kind: 'back', text: `SIGCONT ${server.name}`, proof: { pid: server.pid, signal: 'SIGCONT' } });
}
