import { createMemoryStore } from '@statecraft/auth-core/memory';
import { checkSessionStore } from '@statecraft/auth-core/testing';
import { describe, it } from 'vitest';

checkSessionStore({
  describe,
  it,
  name: 'my store',
  without: ['shared', 'keyTtls', 'dump'],
  maxSessionsPerUser: 20,
  open({ clock }) {
    const store = createMemoryStore({ clock, maxSessionsPerUser: 20, sweepEveryMs: 0 });
    return { stores: [store], close: () => store.close() };
  },
});
