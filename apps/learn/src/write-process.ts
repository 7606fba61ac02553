// Writes sessions into a learner's store until it is killed: node write-process.ts <store.ts> <folder>. Tells its parent
// about each call after the store has acknowledged it.

import { setImmediate as nextTurn } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import { type SessionStore, steadyClock } from '@statecraft/auth-core';
import { deriveSessionId, mintSessionToken } from '@statecraft/auth-core/store';

const HOUR_MS = 3_600_000;

/** A call that the store has answered, and what it wrote. */
export interface Acknowledged {
  readonly id: string;
  readonly method: 'create' | 'update' | 'touch';
  readonly data: string;
  readonly idleExpiresAt: number;
}

async function writeOne(store: SessionStore): Promise<void> {
  const id = deriveSessionId(mintSessionToken('u1')) ?? '';
  const now = steadyClock();
  const data = '{"cart":1}';
  const subject = { userId: 'u1', username: 'ada', roles: [] };
  const [created, updated, touched] = [now + HOUR_MS, now + 2 * HOUR_MS, now + 3 * HOUR_MS];
  await store.create({
    ...{ id, subject, data: '{}', details: '{}', createdAt: now },
    ...{ idleExpiresAt: created, absoluteExpiresAt: now + 10 * HOUR_MS },
  });
  await acknowledge({ id, method: 'create', data: '{}', idleExpiresAt: created });
  await store.update(id, { version: 1, data, idleExpiresAt: updated });
  await acknowledge({ id, method: 'update', data, idleExpiresAt: updated });
  await store.touch(id, touched);
  await acknowledge({ id, method: 'touch', data, idleExpiresAt: touched });
}

async function acknowledge(call: Acknowledged): Promise<void> {
  process.send?.(call);
  await nextTurn();
}

if (import.meta.main) {
  const [, , file = '', folder = ''] = process.argv;
  const { createFileStore } = await import(pathToFileURL(file).href);
  const store: SessionStore = createFileStore(folder, steadyClock);
  for (;;) await writeOne(store);
}
