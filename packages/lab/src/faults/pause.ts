// SIGSTOP and SIGCONT: the process hangs as in a long garbage collection or on a machine that swaps. Its port stays open,
// nothing answers, and nothing is lost.

import type { Part } from '../contracts/context.ts';
import type { ServerProcess } from '../processes/server.ts';
import { excuseUsers, type Forgetting } from './kill.ts';

export function pauseServer(part: Part, server: ServerProcess, { forgets }: Forgetting): void {
  server.pause();
  part.mark({
    kind: 'pause',
    text: `SIGSTOP ${server.name}`,
    proof: { pid: server.pid, signal: 'SIGSTOP' },
    ...excuseUsers(
      forgets,
      server,
      `${server.name} hung, and the gateway sent its users to servers without their session`,
    ),
  });
}

export function resumeServer(part: Part, server: ServerProcess): void {
  server.resume();
  part.mark({ kind: 'back', text: `SIGCONT ${server.name}`, proof: { pid: server.pid, signal: 'SIGCONT' } });
}
