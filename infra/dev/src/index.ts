export { type Arguments, readArguments, refuseUsage, USAGE, type Usage } from './arguments.ts';
export { spawnBound } from './bound-process.ts';
export { examineMachine, type Finding, readExitCode, summarizeFindings } from './doctor.ts';
export { findExecutable } from './executables.ts';
export { type FetchOptions, findOrFetchProgram } from './fetch-program.ts';
export { type FoundPostgres, findOrStartPostgres } from './find-postgres.ts';
export { type FindRedisOptions, type FoundRedis, findOrStartRedis } from './find-redis.ts';
export { formatCommand, readScriptRunner } from './format-command.ts';
export { provisionKubectl } from './kubectl.ts';
export { type NodeProcess, type NodeProcessOptions, startNode } from './node-process.ts';
export { freePort } from './ports.ts';
export { type PostgresServer, type StartPostgresOptions, startPostgres } from './postgres.ts';
export { findPostgresPrograms, type PostgresPrograms } from './postgres-programs.ts';
export {
  findProgram,
  howToInstall,
  NGINX,
  PROGRAMS,
  type Program,
  REDIS,
  type SystemPackageManager,
} from './programs.ts';
export { provisionPrograms } from './provision.ts';
export { type RedisServer, startRedis } from './redis.ts';
export { type RedisCluster, type RedisSentinels, startCluster, startSentinel, startSentinels } from './redis-groups.ts';
export { hasSection, readSection, replaceSection } from './section.ts';
export { readSessionEnv } from './session-file.ts';
export { readDatabaseEnv, STATE_FOLDER } from './state.ts';
