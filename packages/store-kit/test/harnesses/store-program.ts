// The program of store-process.ts: opens SQLite stores and calls their methods. The kit's clock comes with each call.

import { createSqliteStore, type SqliteStore } from '@statecraft/auth-core/sqlite';
import type { StoreAnswer, StoreRequest } from './store-process.ts';

let now = 0;
let opening: Promise<SqliteStore> | undefined;

async function run({ method, args, now: callNow }: StoreRequest): Promise<unknown> {
  if (method === 'open') {
    opening = createSqliteStore({ ...(args[0] as { path: string }), clock: () => now });
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
