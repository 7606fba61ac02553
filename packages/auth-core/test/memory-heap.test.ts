// What a heap dump of the store's process holds (invariant 26): a worker has the sessions, the test has the tokens, and
// looks for them in a heap snapshot of the worker.

import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { Worker } from 'node:worker_threads';
import { expect, it } from 'vitest';
import { mintSessionToken } from '../src/store.ts';
import { createManualClock, newSession, requireId } from './fixture.ts';

const STORE = `
  import { parentPort } from 'node:worker_threads';
  import { createMemoryStore } from '${new URL('../src/stores/memory.ts', import.meta.url)}';
  const store = createMemoryStore();
  parentPort.on('message', (session) => parentPort.postMessage(store.create(session)));
`;

it('a heap dump of the memory store holds ids and data, and no token', async () => {
  const url = new URL(`data:text/javascript,${encodeURIComponent(STORE)}`);
  const worker = new Worker(url, { execArgv: ['--conditions=@statecraft/source'] });
  const tokens = Array.from({ length: 50 }, (_, i) => mintSessionToken(i % 2 ? 'ada' : undefined));
  const sessions = tokens.map((token, i) =>
    newSession(createManualClock(Date.now()), i % 2 ? 'ada' : undefined, {
      id: requireId(token),
      data: `{"mark":"seen-${i}"}`,
    }),
  );
  for (const session of sessions) {
    worker.postMessage(session);
    await once(worker, 'message');
  }
  const heap = await text(await worker.getHeapSnapshot());
  await worker.terminate();
  for (const { id } of sessions) expect(heap).toContain(id);
  expect(heap).toContain('seen-49');
  // The secret part: everything after the partition.
  expect(tokens.filter((token) => heap.includes(token.slice(16)))).toEqual([]);
}, 60_000);
