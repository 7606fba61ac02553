// The figures of the cache of verified tokens in GET /metrics.

import type { CacheStats, JwtStrategy } from '@statecraft/auth-core';
import type { Figure } from '@statecraft/service-kit';

/** None without a cache. */
export function createTokenCacheFigures(tokens: JwtStrategy): Figure[] {
  if (tokens.cacheStats() === undefined) return [];
  const createFigure = (field: keyof CacheStats, type: Figure['type'], name: string, help: string): Figure => ({
    name: `jwt_cache_${name}`,
    help,
    type,
    read: () => tokens.cacheStats()?.[field] ?? 0,
  });
  return [
    createFigure('hits', 'counter', 'hits_total', 'Tokens that were in the cache and not verified again.'),
    createFigure('misses', 'counter', 'misses_total', 'Tokens that were verified in full, good or bad.'),
    createFigure('evictions', 'counter', 'evictions_total', 'Tokens that left the cache because it was full.'),
    createFigure('entries', 'gauge', 'entries', 'Tokens in the cache.'),
    createFigure('bytes', 'gauge', 'bytes', 'Memory of the cache, an upper estimate, bytes.'),
  ];
}
