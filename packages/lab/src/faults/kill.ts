// SIGKILL: the process is gone without a chance to save or to say anything.

import type { Part } from '../context/lab.ts';
import type { ProcessEnd, ServerProcess } from '../processes/server.ts';

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
    ...createExcuse(server.name, forgets, 'killed'),
  });
  return end;
}

export function createExcuse(name: string, forgets: boolean, what: string) {
  return forgets ? { excuses: { servers: [name], cause: `${name} was ${what}, and its memory with it` } } : {};
}
