export { spawnBound } from './bound-process.ts';
export { examine, exitCodeOf, type Finding } from './doctor.ts';
export { findExecutable } from './executables.ts';
export { type FindRedisOptions, type FoundRedis, findOrStartRedis } from './find-redis.ts';
export { formatCommand, readScriptRunner } from './format-command.ts';
export { howToInstall, packageManager } from './install.ts';
export { type NodeProcess, type NodeProcessOptions, startNode } from './node-process.ts';
export { freePort } from './ports.ts';
export { type RedisServer, startRedis } from './redis.ts';
