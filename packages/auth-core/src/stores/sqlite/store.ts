// A SQLite file as a session store: all processes of one machine share the same sessions, and nothing is installed.
// Reads answer without a promise; a thread writes, so that the event loop waits neither for a lock nor for the disk.
//
//   store.ts ── user-sessions.ts, sweeping.ts
//      └─ connection.ts ── reader.ts ─────────────────────────────────────────────> file (WAL): file.ts, record.ts
//                       └─ writer.ts ── messages.ts ──> thread.ts ── batch.ts ────> writes.ts, clock.ts
//
// Why: docs/decisions/0015-sqlite-store.md.

import { resolve } from 'node:path';
import type { Clock } from '../../contracts/clock.ts';
import type {
  Closing,
  DetailsChange,
  NewSession,
  ReplacingDetails,
  SessionChange,
  SessionRecord,
  SessionStore,
  Sweeping,
  UserSessions,
} from '../../contracts/store.ts';
import { AuthError } from '../../errors.ts';
import {
  checkSessionBytes,
  computeMaxSessionBytes,
  createTooLargeError,
  DEFAULT_MAX_BYTES_PER_USER,
} from '../../session-size.ts';
import { isSessionId, PARTITION_LENGTH } from '../../session-token.ts';
import { createFileClock } from './clock.ts';
import { openConnection } from './connection.ts';
import type { Synchronous } from './file.ts';
import { checkText, checkTime, decodeRow, encodeRow, isExpired } from './record.ts';
import { createSweeping } from './sweeping.ts';
import { createUserSessions } from './user-sessions.ts';

/** Options of `createSqliteStore`. */
export interface SqliteStoreOptions {
  /**
   * The file. It is made if it does not exist, for the owner only (0600); its folder must exist, on a local disk.
   * SQLite adds two files with `-wal` and `-shm` after the name.
   */
  readonly path: string;
  /** Sessions of one user; beyond it the user's oldest ends as the new one begins (ASVS 7.1.2). Default 100. */
  readonly maxSessionsPerUser?: number;
  /**
   * bytes of data and details of one user's sessions, in UTF-8. Each session may take its share, maxBytesPerUser
   * divided by maxSessionsPerUser; beyond it a write throws ERR_SESSION_DATA_TOO_LARGE. Default 16 MiB.
   */
  readonly maxBytesPerUser?: number;
  /** ms within which every method has answered or thrown. Default 5,000: a busy disk may take that long. */
  readonly deadlineMs?: number;
  /**
   * `full`: an acknowledged write survives a power loss. `normal`: a power loss undoes the last writes, sign-outs
   * included, and the commits are cheaper. A process that is killed loses nothing with either. Default `full`.
   */
  readonly synchronous?: Synchronous;
  /** Bytes of the file; beyond it a write that needs room throws ERR_STORE_FULL. Default 4 GiB. */
  readonly maxBytes?: number;
  /** ms between two sweeps of up to 200 expired sessions; 0 for no timer. Default 1,000. */
  readonly sweepEveryMs?: number;
  /** ms between two looks whether the file was removed or replaced. Default 1,000. */
  readonly heartbeatMs?: number;
  /** Decides every expiry. Default: the clock of the file, one for all processes of the machine. For tests. */
  readonly clock?: Clock | undefined;
}

/** The default options of `createSqliteStore`: times in ms. */
export const SQLITE_STORE_DEFAULTS = {
  maxSessionsPerUser: 100,
  maxBytesPerUser: DEFAULT_MAX_BYTES_PER_USER,
  deadlineMs: 5_000,
  synchronous: 'full',
  maxBytes: 4 * 1024 ** 3,
  sweepEveryMs: 1_000,
  heartbeatMs: 1_000,
} as const;

export interface SqliteStore extends SessionStore, UserSessions, ReplacingDetails, Sweeping, Closing {
  /** ms within which every method has answered or thrown. */
  readonly deadlineMs: number;
}

/**
 * Opens the file as a store, for any number of processes of this machine. `read` and `list` answer without a promise,
 * unless they find an expired session.
 * @throws ERR_OPTION_INVALID for an option that is not valid, a Node.js without node:sqlite, and a file of another
 * program; ERR_STORE_UNAVAILABLE for a file that cannot be opened
 *
 * @example
 * const store = await createSqliteStore({ path: './sessions.db' });
 */
export async function createSqliteStore(options: SqliteStoreOptions): Promise<SqliteStore> {
  const { deadlineMs, synchronous, maxBytes, sweepEveryMs, heartbeatMs, ...limits } = checkOptions(options);
  const maxSessionBytes = computeMaxSessionBytes(limits);
  const file = { path: resolve(options.path), create: true, synchronous, maxBytes, deadlineMs };
  const connection = await openConnection(file, heartbeatMs);
  const { find, write } = connection;
  const clock = options.clock ?? createFileClock(connection.readClockOrigin);
  const { sweep, stop } = createSweeping(connection, clock, sweepEveryMs);

  /** Removes an expired session before the read answers, so that no clock that is set back revives it. */
  async function expire(id: string, now: number): Promise<SessionRecord | undefined> {
    // A file that refuses writes keeps it: it has expired all the same.
    await write('expire', now, id).catch(() => undefined);
    const touchedMeanwhile = find(id);
    return touchedMeanwhile && !isExpired(touchedMeanwhile, now) ? decodeRow(touchedMeanwhile) : undefined;
  }

  return {
    deadlineMs,
    clock,

    async create(session: NewSession) {
      if (!isSessionId(session.id, session.subject?.userId)) throw new AuthError('ERR_SESSION_ID_INVALID');
      checkSessionBytes(session, maxSessionBytes);
      const outcome = await write('create', clock(), encodeRow(session), limits.maxSessionsPerUser);
      if (outcome === 'exists') throw new AuthError('ERR_SESSION_EXISTS');
    },

    read(id: string) {
      const row = isSessionId(id, undefined) ? find(id) : undefined;
      if (row === undefined) return undefined;
      const now = clock();
      return isExpired(row, now) ? expire(id, now) : decodeRow(row);
    },

    async update(id: string, { version, data, details, idleExpiresAt }: SessionChange) {
      if (!isSessionId(id, undefined)) return 'gone';
      const outcome = await write('update', clock(), {
        id,
        version,
        data: checkText(data),
        details: details === undefined ? null : checkText(details),
        idleExpiresAt: checkTime('idleExpiresAt', idleExpiresAt),
        maxBytes: maxSessionBytes,
      });
      if (outcome === 'too-large') throw createTooLargeError(maxSessionBytes);
      return outcome;
    },

    async touch(id: string, idleExpiresAt: number) {
      if (!isSessionId(id, undefined)) return 'gone';
      return write('touch', clock(), id, checkTime('idleExpiresAt', idleExpiresAt));
    },

    async rotate(id: string, newId: string) {
      const isSamePartition = newId.slice(0, PARTITION_LENGTH) === id.slice(0, PARTITION_LENGTH);
      if (!isSessionId(newId, undefined) || !isSamePartition) throw new AuthError('ERR_SESSION_ID_INVALID');
      if (!isSessionId(id, undefined)) return 'gone';
      const outcome = await write('rotate', clock(), id, newId);
      if (outcome === 'exists') throw new AuthError('ERR_SESSION_EXISTS');
      return outcome;
    },

    async destroy(id: string) {
      if (isSessionId(id, undefined)) await write('destroy', clock(), id);
    },

    ...createUserSessions(connection, clock),

    async replaceDetails(id: string, { from, to }: DetailsChange) {
      if (!isSessionId(id, undefined)) return 'gone';
      const texts = { from: checkText(from), to: checkText(to) };
      const outcome = await write('replaceDetails', clock(), { id, ...texts, maxBytes: maxSessionBytes });
      if (outcome === 'too-large') throw createTooLargeError(maxSessionBytes);
      return outcome;
    },

    sweep,

    close() {
      stop();
      return connection.close();
    },
  };
}

function checkOptions(options: SqliteStoreOptions) {
  const resolved = { ...SQLITE_STORE_DEFAULTS, ...options };
  const { path, clock, synchronous, deadlineMs, maxBytes, sweepEveryMs, heartbeatMs } = resolved;
  if (typeof path !== 'string' || path === '' || path.startsWith(':') || path.startsWith('file:')) {
    throw new AuthError('ERR_OPTION_INVALID', 'path must be the name of a file. For sessions in memory, use /memory.');
  }
  for (const [name, value, least] of [
    ['deadlineMs', deadlineMs, 1],
    ['maxBytes', maxBytes, 1024 ** 2],
    ['sweepEveryMs', sweepEveryMs, 0],
    ['heartbeatMs', heartbeatMs, 1],
  ] as const) {
    if (Number.isSafeInteger(value) && value >= least) continue;
    throw new AuthError('ERR_OPTION_INVALID', `${name} must be a whole number of at least ${least}, and is ${value}.`);
  }
  if (synchronous !== 'full' && synchronous !== 'normal') {
    throw new AuthError('ERR_OPTION_INVALID', "synchronous must be 'full' or 'normal'.");
  }
  if (clock !== undefined && typeof clock !== 'function') {
    throw new AuthError('ERR_OPTION_INVALID', 'clock must be a function that answers ms since the epoch.');
  }
  return resolved;
}
