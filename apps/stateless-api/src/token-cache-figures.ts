// What the cache of verified tokens does, in /metrics.

import type { JwtCacheStats, JwtStrategy } from '@statecraft/auth-core';
import type { Figure } from '@statecraft/service-kit';

/** None without a cache. */
export function tokenCacheFigures(tokens: JwtStrategy): Figure[] {
  if (tokens.cacheStats() === undefined) return [];
  const figure = (field: keyof JwtCacheStats, type: Figure['type'], name: string, help: string): Figure => ({
    name: `jwt_cache_${name}`,
    help,
    type,
    read: () => tokens.cacheStats()?.[field] ?? 0,
  });
  return [
    figure('hits', 'counter', 'hits_total', 'Tokens that were known and not verified again.'),
    figure('misses', 'counter', 'misses_total', 'Tokens that were verified in full, good or bad.'),
    figure('evictions', 'counter', 'evictions_total', 'Tokens that were forgotten for want of room.'),
    figure('entries', 'gauge', 'entries', 'Tokens that are known.'),
    figure('bytes', 'gauge', 'bytes', 'Memory that they take at most.'),
  ];
}
