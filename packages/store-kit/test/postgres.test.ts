// The PostgreSQL store keeps what every session store must keep: two instances on a real server, in one
// process, where every race is forced, and in two.

import { type PostgresServer, startPostgres } from '@statecraft/infra-dev';
import { afterAll, beforeAll, describe, it } from 'vitest';
import { checkSessionStore } from '../src/index.ts';
import { createPostgresHarness } from './harnesses/postgres.ts';
import { endIdleProcess } from './harnesses/store-process.ts';

let server: PostgresServer;
beforeAll(async () => {
  server = await startPostgres();
});
afterAll(() => server.stop());

afterAll(endIdleProcess);

// The end of a process loses nothing that PostgreSQL has answered, with fsync or without.
const options = { lossAfterKill: { ms: 0 } };
const harness = createPostgresHarness(() => server, options);
checkSessionStore({ describe, it, name: 'the PostgreSQL store', ...harness });

const inTwoProcesses = createPostgresHarness(() => server, { ...options, twoProcesses: true });
checkSessionStore({ describe, it, name: 'the PostgreSQL store in two processes', ...inTwoProcesses });
