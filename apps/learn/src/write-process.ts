// Writes sessions into a learner's store until it is killed: node write-process.ts <store.ts> <folder>. Tells its
// parent the id of each session after the store has acknowledged it.

import { setImmediate as nextTurn } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import { steadyClock } from '@statecraft/auth-core';
import { deriveSessionId, mintSessionToken } from '@statecraft/auth-core/store';

const [, , file = '', folder = ''] = process.argv;
const { createFileStore } = await import(pathToFileURL(file).href);
const store = createFileStore(folder, steadyClock);

for (;;) {
  const id = deriveSessionId(mintSessionToken('u1'));
  const now = steadyClock();
  const subject = { userId: 'u1', username: 'ada', roles: [] };
  await store.create({
    ...{ id, subject, data: '{}', details: '{}', createdAt: now },
    ...{ idleExpiresAt: now + 3_600_000, absoluteExpiresAt: now + 3_600_000 },
  });
  process.send?.(id);
  await nextTurn();
}
