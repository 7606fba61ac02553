// Every failure of Redis and of its client becomes an AuthError. Whether a write happened is then unknown.

import { AUTH_ERROR_MESSAGES, AuthError } from '../../errors.ts';

/** What Redis' own error codes mean for the operator. Redis puts them at the start, or inside a script's error. */
const REASONS: Record<string, string> = {
  READONLY: 'the server is a replica, and replicas refuse writes',
  OOM: 'Redis has no memory left (maxmemory)',
  MISCONF: 'Redis cannot save to its disk and refuses writes',
  NOREPLICAS: 'too few replicas are connected (min-replicas-to-write)',
  LOADING: 'Redis is loading its data',
  NOAUTH: 'Redis needs a password',
  WRONGPASS: 'Redis refuses the user name or the password',
  NOPERM: "Redis' user has no permission for the command",
  MOVED: 'the server is a node of a Cluster; connect with new Cluster(…)',
  CLUSTERDOWN: 'the Cluster does not serve all slots',
  WRONGTYPE: 'another program uses the same key; give the store a prefix of its own',
};
const CODE = new RegExp(`\\b(${Object.keys(REASONS).join('|')})\\b`);

/**
 * ERR_STORE_UNAVAILABLE, or ERR_STORE_FULL when Redis is out of memory. The message names Redis' error code, if there
 * is one. The cause has the failure's name and text only: ioredis puts the command with its arguments on its errors,
 * and a log that prints the cause must not print sessions. An AuthError is returned as it is.
 * @param what what failed, for the one who opens the store
 */
export function createStoreError(failure: unknown, what?: string): AuthError {
  if (failure instanceof AuthError) return failure;
  const cause = new Error(failure instanceof Error ? failure.message : String(failure));
  if (failure instanceof Error) cause.name = failure.name;
  if (what !== undefined) return new AuthError('ERR_STORE_UNAVAILABLE', `${what}: ${cause.message}`, { cause });
  const [redisCode] = CODE.exec(cause.message) ?? [];
  const code = redisCode === 'OOM' ? 'ERR_STORE_FULL' : 'ERR_STORE_UNAVAILABLE';
  if (redisCode === undefined) return new AuthError(code, undefined, { cause });
  return new AuthError(code, `${AUTH_ERROR_MESSAGES[code]} ${redisCode}: ${REASONS[redisCode]}.`, { cause });
}
