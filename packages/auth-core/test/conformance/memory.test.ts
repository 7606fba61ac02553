// The memory store keeps what every session store keeps: the conformance kit, whole.

import { describe, it } from 'vitest';
import { createMemoryStore } from '../../src/stores/memory.ts';
import { checkSessionStore } from '../../src/testing/index.ts';

checkSessionStore({
  describe,
  it,
  name: 'the memory store',
  without: ['shared', 'keyTtls'],
  maxSessionsPerUser: 100,
  open({ clock }) {
    const store = createMemoryStore({ clock, sweepEveryMs: 0 });
    return { stores: [store], size: () => store.stats().sessions, close: () => store.close() };
  },
});
