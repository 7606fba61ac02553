// The figures of SESSION_CACHE=tracked in GET /metrics.

import type { TrackedStore } from '@statecraft/auth-core/redis';
import type { Figure } from '@statecraft/service-kit';

export function createCacheFigures(store: TrackedStore): readonly Figure[] {
  return [
    {
      name: 'session_cache_reads_total',
      help: 'Reads of a session: from the cache (hit), from Redis (miss), from Redis while the cache is not used (bypass).',
      type: 'counter',
      label: 'outcome',
      read() {
        const { hits, misses, bypassed } = store.stats();
        return { hit: hits, miss: misses, bypass: bypassed };
      },
    },
    {
      name: 'session_cache_invalidations_total',
      help: 'Keys that Redis reported as written.',
      type: 'counter',
      read: () => store.stats().invalidations,
    },
    {
      name: 'session_cache_resets_total',
      help: 'Times that the cache was emptied: a lost or new connection, FLUSHALL.',
      type: 'counter',
      read: () => store.stats().resets,
    },
    {
      name: 'session_cache_evictions_total',
      help: 'Sessions that left the cache because it was full.',
      type: 'counter',
      read: () => store.stats().evictions,
    },
    { name: 'session_cache_entries', help: 'Sessions in the cache.', type: 'gauge', read: () => store.stats().entries },
    {
      name: 'session_cache_bytes',
      help: 'Memory of the cache, an upper estimate, bytes.',
      type: 'gauge',
      read: () => store.stats().bytes,
    },
    {
      name: 'session_cache_tracking',
      help: '1 while Redis reports writes to this process, else 0.',
      type: 'gauge',
      read: () => Number(store.stats().tracking),
    },
  ];
}
