// Runs the conformance kit on the store: races, expiries, hostile texts, damaged records.

import { describe, it } from 'node:test';
import { checkSessionStore } from '@statecraft/store-kit';
import { createJsonStore } from '../src/json-store.ts';

checkSessionStore({
  describe,
  it,
  name: 'the JSON store',
  // What this store does not have. The checks that need it are skipped.
  without: ['shared', 'userSessions', 'replaceDetails', 'sweep', 'keyTtls', 'faults'],
  open({ clock }) {
    const texts = new Map<string, string>();
    return {
      stores: [createJsonStore(texts, clock)],
      dump: () => [...texts].flat(),
      corrupt: (id) => void texts.set(id, '{'),
    };
  },
});
