// The entry "@statecraft/auth-core/redis": the Redis store, the same with a tracked cache, and the options of their
// clients.

export { adviseOnRedis } from './redis/advice.ts';
export { deleteSessionsByPrefix } from './redis/cleanup.ts';
export {
  REDIS_CLIENT_DEFAULTS,
  type RedisClient,
  type RedisDeadline,
  redisClientOptions,
  redisClusterOptions,
} from './redis/client.ts';
export { createRedisStore, REDIS_STORE_DEFAULTS, type RedisStore, type RedisStoreOptions } from './redis/store.ts';
export {
  createTrackedStore,
  TRACKED_STORE_DEFAULTS,
  type TrackedStore,
  type TrackedStoreOptions,
  type TrackedStoreStats,
} from './redis/tracked.ts';
export { redisSubscriberOptions } from './redis/tracking.ts';
