// Lets the real @fastify/session and express-session run on the stores of auth-core, unchanged.
//
//   @fastify/session, express-session ── get, set, destroy, touch (sid, callback) ──> here ── id, version ──> SessionStore
//
// Their `set` does not say which version was read. That is how a slow request revives a session that was signed out,
// and how one of two writes is lost. A SessionStore needs the version. It travels on the session object under an
// enumerable string key (the only kind that @fastify/session's constructor copies), as an object whose toJSON is
// undefined, so that neither the stored JSON nor the library's change detection has it.

import {
  AuthError,
  type Awaitable,
  type Clock,
  encodeSessionData,
  MAX_SESSION_DATA_LENGTH,
  type NewSession,
  type Preparing,
  SESSION_DEFAULTS,
  type SessionRecord,
  type SessionStore,
  type Subject,
} from '@statecraft/auth-core';
import {
  andThen,
  deriveForeignSessionId,
  deriveSessionId,
  isSessionId,
  mintSessionToken,
} from '@statecraft/auth-core/store';
import { addStatus, createAuthError, toUnavailable } from '../errors.ts';
import { parseSessionData, type SessionData } from '../session/merge.ts';

/** Options of `toSessionCallbackStore`. */
export interface CallbackStoreOptions<T extends object = object> {
  /** express-session's own `Store`: that library calls methods of its stores that only this class has. */
  readonly base?: StoreClass<T>;
  /** Idle time in ms of sessions whose cookie has neither maxAge nor expires. Default 30 minutes. */
  readonly idleMs?: number;
  /** ms after its start at which a session expires in any case. Default 12 hours. */
  readonly absoluteMs?: number;
  /**
   * express-session touches at every request; the store is touched when this many ms have passed. Default idle / 10.
   */
  readonly touchEveryMs?: number;
  /** Whose session it is, for the store's index by user. Give `createSessionIdGenerator` the same function. */
  readonly readSubject?: ReadSubject;
  /** The largest JSON text of one session, in UTF-16 units. Default 65,536. */
  readonly maxDataLength?: number;
  /** Replaces the store's clock, for tests. */
  readonly clock?: Clock;
}

type StoreClass<T> = abstract new (...args: never[]) => T;
type ReadSubject = (session: SessionData) => Subject | undefined;
type Done = (error?: unknown) => void;
type Got = (error: unknown, session?: never) => void;

/** The session object of either library. */
interface ForeignSession {
  readonly cookie?: { readonly originalMaxAge?: number | null; readonly expires?: Date | string | null };
}

/** A store with callbacks, as @fastify/session and express-session use it. */
export interface SessionCallbackStore {
  /** For a session that does not exist the error has the code ENOENT: both libraries then begin a new session. */
  get(sid: string, done: Got): void;
  /**
   * Answers ERR_SESSION_CONFLICT (409) or ERR_SESSION_GONE (401) where the libraries' own stores overwrite. A cookie
   * whose date has passed, or whose maxAge is 0 or less, ends the session.
   */
  set(sid: string, session: ForeignSession, done?: Done): void;
  destroy(sid: string, done?: Done): void;
  touch(sid: string, session: ForeignSession, done?: Done): void;
}

const VERSION_KEY = '__statecraft';

/**
 * The version of a session object. Copies of the object share it. It is a class, so that no data from a client can be
 * one.
 */
class ReadVersion {
  /** What the object was read as. */
  record: SessionRecord | 'gone';
  /** A write was refused, and the library was told. Its second write, with the error answer, is not stored. */
  refused = false;
  #text: string | undefined;

  constructor(record: SessionRecord | 'gone') {
    this.record = record;
  }

  /** The stored data without the cookie's dates. Most requests only read and do not need it. */
  get text(): string {
    if (this.record === 'gone') return '';
    this.#text ??= encodeWithoutDates(parseSessionData(this.record.data));
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
  const writer = createWriter(store, options);

  const methods: SessionCallbackStore = {
    get(sid, done) {
      callBack(
        () => store.read(readId(sid)),
        (error, record) => {
          if (error !== undefined) return done(error);
          if (record === undefined) return reportMissing(done);
          let session: SessionData;
          try {
            session = buildSession(parseSessionData(record.data), record);
          } catch (cause) {
            return done(cause);
          }
          done(null, session as never);
        },
      );
    },
    set: (sid, session, done = ignore) => callBack(() => writer.set(sid, session), done),
    destroy: (sid, done = ignore) => callBack(() => store.destroy(readId(sid)), done),
    touch: (_sid, session, done = ignore) => callBack(() => writer.touch(session), done),
  };

  const { base } = options;
  if (base === undefined) return methods as SessionCallbackStore & T;
  // As `util.inherits` would do it: express-session calls generate, regenerate, createSession and on.
  return Object.assign(Object.create(base.prototype), methods);
}

function createWriter(store: SessionStore, options: CallbackStoreOptions) {
  const { idleMs = SESSION_DEFAULTS.idleMs, absoluteMs = SESSION_DEFAULTS.absoluteMs } = options;
  const { maxDataLength = MAX_SESSION_DATA_LENGTH, clock = () => store.clock(), touchEveryMs, readSubject } = options;
  // A new session that is saved twice was never read: its object identifies it.
  const created = new WeakMap<object, ReadVersion>();

  function findVersion(session: object): ReadVersion | undefined {
    const version: unknown = Reflect.get(session, VERSION_KEY);
    if (version === undefined) return created.get(session);
    if (version instanceof ReadVersion) return version;
    const text = `Session data cannot have the name "${VERSION_KEY}".`;
    throw addStatus(new AuthError('ERR_SESSION_DATA_UNSERIALIZABLE', text));
  }

  /** From the cookie, as the libraries mean it: maxAge counts from now, expires is a date. 0 or less: it is over. */
  function readIdleMs({ cookie }: ForeignSession): number {
    const { originalMaxAge, expires } = cookie ?? {};
    const left = expires == null ? Number.NaN : new Date(expires).getTime() - Date.now();
    if (left <= 0) return left;
    if (typeof originalMaxAge === 'number') return Math.ceil(originalMaxAge);
    return left > 0 ? Math.ceil(left) : idleMs;
  }

  /** The first operation on the store may be this one: its clock must be ready. */
  function create(sid: string, session: ForeignSession, data: string, text: string): Awaitable<void> {
    const { ready } = store as Partial<Preparing>;
    return ready === undefined
      ? createNow(sid, session, data, text)
      : ready().then(() => createNow(sid, session, data, text));
  }

  function createNow(sid: string, session: ForeignSession, data: string, text: string): Awaitable<void> {
    const id = readId(sid);
    const createdAt = clock();
    const absoluteExpiresAt = createdAt + absoluteMs;
    const idleExpiresAt = Math.min(createdAt + readIdleMs(session), absoluteExpiresAt);
    const named = readSubject?.(session as SessionData);
    // A user's session needs an id in the user's partition; another id is kept outside the index.
    const subject = isSessionId(id, named?.userId) ? named : undefined;
    const record: NewSession = { id, subject, data, details: '{}', createdAt, idleExpiresAt, absoluteExpiresAt };
    return andThen(store.create(record), () => {
      const version = new ReadVersion({ ...record, version: 1 });
      version.text = text;
      created.set(session, version);
    });
  }

  function write(session: ForeignSession, version: ReadVersion, data: string, text: string): Awaitable<void> {
    const { record } = version;
    if (version.refused) return;
    if (record === 'gone') return refuse(version, 'ERR_SESSION_GONE');
    // What is unchanged is not written: two requests that only read do not collide, and a dead session stays dead.
    if (text === version.text) return moveIdle(session, version, record);
    const idleExpiresAt = Math.min(clock() + readIdleMs(session), record.absoluteExpiresAt);
    return andThen(store.update(record.id, { version: record.version, data, idleExpiresAt }), (outcome) => {
      if (outcome === 'gone') return refuse(version, 'ERR_SESSION_GONE');
      if (outcome === 'conflict') return refuse(version, 'ERR_SESSION_CONFLICT');
      version.record = { ...record, data, idleExpiresAt, version: record.version + 1 };
      version.text = text;
    });
  }

  function moveIdle(session: ForeignSession, version: ReadVersion, record: SessionRecord): Awaitable<void> {
    const idle = readIdleMs(session);
    const idleExpiresAt = Math.min(clock() + idle, record.absoluteExpiresAt);
    if (idleExpiresAt - record.idleExpiresAt < (touchEveryMs ?? idle * SESSION_DEFAULTS.touchShare)) return;
    return andThen(store.touch(record.id, idleExpiresAt), (outcome) => {
      version.record = outcome === 'gone' ? 'gone' : { ...record, idleExpiresAt };
    });
  }

  return {
    set(sid: string, session: ForeignSession): Awaitable<void> {
      const version = findVersion(session);
      const data = encodeSessionData(session, maxDataLength);
      if (readIdleMs(session) <= 0) {
        if (version !== undefined) version.record = 'gone';
        return store.destroy(readId(sid));
      }
      const text = encodeWithoutDates(session);
      return version === undefined ? create(sid, session, data, text) : write(session, version, data, text);
    },

    touch(session: ForeignSession): Awaitable<void> {
      const version = findVersion(session);
      if (version !== undefined && version.record !== 'gone') return moveIdle(session, version, version.record);
    },
  };
}

/**
 * Ids for `idGenerator` of @fastify/session and `genid` of express-session: 256 random bits. With `readSubject`, an id
 * that is made while the request's session names a user belongs to that user, and the store lists it:
 * `session.user = user; await session.regenerate(['user'])`.
 */
export function createSessionIdGenerator({ readSubject }: { readonly readSubject?: ReadSubject } = {}) {
  return (request?: { readonly session?: unknown }): string => {
    const session = request?.session;
    const isKnown = typeof session === 'object' && session !== null;
    return mintSessionToken(isKnown ? readSubject?.(session as SessionData)?.userId : undefined);
  };
}

const readId = (sid: string): string => deriveSessionId(sid) ?? deriveForeignSessionId(sid);

function refuse(version: ReadVersion, code: 'ERR_SESSION_GONE' | 'ERR_SESSION_CONFLICT'): never {
  version.refused = true;
  throw createAuthError(code);
}

function buildSession(session: SessionData, record: SessionRecord): SessionData {
  const cookie = (session.cookie ?? {}) as Record<string, unknown>;
  // A touch moves the store's expiry only: the date in the stored text would end the session too early.
  if (cookie.expires != null) cookie.expires = new Date(record.idleExpiresAt);
  return Object.assign(session, { cookie, [VERSION_KEY]: new ReadVersion(record) });
}

/** The data as JSON without the dates in its cookie, which change with every request. */
function encodeWithoutDates(session: object): string {
  const { cookie, ...data } = session as { cookie?: { toJSON?: () => object } };
  const attributes = { ...(cookie?.toJSON?.() ?? cookie), expires: undefined, originalExpires: undefined };
  return JSON.stringify([data, attributes]);
}

/**
 * When it loads a session, each library takes ENOENT for "begin a new one". reload() of @fastify/session makes the
 * session anew from the value beside the error: that value is marked as gone, so that no save revives it.
 */
function reportMissing(done: Got): void {
  const error = Object.assign(
    new Error('The session does not exist.', { cause: createAuthError('ERR_SESSION_GONE') }),
    {
      code: 'ENOENT',
      statusCode: 401,
    },
  );
  done(error, { cookie: {}, [VERSION_KEY]: new ReadVersion('gone') } as never);
}

/** Calls back synchronously where the store answers a value. */
function callBack<T>(action: () => Awaitable<T>, done: (error?: unknown, value?: T) => void): void {
  let result: Awaitable<T>;
  try {
    result = action();
  } catch (error) {
    done(toUnavailable(error));
    return;
  }
  if (result instanceof Promise) {
    // What the library throws while it writes its answer goes back to it: unhandled, it would end the process.
    result.then((value) => done(undefined, value)).catch((error) => done(toUnavailable(error)));
  } else {
    done(undefined, result);
  }
}

const ignore = (): void => undefined;
