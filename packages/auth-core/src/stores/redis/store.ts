// Redis as a session store: any number of servers, one truth. All sessions of a user are one hash, so a session and the
// index of its user cannot disagree, every operation touches one key (a slot of a Cluster), and a read is one HGET.
//
//   store.ts ── reads.ts (HGET), record.ts (what a value is), scripts.ts (conditional writes in Lua), client.ts (EVALSHA)
//
// Why a hash per user and not a key per session: docs/decisions/0002-one-hash-per-user.md.

import { type Clock, steadyClock } from '../../contracts/clock.ts';
import type {
  Closing,
  NewSession,
  SessionChange,
  SessionRecord,
  SessionStore,
  UserSessions,
} from '../../contracts/store.ts';
import { AuthError } from '../../errors.ts';
import { isSessionId, PARTITION_LENGTH, partitionOf } from '../../session-token.ts';
import { type Argument, demandSafeClient, fetchByScript, type RedisClient, runScript } from './client.ts';
import { storeUnavailable } from './failure.ts';
import { createReadField } from './reads.ts';
import {
  decodeRecord,
  demandText,
  demandTime,
  encodeRecord,
  expiredAt,
  fieldOfId,
  idOfField,
  isKept,
  LATEST,
} from './record.ts';
import { CREATE, DESTROY, DESTROY_ALL, LIST, REAP, ROTATE, type Script, TOUCH, UPDATE } from './scripts.ts';

export interface RedisStoreOptions {
  /** A connected ioredis client (6.x, Redis or Cluster) made with `redisClientOptions()`. The store never closes it. */
  readonly client: RedisClient;
  /** Stands before every key. Stores with different prefixes do not see each other. */
  readonly prefix?: string;
  /** Sessions of one user; beyond it the user's oldest ends as the new one begins (ASVS 7.1.2). */
  readonly maxSessionsPerUser?: number;
  /** Decides every expiry. Servers whose wall clocks may differ share one with `createRedisClock`. */
  readonly clock?: Clock;
}

export const REDIS_STORE_DEFAULTS = { prefix: 'sess:', maxSessionsPerUser: 100 } as const;

export interface RedisStore extends SessionStore, UserSessions, Closing {
  /** ms within which every method has answered or thrown ERR_STORE_UNAVAILABLE; from the client's commandTimeout. */
  readonly deadlineMs: number;
}

/** @throws ERR_OPTION_INVALID when the client's options would let a command hang, run twice or read from a replica. */
export function createRedisStore(options: RedisStoreOptions): RedisStore {
  const { client, prefix, maxSessionsPerUser } = { ...REDIS_STORE_DEFAULTS, ...options };
  const clock = options.clock ?? steadyClock;
  const deadlineMs = demandSafeClient(client);
  if (!(Number.isSafeInteger(maxSessionsPerUser) && maxSessionsPerUser > 0)) {
    throw new AuthError('ERR_OPTION_INVALID', 'maxSessionsPerUser must be a whole number above 0.');
  }

  const readField = createReadField(client);
  const keyOf = (id: string): string => prefix + id.slice(0, PARTITION_LENGTH);

  async function run(script: Script, key: string, ...args: Argument[]): Promise<unknown> {
    try {
      return await runScript(client, script, key, [clock(), ...args]);
    } catch (error) {
      throw storeUnavailable(error);
    }
  }

  // Removed before the answer, so that no later clock can call it alive again; unless it was touched meanwhile.
  async function reap(id: string): Promise<SessionRecord | undefined> {
    if ((await run(REAP, keyOf(id), fieldOfId(id))) === 0) return undefined;
    const value = await readField(keyOf(id), fieldOfId(id)).catch(unavailable);
    return value === null ? undefined : decodeRecord(id, value);
  }

  async function fetchAll(partition: string): Promise<SessionRecord[]> {
    const words = await fetchByScript(client, LIST, prefix + partition, [clock()]).catch(unavailable);
    const all: SessionRecord[] = [];
    for (let at = 0; at + 1 < words.length; at += 2) {
      const [field, value] = words.slice(at, at + 2) as [Buffer, Buffer];
      const session = decodeRecord(idOfField(partition, field), value);
      if (session !== undefined) all.push(session);
    }
    return all;
  }

  return {
    deadlineMs,

    async create(session: NewSession) {
      demandId(session.id, session.userId);
      const field = fieldOfId(session.id);
      const record = encodeRecord(session, 1);
      const outcome = await run(CREATE, keyOf(session.id), field, record, maxSessionsPerUser);
      if (outcome === 'exists') throw new AuthError('ERR_SESSION_EXISTS');
    },

    read(id: string) {
      if (!isSessionId(id, undefined)) return undefined;
      return readField(keyOf(id), fieldOfId(id)).then((value) => {
        if (value === null) return undefined;
        const session = decodeRecord(id, value);
        return session === undefined || !expiredAt(session, clock()) ? session : reap(id);
      }, unavailable);
    },

    async update(id: string, { version, data, idleExpiresAt }: SessionChange) {
      if (!isSessionId(id, undefined)) return 'gone';
      const idle = demandTime('idleExpiresAt', idleExpiresAt);
      return (await run(UPDATE, keyOf(id), fieldOfId(id), version, demandText(data), idle)) as
        | 'updated'
        | 'conflict'
        | 'gone';
    },

    async touch(id: string, idleExpiresAt: number) {
      if (!isSessionId(id, undefined)) return 'gone';
      const idle = demandTime('idleExpiresAt', Math.min(idleExpiresAt, LATEST));
      return (await run(TOUCH, keyOf(id), fieldOfId(id), idle)) as 'touched' | 'gone';
    },

    async rotate(id: string, newId: string) {
      demandId(newId, undefined);
      if (!isSessionId(id, undefined)) return 'gone';
      if (keyOf(newId) !== keyOf(id)) throw new AuthError('ERR_SESSION_ID_INVALID');
      const outcome = await run(ROTATE, keyOf(id), fieldOfId(id), fieldOfId(newId));
      if (outcome === 'exists') throw new AuthError('ERR_SESSION_EXISTS');
      return outcome as 'rotated' | 'gone';
    },

    async destroy(id: string) {
      if (isSessionId(id, undefined)) await run(DESTROY, keyOf(id), fieldOfId(id));
    },

    async list(userId: string) {
      if (!isKept(userId)) return [];
      const all = await fetchAll(partitionOf(userId));
      const now = clock();
      return all
        .filter((session) => session.userId === userId && !expiredAt(session, now))
        .sort((a, b) => a.createdAt - b.createdAt);
    },

    async destroyAll(userId: string, { except }: { readonly except?: string } = {}) {
      if (!isKept(userId)) return 0;
      const kept = except !== undefined && isSessionId(except, userId) ? fieldOfId(except) : '';
      return Number(await run(DESTROY_ALL, prefix + partitionOf(userId), userId, kept));
    },

    // It holds no timer and no listener; the client is its giver's.
    close() {},
  };
}

function unavailable(error: unknown): never {
  throw storeUnavailable(error);
}

function demandId(id: string, userId: string | undefined): void {
  // Two user ids that UTF-8 makes equal would be one user here.
  if (isSessionId(id, userId) && (userId === undefined || isKept(userId))) return;
  throw new AuthError('ERR_SESSION_ID_INVALID');
}
