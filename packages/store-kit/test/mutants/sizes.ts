// Stores that do not keep the limit of one user's bytes.

import { AuthError } from '@statecraft/auth-core';
import type { BreakInstance, Mutant } from './base.ts';

interface Texts {
  readonly data: string;
  readonly details: string;
}

const measure = (...texts: readonly string[]) => texts.reduce((sum, text) => sum + Buffer.byteLength(text), 0);

/** A store that accepts a text that the correct one refuses, if `accepts` says so. */
function acceptMore(accepts: (texts: Texts, share: number) => boolean, share: number): () => BreakInstance {
  return () => {
    const kept = new Map<string, Texts>();
    return ({ store, raw }) => ({
      async create(session) {
        const { data, details } = session;
        const isKept = measure(data, details) > share && accepts(session, share);
        await store.create(isKept ? { ...session, data: '{}', details: '{}' } : session);
        if (isKept) kept.set(session.id, { data, details });
      },
      async update(id, change) {
        const texts = { data: change.data, details: change.details ?? raw.read(id)?.details ?? '' };
        const isKept = measure(texts.data, texts.details) > share && accepts(texts, share);
        const outcome = await store.update(id, isKept ? { ...change, data: '{}' } : change);
        if (isKept) kept.set(id, texts);
        return outcome;
      },
      async read(id) {
        const session = await store.read(id);
        return session && { ...session, ...kept.get(id) };
      },
    });
  };
}

/** What each session of the mutants' store may take, bytes. */
const SHARE = 160 * 1024;

export const sizeMutants: readonly Mutant[] = [
  {
    name: 'characters are counted, not bytes',
    caughtBy: 'user-bytes-are-bounded',
    breakServer: acceptMore(({ data, details }, share) => data.length + details.length <= share, SHARE),
  },
  {
    name: 'details are not counted',
    caughtBy: 'user-bytes-are-bounded',
    breakServer: acceptMore(({ data }, share) => measure(data) <= share, SHARE),
  },
  {
    name: 'an update counts only the details that it replaces',
    caughtBy: 'user-bytes-are-bounded',
    breakInstance: ({ store, raw }) => ({
      async update(id, change) {
        if (change.details !== undefined || measure(change.data) > SHARE) return store.update(id, change);
        const details = raw.read(id)?.details ?? '';
        return store.update(id, measure(change.data, details) > SHARE ? { ...change, data: '{}' } : change);
      },
    }),
  },
  {
    name: 'a session of exactly its share is refused',
    caughtBy: 'user-bytes-are-bounded',
    breakInstance: ({ store }) => ({
      async create(session) {
        if (measure(session.data, session.details) >= SHARE) throw new AuthError('ERR_SESSION_DATA_TOO_LARGE');
        await store.create(session);
      },
    }),
  },
  {
    name: 'an update that is refused empties the session',
    caughtBy: 'user-bytes-are-bounded',
    breakInstance: ({ store }) => ({
      async update(id, change) {
        try {
          return await store.update(id, change);
        } catch (error) {
          await store.update(id, { ...change, data: '{}', details: '{}' });
          throw error;
        }
      },
    }),
  },
];
