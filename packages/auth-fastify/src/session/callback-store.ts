// Lets the real @fastify/session and express-session run on our stores, as they are.
//
//   @fastify/session, express-session ── get, set, destroy, touch (sid, callback) ──> here ── id, version ──> SessionStore
//
// Their `set` says "this is the session now", with no word of what it was read as; that is how a slow request brings a
// signed-out session back, and how one of two writers is lost. Ours needs the version that was read. It rides on the
// session object under an enumerable string key (the only kind that @fastify/session's constructor copies), as a value
// whose toJSON is undefined, so that neither the stored JSON nor the library's change detection sees it.

import {
  AuthError,
  type Awaitable,
  type Clock,
  encodeSessionData,
  isSessionId,
  MAX_SESSION_DATA_LENGTH,
  mintSessionToken,
  SESSION_DEFAULTS,
  type SessionRecord,
  type SessionStore,
  sessionIdOf,
  sessionIdOfForeign,
  steadyClock,
} from '@statecraft/auth-core';
import { parseSessionData, type SessionData } from './merge.ts';
import { copyOf, createRemembered } from './remembered.ts';
import { asUnavailable } from './unavailable.ts';

export interface CallbackStoreOptions<T extends object = object> {
  /** express-session's own `Store`: that library asks its stores for methods that only this class has. */
  readonly base?: StoreClass<T>;
  /** Idle time in ms of sessions whose cookie has neither maxAge nor expires. Default 30 minutes. */
  readonly idleMs?: number;
  /** ms after its start at which a session ends, whatever happens. Default 12 hours. */
  readonly absoluteMs?: number;
  /** express-session touches at every request; the store is asked when this many ms have passed. Default idle / 10. */
  readonly touchEveryMs?: number;
  /** Whose session it is, for the store's index by user. Needs ids from `createSessionIdGenerator` with the same rule. */
  readonly userIdOf?: UserIdOf;
  /** The largest JSON text of one session, in UTF-16 units. Default 65,536. */
  readonly maxDataLength?: number;
  readonly clock?: Clock;
}

type StoreClass<T> = abstract new (...args: never[]) => T;
type UserIdOf = (session: SessionData) => string | undefined;
type Done = (error?: unknown) => void;
type Got = (error: unknown, session?: never) => void;

/** The session object of either library. */
interface ForeignSession {
  readonly cookie: { readonly originalMaxAge?: number | null; readonly expires?: Date | string | null };
}

export interface SessionCallbackStore {
  /** A session that is not there is an error with the code ENOENT: to both libraries that means "begin a new one". */
  get(sid: string, done: Got): void;
  /** Answers ERR_SESSION_CONFLICT (409) or ERR_SESSION_GONE (401) where the libraries' own stores overwrite. */
  set(sid: string, session: ForeignSession, done?: Done): void;
  destroy(sid: string, done?: Done): void;
  touch(sid: string, session: ForeignSession, done?: Done): void;
}

const RIDER = '__statecraft';

/** 8 MB of texts, if none is in memory anyway, and about three times as much that was parsed from them. */
const PARSED = { sessions: 10_000, units: 4_000_000 };

/** What we know of a session object. Copies of the object share it; a class, so that no data from a client can be one. */
class Rider {
  /** What the object was read as. */
  record: SessionRecord | 'gone';
  /** A write was refused, and the library has been told: its second try, with the error answer, is let pass unwritten. */
  refused = false;
  #text: string | undefined;

  constructor(record: SessionRecord | 'gone') {
    this.record = record;
  }

  /** The data without the cookie's dates, as it is stored. Most requests only read, and never ask for it. */
  get text(): string {
    if (this.record === 'gone') return '';
    this.#text ??= withoutDates(parseSessionData(this.record.data));
    return this.#text;
  }

  set text(text: string) {
    this.#text = text;
  }

  toJSON(): undefined {
    return undefined;
  }
}

/**
 * A store for `store:` of @fastify/session or express-session (`{ base: session.Store }`).
 * A session that was destroyed stays dead, a lost update is an error, and data that JSON would drop is refused.
 */
export function toSessionCallbackStore<T extends object = object>(
  store: SessionStore,
  options: CallbackStoreOptions<T> = {},
): SessionCallbackStore & T {
  const { idleMs = SESSION_DEFAULTS.idleMs, absoluteMs = SESSION_DEFAULTS.absoluteMs } = options;
  const { maxDataLength = MAX_SESSION_DATA_LENGTH, clock = steadyClock, touchEveryMs, userIdOf, base } = options;
  // A new session that is saved twice was never read: it is known by its object.
  const riders = new WeakMap<object, Rider>();
  const parsed = createRemembered(({ data }) => parseSessionData(data), PARSED);

  function riderOf(session: object): Rider | undefined {
    const rider: unknown = Reflect.get(session, RIDER);
    if (rider === undefined) return riders.get(session);
    if (rider instanceof Rider) return rider;
    throw new AuthError('ERR_SESSION_DATA_UNSERIALIZABLE', `Session data cannot have the name "${RIDER}".`);
  }

  /** From the cookie, as the libraries mean it: maxAge counts from now, expires is a date. */
  function idleOf({ cookie }: ForeignSession): number {
    const { originalMaxAge, expires } = cookie;
    if (typeof originalMaxAge === 'number' && originalMaxAge > 0) return Math.ceil(originalMaxAge);
    const left = expires == null ? Number.NaN : new Date(expires).getTime() - Date.now();
    return left > 0 ? Math.ceil(left) : idleMs;
  }

  async function create(sid: string, session: ForeignSession, data: string, text: string): Promise<void> {
    const id = idOf(sid);
    const userId = userIdOf?.(session as unknown as SessionData);
    const createdAt = clock();
    const absoluteExpiresAt = createdAt + absoluteMs;
    const record = {
      id,
      // A user's session needs the user's partition; an id from elsewhere is kept outside the index.
      userId: isSessionId(id, userId) ? userId : undefined,
      data,
      createdAt,
      idleExpiresAt: Math.min(createdAt + idleOf(session), absoluteExpiresAt),
      absoluteExpiresAt,
    };
    await store.create(record);
    const rider = new Rider({ ...record, version: 1 });
    rider.text = text;
    riders.set(session, rider);
  }

  async function write(session: ForeignSession, rider: Rider, data: string, text: string): Promise<void> {
    const { record } = rider;
    if (rider.refused) return;
    if (record === 'gone') return refuse(rider, 'ERR_SESSION_GONE');
    if (text === rider.text) return moveIdle(session, rider, record);
    const idleExpiresAt = Math.min(clock() + idleOf(session), record.absoluteExpiresAt);
    const outcome = await store.update(record.id, { version: record.version, data, idleExpiresAt });
    if (outcome === 'gone') return refuse(rider, 'ERR_SESSION_GONE');
    if (outcome === 'conflict') return refuse(rider, 'ERR_SESSION_CONFLICT');
    rider.record = { ...record, data, idleExpiresAt, version: record.version + 1 };
    rider.text = text;
  }

  /** What is unchanged is not written: two requests that only read do not collide, and a dead session stays dead. */
  function moveIdle(session: ForeignSession, rider: Rider, record: SessionRecord): Promise<void> | undefined {
    const idle = idleOf(session);
    const idleExpiresAt = Math.min(clock() + idle, record.absoluteExpiresAt);
    if (idleExpiresAt - record.idleExpiresAt < (touchEveryMs ?? idle * SESSION_DEFAULTS.touchShare)) return undefined;
    return moveIdleTo(idleExpiresAt, rider, record);
  }

  async function moveIdleTo(idleExpiresAt: number, rider: Rider, record: SessionRecord): Promise<void> {
    const outcome = await store.touch(record.id, idleExpiresAt);
    rider.record = outcome === 'gone' ? 'gone' : { ...record, idleExpiresAt };
  }

  const methods: SessionCallbackStore = {
    get(sid, done) {
      answer(
        () => store.read(idOf(sid)),
        (error, record) => {
          if (error !== undefined) return done(error);
          if (record === undefined) return notThere(done);
          let session: SessionData;
          try {
            session = sessionFrom(copyOf(parsed.of(record)), record);
          } catch (cause) {
            return done(cause);
          }
          done(null, session as never);
        },
      );
    },

    set(sid, session, done = ignore) {
      answer(async () => {
        const rider = riderOf(session);
        const data = encodeSessionData(session, maxDataLength);
        const text = withoutDates(session);
        return rider === undefined ? create(sid, session, data, text) : write(session, rider, data, text);
      }, done);
    },

    destroy(sid, done = ignore) {
      answer(() => {
        const id = idOf(sid);
        parsed.forget(id);
        return store.destroy(id);
      }, done);
    },

    touch(_sid, session, done = ignore) {
      const rider = riderOf(session);
      if (rider === undefined || rider.record === 'gone') return done();
      const { record } = rider;
      answer(() => moveIdle(session, rider, record), done);
    },
  };

  if (base === undefined) return methods as SessionCallbackStore & T;
  // As `util.inherits` would: express-session calls generate, regenerate, createSession and on.
  return Object.assign(Object.create(base.prototype), methods);
}

/**
 * Ids for `idGenerator` of @fastify/session and `genid` of express-session: 256 random bits. With `userIdOf`, an id that
 * is made while the request's session names a user belongs to that user, and the store lists it:
 * `session.user = user; await session.regenerate(['user'])`.
 */
export function createSessionIdGenerator({ userIdOf }: { readonly userIdOf?: UserIdOf } = {}) {
  return (request?: { readonly session?: unknown }): string => {
    const session = request?.session;
    const known = typeof session === 'object' && session !== null;
    return mintSessionToken(known ? userIdOf?.(session as SessionData) : undefined);
  };
}

const idOf = (sid: string): string => sessionIdOf(sid) ?? sessionIdOfForeign(sid);

function refuse(rider: Rider, code: 'ERR_SESSION_GONE' | 'ERR_SESSION_CONFLICT'): never {
  rider.refused = true;
  throw new AuthError(code);
}

function sessionFrom(session: SessionData, record: SessionRecord): SessionData {
  const cookie = (session.cookie ?? {}) as Record<string, unknown>;
  // A touch moves the store's expiry and leaves the text alone: the date in it would end the session too early.
  if (cookie.expires != null) cookie.expires = new Date(record.idleExpiresAt);
  return Object.assign(session, { cookie, [RIDER]: new Rider(record) });
}

/** The data as JSON, but for the dates in its cookie, which change with every request. */
function withoutDates(session: object): string {
  const { cookie, ...data } = session as { cookie?: { toJSON?: () => object } };
  const flags = { ...(cookie?.toJSON?.() ?? cookie), expires: undefined, originalExpires: undefined };
  return JSON.stringify([data, flags]);
}

/**
 * "No such session", said so that nothing can be built on it. Loading, both libraries take ENOENT for "begin a new one".
 * @fastify/session's reload() makes the session anew from whatever comes beside the error: what comes is marked as gone,
 * so that no save revives it. Who awaits that reload() sees the error as ours; its callback form sees ENOENT.
 */
function notThere(done: Got): void {
  const error = Object.assign(new AuthError('ERR_SESSION_GONE'), { code: 'ENOENT' });
  done(error, { cookie: {}, [RIDER]: new Rider('gone') } as never);
  error.code = 'ERR_SESSION_GONE';
}

/** Calls back at once where the store answers at once. */
function answer<T>(action: () => Awaitable<T>, done: (error?: unknown, value?: T) => void) {
  let result: Awaitable<T>;
  try {
    result = action();
  } catch (error) {
    return done(asUnavailable(error));
  }
  if (!(result instanceof Promise)) return done(undefined, result);
  result.then(
    (value) => done(undefined, value),
    (error) => done(asUnavailable(error)),
  );
}

const ignore = (): void => undefined;
