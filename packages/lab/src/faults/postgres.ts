// Faults of PostgreSQL. Each leaves a mark with its proof.

import type { PostgresServer } from '@statecraft/infra-dev';
import type { Part } from '../contracts/context.ts';

/** kill -9 of all of its processes. */
export async function killPostgres(part: Part, postgres: PostgresServer): Promise<void> {
  const at = part.now();
  const { pid } = postgres;
  await postgres.kill();
  part.mark({ at, kind: 'postgres-kill', text: 'kill -9 PostgreSQL', proof: { pid, signal: 'SIGKILL' } });
}

/** On the same port, with what it had committed. */
export async function startPostgresAgain(part: Part, postgres: PostgresServer): Promise<void> {
  const at = part.now();
  await postgres.restart();
  part.mark({ at, until: part.now(), kind: 'back', text: 'PostgreSQL is back', proof: { pid: postgres.pid } });
}
