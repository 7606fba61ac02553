export { findExecutable } from './executables.ts';
export { freePort } from './ports.ts';
export { type RedisServer, startRedis } from './redis.ts';
