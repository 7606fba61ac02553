// Redis as a session store: any number of servers share the same sessions. All sessions of a user are one hash, so a
// session and the index of its user cannot disagree, every operation touches one key (a slot of a Cluster), and a read
// is one HGET.
//
//   store.ts ── record.ts (the bytes of a value), scripts.ts (conditional writes in Lua),
//               user-sessions.ts, commands.ts (EVALSHA, deadline), clock.ts (Redis' own time), failure.ts,
//               server.ts (master or replica), follow-master.ts (after a failover)
//
// Why a hash per user and not a key per session: docs/decisions/0002-one-hash-per-user.md.

import type { Clock } from '../../contracts/clock.ts';
import type {
  Bounded,
  Closing,
  DetailsChange,
  DetailsOutcome,
  NewSession,
  Preparing,
  ReplacingDetails,
  SessionChange,
  SessionRecord,
  SessionStore,
  UpdateOutcome,
  UserSessions,
} from '../../contracts/store.ts';
import type { Awaitable } from '../../contracts/strategy.ts';
import { AuthError } from '../../errors.ts';
import {
  checkSessionBytes,
  computeMaxSessionBytes,
  createTooLargeError,
  DEFAULT_MAX_BYTES_PER_USER,
} from '../../session-size.ts';
import { isSessionId, PARTITION_LENGTH } from '../../session-token.ts';
import { createDeadlines } from '../server/deadlines.ts';
import { checkClient, checkConnected, isCluster, type RedisClient } from './client.ts';
import { createRedisClock, useClock } from './clock.ts';
import { type Argument, createScriptRunner } from './commands.ts';
import { createStoreError } from './failure.ts';
import { followMaster } from './follow-master.ts';
import { checkTime, decodeRecord, encodeRecord, encodeText, isExpired, isUtf8, MAX_TIME, readField } from './record.ts';
import { CREATE, DESTROY, REAP, REPLACE_DETAILS, ROTATE, TOUCH, UPDATE } from './scripts.ts';
import { createUserSessions } from './user-sessions.ts';

/** Options of `createRedisStore`. */
export interface RedisStoreOptions {
  /** A client of ioredis 6 (Redis or Cluster) made with `redisClientOptions()`. The store never closes it. */
  readonly client: RedisClient;
  /** The beginning of every key. Stores with different prefixes share nothing. Default `sess:`. */
  readonly prefix?: string;
  /** Sessions of one user; beyond it the user's oldest ends as the new one begins (ASVS 7.1.2). Default 100. */
  readonly maxSessionsPerUser?: number;
  /**
   * bytes of data and details of one user's sessions, in UTF-8. Each session may take its share, maxBytesPerUser
   * divided by maxSessionsPerUser; beyond it a write throws ERR_SESSION_DATA_TOO_LARGE. Default 16 MiB.
   */
  readonly maxBytesPerUser?: number;
  /** ms between two checks that the server is a master. If it is none, the client looks for one. Default 1,000. */
  readonly heartbeatMs?: number;
  /** Decides every expiry. Default: the time of the Redis server. For tests. */
  readonly clock?: Clock | undefined;
}

/** The default options of `createRedisStore`: times in ms. */
export const REDIS_STORE_DEFAULTS = {
  prefix: 'sess:',
  maxSessionsPerUser: 100,
  maxBytesPerUser: DEFAULT_MAX_BYTES_PER_USER,
  heartbeatMs: 1_000,
} as const;

export interface RedisStore extends SessionStore, UserSessions, ReplacingDetails, Preparing, Bounded, Closing {
  /** ms within which every method has answered or thrown: the `deadlineMs` of `redisClientOptions`. */
  readonly deadlineMs: number;
}

/**
 * A store for any number of servers. It sends nothing before its first operation, which also reads Redis' time and
 * checks that the server is a master.
 * @throws ERR_OPTION_INVALID for a client that is not ioredis', for client options that would let a command hang, run
 * twice or read from a replica, and for a `clock` that is no function
 *
 * @example
 * const client = new Redis('redis://127.0.0.1:6379', redisClientOptions());
 * const store = createRedisStore({ client });
 */
export function createRedisStore(options: RedisStoreOptions): RedisStore {
  const { client, prefix, heartbeatMs, ...limits } = { ...REDIS_STORE_DEFAULTS, ...options };
  const deadlineMs = checkClient(client);
  const maxSessionBytes = computeMaxSessionBytes(limits);
  checkOptions({ heartbeatMs }, options.clock);
  const follower = followMaster(client, heartbeatMs);
  const time = options.clock === undefined ? createRedisClock(client, follower.start) : useClock(options.clock);
  const deadlines = createDeadlines(deadlineMs, createStoreError);
  const run = createScriptRunner(client, time, deadlines, follower.notice);
  const formatKey = (id: string): string => prefix + id.slice(0, PARTITION_LENGTH);

  async function ready(): Promise<void> {
    if (!time.isReady()) await deadlines.bound(time.ready(), ignore);
  }

  function fetchValue(id: string): Promise<Buffer | null> {
    return isCluster(client) ? fetchFromCluster(id) : client.hgetBuffer(formatKey(id), readField(id));
  }

  async function fetchFromCluster(id: string): Promise<Buffer | null> {
    checkConnected(client);
    return client.hgetBuffer(formatKey(id), readField(id));
  }

  /** This runs for every request: no promise beside the client's and that of the deadline. */
  function fetchSession(id: string): Promise<SessionRecord | undefined> {
    const work = time.isReady() ? fetchValue(id) : time.ready().then(() => fetchValue(id));
    return deadlines.bound(work, (value) => readLive(id, value));
  }

  function readLive(id: string, value: Buffer | null): Awaitable<SessionRecord | undefined> {
    const session = value === null ? undefined : decodeRecord(id, value);
    return session === undefined || !isExpired(session, time.clock()) ? session : reap(id);
  }

  /** Removes an expired session before the read answers, so that no clock that is set back revives it. */
  async function reap(id: string): Promise<SessionRecord | undefined> {
    const touchedMeanwhile = await run(REAP, formatKey(id), [readField(id)]);
    return touchedMeanwhile === null ? undefined : decodeRecord(id, touchedMeanwhile as Buffer);
  }

  return {
    deadlineMs,
    clock: time.clock,
    ready,

    async create(session: NewSession) {
      requireId(session.id, session.subject?.userId);
      checkSessionBytes(session, maxSessionBytes);
      const args: Argument[] = [readField(session.id), encodeRecord(session, 1), limits.maxSessionsPerUser];
      const outcome = String(await run(CREATE, formatKey(session.id), args));
      if (outcome === 'exists') throw new AuthError('ERR_SESSION_EXISTS');
    },

    read(id: string) {
      return isSessionId(id, undefined) ? fetchSession(id) : undefined;
    },

    async update(id: string, { version, data, details, idleExpiresAt }: SessionChange) {
      if (!isSessionId(id, undefined)) return 'gone';
      checkTime('idleExpiresAt', idleExpiresAt);
      const args: Argument[] = [readField(id), version, idleExpiresAt, maxSessionBytes, encodeText(data)];
      if (details !== undefined) args.push(encodeText(details));
      const outcome = String(await run(UPDATE, formatKey(id), args));
      if (outcome === 'too-large') throw createTooLargeError(maxSessionBytes);
      return outcome as UpdateOutcome;
    },

    async touch(id: string, idleExpiresAt: number) {
      if (!isSessionId(id, undefined)) return 'gone';
      const args = [readField(id), checkTime('idleExpiresAt', Math.min(idleExpiresAt, MAX_TIME))];
      return String(await run(TOUCH, formatKey(id), args)) as 'touched' | 'gone';
    },

    async rotate(id: string, newId: string) {
      requireId(newId, undefined);
      if (!isSessionId(id, undefined)) return 'gone';
      if (formatKey(newId) !== formatKey(id)) throw new AuthError('ERR_SESSION_ID_INVALID');
      const outcome = String(await run(ROTATE, formatKey(id), [readField(id), readField(newId)]));
      if (outcome === 'exists') throw new AuthError('ERR_SESSION_EXISTS');
      return outcome as 'rotated' | 'gone';
    },

    async destroy(id: string) {
      if (isSessionId(id, undefined)) await run(DESTROY, formatKey(id), [readField(id)]);
    },

    ...createUserSessions(run, prefix, time.clock),

    async replaceDetails(id: string, { from, to }: DetailsChange) {
      if (!isSessionId(id, undefined)) return 'gone';
      const args: Argument[] = [readField(id), maxSessionBytes, encodeText(from), encodeText(to)];
      const outcome = String(await run(REPLACE_DETAILS, formatKey(id), args));
      if (outcome === 'too-large') throw createTooLargeError(maxSessionBytes);
      return outcome as DetailsOutcome;
    },

    close() {
      follower.close();
      return time.close();
    },
  };
}

function checkOptions(numbers: Record<string, number>, clock: Clock | undefined): void {
  for (const [name, value] of Object.entries(numbers)) {
    if (Number.isSafeInteger(value) && value > 0) continue;
    throw new AuthError('ERR_OPTION_INVALID', `${name} must be a whole number above 0.`);
  }
  if (clock !== undefined && typeof clock !== 'function') {
    throw new AuthError('ERR_OPTION_INVALID', 'clock must be a function that answers ms since the epoch.');
  }
}

const ignore = (): undefined => undefined;

/** Two user ids that UTF-8 makes equal would be one user here. */
function requireId(id: string, userId: string | undefined): void {
  if (isSessionId(id, userId) && (userId === undefined || isUtf8(userId))) return;
  throw new AuthError('ERR_SESSION_ID_INVALID');
}
