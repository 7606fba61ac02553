// The stateful answer: the user holds a random token, a store holds what it stands for.
//
//   sign-in   issue         ── create ──> store          request   authenticate ── read ──> store (touch, now and then)
//   change    update        ── update ──> store          sign-out  revoke       ── destroy ──> store
//
// Where the store answers without a promise, so does authenticate.

import { type Clock, steadyClock } from '../contracts/clock.ts';
import type { Awaitable, SessionRecord, SessionStore, TouchOutcome, UserSessions } from '../contracts/store.ts';
import { AuthError } from '../errors.ts';
import { mintSessionToken, mintSuccessorToken, sessionIdOf } from '../session-token.ts';

export interface SessionStrategyOptions {
  readonly store: SessionStore & Partial<UserSessions>;
  /** ms without a request after which a session ends (ASVS 7.3.1). Default 30 minutes. */
  readonly idleMs?: number;
  /** ms after sign-in at which a session ends, whatever happens (ASVS 7.3.2). Default 12 hours. */
  readonly absoluteMs?: number;
  /** A request moves the idle expiry only when this many ms have passed since it last moved. Default: a tenth of idleMs. */
  readonly touchEveryMs?: number;
  readonly clock?: Clock;
}

export const SESSION_DEFAULTS = {
  idleMs: 30 * 60_000,
  absoluteMs: 12 * 60 * 60_000,
  touchShare: 0.1,
} as const;

export interface IssuedSession {
  /** What the user gets, once; the server does not keep it. */
  readonly token: string;
  readonly session: SessionRecord;
}

export type SessionUpdate =
  | { readonly outcome: 'updated'; readonly session: SessionRecord }
  | { readonly outcome: 'conflict' | 'gone' };

export interface SessionStrategy {
  readonly idleMs: number;
  readonly absoluteMs: number;
  /** Starts a session. `data` is JSON text (`encodeSessionData`). Ends `replaces` (a session id) afterwards, if given. */
  issue(start: { userId?: string; data: string; replaces?: string }): Promise<IssuedSession>;
  /** The live session of a token; undefined for any other text. Moves the idle expiry when it is due. */
  authenticate(token: string): Awaitable<SessionRecord | undefined>;
  /** The live session by its id, with no effect on it: what a reload needs. */
  read(id: string): Awaitable<SessionRecord | undefined>;
  /** Writes `data` over the version that `session` holds, and moves the idle expiry. */
  update(session: SessionRecord, data: string): Promise<SessionUpdate>;
  /** Moves the idle expiry now, due or not. */
  touch(session: SessionRecord): Promise<'touched' | 'gone'>;
  /** A new token for the same session, the old one dead at that moment; undefined when the session is gone. */
  rotate(session: SessionRecord): Promise<IssuedSession | undefined>;
  revoke(id: string): Awaitable<void>;
  /** @throws ERR_OPTION_INVALID when the store keeps no sessions by user. */
  list(userId: string): Awaitable<readonly SessionRecord[]>;
  /** Ends the user's sessions (but `except`); answers how many. @throws ERR_OPTION_INVALID as `list`. */
  revokeAll(userId: string, options?: { readonly except?: string }): Awaitable<number>;
}

export function createSessionStrategy(options: SessionStrategyOptions): SessionStrategy {
  const { store, clock = steadyClock } = options;
  const idleMs = positive('idleMs', options.idleMs ?? SESSION_DEFAULTS.idleMs);
  const absoluteMs = positive('absoluteMs', options.absoluteMs ?? SESSION_DEFAULTS.absoluteMs);
  const touchEveryMs = positive(
    'touchEveryMs',
    options.touchEveryMs ?? Math.ceil(idleMs * SESSION_DEFAULTS.touchShare),
  );
  if (touchEveryMs >= idleMs && idleMs > 1)
    throw new AuthError('ERR_OPTION_INVALID', 'touchEveryMs must be below idleMs.');
  const untilDue = idleMs - touchEveryMs;

  function touchWhenDue(session: SessionRecord | undefined): Awaitable<SessionRecord | undefined> {
    if (session === undefined) return undefined;
    const now = clock();
    const atEnd = session.idleExpiresAt >= session.absoluteExpiresAt;
    if (atEnd || session.idleExpiresAt - now > untilDue) return session;
    return touched(session, now);
  }

  function touched(session: SessionRecord, now: number): Awaitable<SessionRecord | undefined> {
    const idleExpiresAt = Math.min(now + idleMs, session.absoluteExpiresAt);
    // Ended between the read and here: the request is nobody's.
    const after = (outcome: TouchOutcome) => (outcome === 'gone' ? undefined : { ...session, idleExpiresAt });
    const outcome = store.touch(session.id, idleExpiresAt);
    return outcome instanceof Promise ? outcome.then(after) : after(outcome);
  }

  return {
    idleMs,
    absoluteMs,

    async issue({ userId, data, replaces }) {
      const token = mintSessionToken(userId);
      const createdAt = clock();
      const absoluteExpiresAt = createdAt + absoluteMs;
      const idleExpiresAt = Math.min(createdAt + idleMs, absoluteExpiresAt);
      const session = { id: idOf(token), userId, data, createdAt, idleExpiresAt, absoluteExpiresAt };
      await store.create(session);
      // After, not before: when create fails, the user keeps what they had.
      if (replaces !== undefined) await store.destroy(replaces);
      return { token, session: { ...session, version: 1 } };
    },

    authenticate(token) {
      const id = sessionIdOf(token);
      if (id === undefined) return undefined;
      const session = store.read(id);
      return session instanceof Promise ? session.then(touchWhenDue) : touchWhenDue(session);
    },

    read: (id) => store.read(id),

    async update(session, data) {
      const idleExpiresAt = Math.min(clock() + idleMs, session.absoluteExpiresAt);
      const outcome = await store.update(session.id, { version: session.version, data, idleExpiresAt });
      if (outcome !== 'updated') return { outcome };
      return { outcome, session: { ...session, data, idleExpiresAt, version: session.version + 1 } };
    },

    async touch(session) {
      return store.touch(session.id, Math.min(clock() + idleMs, session.absoluteExpiresAt));
    },

    async rotate(session) {
      // The partition is the session's own, so that a store can do it in one place and one step.
      const token = mintSuccessorToken(session.id);
      const id = idOf(token);
      if ((await store.rotate(session.id, id)) === 'gone') return undefined;
      return { token, session: { ...session, id, version: session.version + 1 } };
    },

    revoke: (id) => store.destroy(id),

    list: (userId) => usersOf(store).list(userId),

    revokeAll: (userId, except) => usersOf(store).destroyAll(userId, except),
  };
}

function idOf(token: string): string {
  const id = sessionIdOf(token);
  if (id === undefined) throw new AuthError('ERR_SESSION_ID_INVALID');
  return id;
}

function usersOf(store: SessionStore & Partial<UserSessions>): UserSessions {
  const { list, destroyAll } = store;
  if (list === undefined || destroyAll === undefined) {
    throw new AuthError('ERR_OPTION_INVALID', 'This store keeps no sessions by user: it has no list and destroyAll.');
  }
  return { list: list.bind(store), destroyAll: destroyAll.bind(store) };
}

function positive(name: string, ms: number): number {
  if (Number.isSafeInteger(ms) && ms > 0) return ms;
  throw new AuthError('ERR_OPTION_INVALID', `${name} must be a whole number of milliseconds above 0, and is ${ms}.`);
}
