// What `@statecraft/auth-core/redis` gives: the store, the same with a cache that Redis keeps true, and what they are opened
// with.

export { adviseOnRedis } from './redis/advice.ts';
export { deleteSessionsByPrefix } from './redis/cleanup.ts';
export {
  REDIS_CLIENT_DEFAULTS,
  type RedisClient,
  type RedisDeadline,
  redisClientOptions,
  redisClusterOptions,
} from './redis/client.ts';
export { createRedisClock, type RedisClockOptions } from './redis/clock.ts';
export { createRedisStore, REDIS_STORE_DEFAULTS, type RedisStore, type RedisStoreOptions } from './redis/store.ts';
export {
  createTrackedStore,
  TRACKED_STORE_DEFAULTS,
  type TrackedStore,
  type TrackedStoreOptions,
  type TrackedStoreStats,
} from './redis/tracked.ts';
export { redisSubscriberOptions } from './redis/tracking.ts';
