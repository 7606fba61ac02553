// SIGKILL: the process is gone and could not save anything.

import type { Part } from '../contracts/context.ts';
import type { ServerProcess } from '../processes/server.ts';

export interface Forgetting {
  /** Sessions are in the memory of this server, so the fault may sign its users out. */
  readonly forgets: boolean;
}

export async function kill(part: Part, server: ServerProcess, { forgets }: Forgetting): Promise<void> {
  const at = part.now();
  const { pid, signal, exitCode } = await server.kill();
  part.mark({
    at,
    kind: 'kill',
    text: `kill -9 ${server.name}`,
    proof: { pid, signal, 'exit code': exitCode },
    ...excuseUsers(forgets, server, `${server.name} was killed, and its memory is gone`),
  });
}

/** What makes a mark the known cause for the users of one server. */
export const excuseUsers = (forgets: boolean, { name }: ServerProcess, cause: string) =>
  forgets ? { excuses: { servers: [name], cause } } : {};
