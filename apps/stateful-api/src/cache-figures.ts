// SESSION_CACHE=tracked in GET /metrics: whether it pays, and whether it is trusted.

import type { TrackedStore } from '@statecraft/auth-core/redis';
import type { Figure } from '@statecraft/service-kit';

export function cacheFigures(store: TrackedStore): readonly Figure[] {
  return [
    {
      name: 'session_cache_reads_total',
      help: 'Reads of a session: answered by the cache (hit), by Redis (miss), by Redis because it is not trusted (bypass).',
      type: 'counter',
      label: 'outcome',
      read() {
        const { hits, misses, bypassed } = store.stats();
        return { hit: hits, miss: misses, bypass: bypassed };
      },
    },
    {
      name: 'session_cache_invalidations_total',
      help: 'Keys that Redis said were written.',
      type: 'counter',
      read: () => store.stats().invalidations,
    },
    {
      name: 'session_cache_resets_total',
      help: 'Times that the cache was emptied: a connection lost or made, FLUSHALL.',
      type: 'counter',
      read: () => store.stats().resets,
    },
    {
      name: 'session_cache_evictions_total',
      help: 'Sessions that went for want of room.',
      type: 'counter',
      read: () => store.stats().evictions,
    },
    { name: 'session_cache_entries', help: 'Sessions in the cache.', type: 'gauge', read: () => store.stats().entries },
    {
      name: 'session_cache_bytes',
      help: 'Memory of the cache, counted generously.',
      type: 'gauge',
      read: () => store.stats().bytes,
    },
    {
      name: 'session_cache_tracking',
      help: '1 while Redis tells this process what is written, else 0.',
      type: 'gauge',
      read: () => Number(store.stats().tracking),
    },
  ];
}
