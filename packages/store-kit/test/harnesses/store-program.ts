// The program of store-process.ts: opens stores and calls their methods. The kit's clock comes with each call.

import { createPostgresStore, postgresPoolOptions } from '@statecraft/auth-core/postgres';
import { createSqliteStore } from '@statecraft/auth-core/sqlite';
import { Pool } from 'pg';
import type { StoreAnswer, StoreOpening, StoreRequest } from './store-process.ts';

let now = 0;
let opening: ReturnType<typeof open> | undefined;

async function open(given: StoreOpening) {
  const clock = () => now;
  if (given.kind === 'sqlite') return createSqliteStore({ ...given.options, clock });
  const { url, deadlineMs, options } = given;
  const pool = new Pool({ connectionString: url, ...postgresPoolOptions({ deadlineMs }) });
  const store = createPostgresStore({ ...options, pool, clock });
  const close = async () => {
    await store.close();
    await pool.end();
  };
  return { ...store, close };
}

async function run({ method, args, now: callNow }: StoreRequest): Promise<unknown> {
  if (method === 'open') {
    opening = open(args[0] as StoreOpening);
    await opening;
    return undefined;
  }
  const store = await opening;
  if (store === undefined) throw new Error('No store is open.');
  now = callNow;
  const call = store[method] as (...args: readonly unknown[]) => unknown;
  return call(...args);
}

process.on('message', async (request: StoreRequest) => {
  const { number } = request;
  try {
    send({ number, answer: await run(request) });
  } catch (error) {
    const { code = 'ERR_STORE_UNAVAILABLE', message } = error as { code?: string; message: string };
    send({ number, code, message });
  }
});
process.on('disconnect', () => process.exit());

function send(answer: StoreAnswer): void {
  process.send?.(answer);
}
