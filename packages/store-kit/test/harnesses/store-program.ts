// The program of store-process.ts.

import { createSqliteStore } from '@statecraft/auth-core/sqlite';
import type { StoreAnswer, StoreCall } from './store-process.ts';

let now = 0;
const options = JSON.parse(process.argv[2] ?? '');
const opening = createSqliteStore({ ...options, clock: () => now });

process.on('message', async ({ number, method, args, now: callNow }: StoreCall) => {
  const store = await opening;
  now = callNow;
  try {
    const call = store[method] as (...args: readonly unknown[]) => unknown;
    send({ number, answer: await call(...args) });
  } catch (error) {
    const { code = 'ERR_STORE_UNAVAILABLE', message } = error as { code?: string; message: string };
    send({ number, code, message });
  }
});
process.on('disconnect', () => process.exit());

function send(answer: StoreAnswer): void {
  process.send?.(answer);
}
