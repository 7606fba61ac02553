// The PostgreSQL store keeps what every session store must keep: two instances on a real server.

import { type PostgresServer, startPostgres } from '@statecraft/infra-dev';
import { afterAll, beforeAll, describe, it } from 'vitest';
import { checkSessionStore } from '../src/index.ts';
import { createPostgresHarness } from './harnesses/postgres.ts';

let server: PostgresServer;
beforeAll(async () => {
  server = await startPostgres();
});
afterAll(() => server.stop());

// The end of a process loses nothing that PostgreSQL has answered, with fsync or without.
const harness = createPostgresHarness(() => server, { lossAfterKill: { ms: 0 } });
checkSessionStore({ describe, it, name: 'the PostgreSQL store', ...harness });
