// SIGKILL: the process is gone without a chance to save or to say anything.

import type { ProcessEnd, ServerProcess } from '../fleet/server-process.ts';
import type { Part } from '../lab.ts';

export interface Forgetting {
  /** Whether what this server remembers is in its own memory: its users may then be signed out, and for this reason. */
  readonly forgets: boolean;
}

export async function kill(part: Part, server: ServerProcess, { forgets }: Forgetting): Promise<ProcessEnd> {
  const at = part.now();
  const end = await server.kill();
  part.mark({
    at,
    kind: 'kill',
    text: `kill -9 ${server.name}`,
    proof: { pid: end.pid, signal: end.signal, 'exit code': end.exitCode },
    ...excuseOf(server.name, forgets, 'killed'),
  });
  return end;
}

export function excuseOf(name: string, forgets: boolean, what: string) {
  return forgets ? { excuses: { servers: [name], cause: `${name} was ${what}, and its memory with it` } } : {};
}
