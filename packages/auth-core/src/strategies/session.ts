// The stateful answer: the user holds a random token, and a store holds the session that belongs to it.
//
//   sign-in   issue         ── create ──> store          request   authenticate ── read ──> store (sometimes touch)
//   change    update        ── update ──> store          sign-out  revoke       ── destroy ──> store
//
// If the store answers without a promise, so do issue, authenticate, update and touch. Their failures are always
// rejections.

import { andThen, attempt } from '../awaitable.ts';
import type { Clock } from '../contracts/clock.ts';
import type { Principal, Subject } from '../contracts/principal.ts';
import type { ReplacingDetails, SessionRecord, SessionStore, TouchOutcome, UserSessions } from '../contracts/store.ts';
import type { Awaitable, Outcome, Refused, Strategy } from '../contracts/strategy.ts';
import { hasBoundDevice, writeBinding } from '../device/binding.ts';
import { createDeviceCheck, type DeviceCheck, type SessionTokens } from '../device/check.ts';
import { confirmDetails } from '../device/confirm.ts';
import { type DeviceBoundSettings, resolveDeviceOptions } from '../device/options.ts';
import { createDeviceBinding, type DeviceBinding, offerBinding } from '../device/steps.ts';
import { AuthError } from '../errors.ts';
import { deriveSessionId, mintSessionToken, mintSuccessorToken } from '../session-token.ts';
import { checkSubject } from '../subject.ts';
import { createWaitBudget } from '../wait-budget.ts';
import { encodeSessionDetails, readIdleMs, readSessionDetails, type SessionDevice } from './session-details.ts';
import { checkOwnMs, resolveLifetimes, type SessionLifetimes, type SessionStrategyOptions } from './session-options.ts';

/** Options of `SessionStrategy.issue`. */
export interface NewSessionOptions {
  /** Whose session it is. Without one it is anonymous. */
  readonly subject?: Subject | undefined;
  /** The application's data as JSON text (`encodeSessionData`). */
  readonly data: string;
  /** The id of a session that the new one replaces. It ends after the new one exists. */
  readonly replaces?: string | undefined;
  /** ms, up to the strategy's maxIdleMs. Default: the strategy's idleMs. */
  readonly idleMs?: number | undefined;
  /** ms, up to the strategy's maxAbsoluteMs. Default: the strategy's absoluteMs. */
  readonly absoluteMs?: number | undefined;
  readonly device?: SessionDevice | undefined;
  /** A device may register for this session (`deviceBound.readOffer`). Needs the option deviceBound. Default false. */
  readonly offerBinding?: boolean | undefined;
}

/** A new session: its token for the user, and its record. */
export interface IssuedSession {
  /** For the user, once; the server does not keep it. */
  readonly token: string;
  readonly session: SessionRecord;
}

/** What `SessionStrategy.update` did, and the record after it. */
export type SessionUpdate =
  | { readonly outcome: 'updated'; readonly session: SessionRecord }
  | { readonly outcome: 'conflict' | 'gone' };

/** What a user recognises a session by. Times in ms since the epoch. */
export interface SessionDescription {
  readonly firstSeenAt: number;
  /**
   * As of the last touch: up to touchEveryMs too early, and up to idleMs in the last idleMs before the absolute expiry.
   */
  readonly lastSeenAt: number;
  readonly device: SessionDevice;
  /** Whether the session is bound to a device's key. Always false without the option deviceBound. */
  readonly bound: boolean;
}

export interface SessionStrategy extends Strategy<string | SessionTokens, SessionRecord>, SessionLifetimes {
  /** The store's clock, by which every expiry is computed. */
  readonly clock: Clock;
  /** ms within which the store answers or throws; undefined for a store that does not state it. */
  readonly deadlineMs: number | undefined;
  /** The steps that bind a session to a device; undefined without the option deviceBound. */
  readonly deviceBound: DeviceBinding | undefined;
  /**
   * Starts a session. If that fails, and the session may exist all the same, it is ended as soon as the store can.
   * @throws ERR_SUBJECT_INVALID; ERR_OPTION_INVALID for a lifetime above the maximum; what the store's create throws
   */
  issue(options: NewSessionOptions): Awaitable<IssuedSession>;
  /**
   * The live session of a token; moves the idle expiry when that is due, both within `deadlineMs`. Refused with
   * ERR_SESSION_INVALID for any other text, and with ERR_SESSION_UNREADABLE for a stored record that cannot be read.
   * With the option deviceBound also, before the idle expiry is moved: a bound session without a fresh device token
   * with ERR_DEVICE_COOKIE_MISSING or ERR_DEVICE_REFRESH_SKIPPED, an unbound one with ERR_DEVICE_BINDING_REQUIRED if it
   * must be bound by then.
   * @throws ERR_STORE_UNAVAILABLE
   */
  authenticate(tokens: string | SessionTokens): Awaitable<Outcome<SessionRecord>>;
  /** The live session by its id, without a touch. @throws ERR_SESSION_UNREADABLE, ERR_STORE_UNAVAILABLE */
  read(id: string): Awaitable<SessionRecord | undefined>;
  /** Writes `data` over the version that `session` holds, and moves the idle expiry. */
  update(session: SessionRecord, data: string): Awaitable<SessionUpdate>;
  /** Moves the idle expiry now, due or not. */
  touch(session: SessionRecord): Awaitable<TouchOutcome>;
  /** A new token for the same session; the old one is dead at that moment. Undefined when the session is gone. */
  rotate(session: SessionRecord): Promise<IssuedSession | undefined>;
  /**
   * Ends the session of an id, and answers true. With `userId` it ends the session only if it is that user's, and
   * answers whether it was.
   */
  revoke(id: string, owner?: { readonly userId: string }): Promise<boolean>;
  /** When and on what device the session was used. Details that cannot be read count as none. */
  describe(session: SessionRecord): SessionDescription;
  /** The user's live sessions, oldest first. @throws ERR_OPTION_INVALID when the store keeps no sessions by user. */
  list(userId: string): Awaitable<readonly SessionRecord[]>;
  /** Ends the user's sessions (but the id `except`); answers how many. @throws ERR_OPTION_INVALID as `list`. */
  revokeAll(userId: string, options?: { readonly except?: string }): Awaitable<number>;
  /**
   * Gives all live sessions of `subject.userId` this name and these roles; answers how many.
   * @throws ERR_SUBJECT_INVALID; ERR_OPTION_INVALID as `list`
   */
  changeSubject(subject: Subject): Awaitable<number>;
}

const INVALID: Refused = Object.freeze({ refused: 'ERR_SESSION_INVALID' });
const UNREADABLE: Refused = Object.freeze({ refused: 'ERR_SESSION_UNREADABLE' });

/**
 * Sessions in a store.
 *
 * @example
 * const sessions = createSessionStrategy({ store: createMemoryStore(), idleMs: 30 * 60_000 });
 * const { token } = await sessions.issue({ subject: { userId: '7', username: 'ada', roles: [] }, data: '{}' });
 * const outcome = await sessions.authenticate(token);
 *
 * @throws ERR_OPTION_INVALID
 */
export function createSessionStrategy(options: SessionStrategyOptions): SessionStrategy {
  const { store } = options;
  const lifetimes = resolveLifetimes(options);
  const device = options.deviceBound === undefined ? undefined : resolveDeviceOptions(options.deviceBound);

  return {
    ...lifetimes,
    clock: () => store.clock(),
    deadlineMs: store.deadlineMs,
    deviceBound: device && createDeviceBinding(requireReplacing(store), device),
    authenticate: createAuthenticate(options, lifetimes, device && createDeviceCheck(device)),
    read: (id) => store.read(id),

    issue: (wanted) =>
      attempt(() =>
        andThen(store.ready?.(), () => {
          const { token, session } = startSession(wanted, lifetimes, device, store.clock());
          return endIfFailed(store, session.id, () =>
            andThen(store.create(session), () => {
              // After, not before: when create fails, the user keeps the session that they had.
              const ended = wanted.replaces === undefined ? undefined : store.destroy(wanted.replaces);
              return andThen(ended, () => ({ token, session: { ...session, version: 1 } }));
            }),
          );
        }),
      ),

    update: (session, data) =>
      attempt(() => {
        const idleExpiresAt = extendIdle(session, lifetimes, store.clock());
        const change = { version: session.version, data, idleExpiresAt };
        return andThen(store.update(session.id, change), (outcome): SessionUpdate => {
          if (outcome !== 'updated') return { outcome };
          return { outcome, session: { ...session, data, idleExpiresAt, version: session.version + 1 } };
        });
      }),

    touch: (session) => attempt(() => store.touch(session.id, extendIdle(session, lifetimes, store.clock()))),

    async rotate(session) {
      const token = mintSuccessorToken(session.id);
      const id = requireSessionId(token);
      if ((await store.rotate(session.id, id)) === 'gone') return undefined;
      return { token, session: { ...session, id, version: session.version + 1 } };
    },

    async revoke(id, owner) {
      // A session never changes its user, so nothing can come between this read and the destroy.
      if (owner !== undefined && (await store.read(id))?.subject?.userId !== owner.userId) return false;
      await store.destroy(id);
      return true;
    },

    describe(session) {
      const { idleMs = lifetimes.idleMs, device: seen = {} } = readSessionDetails(session.details);
      const lastSeenAt = session.idleExpiresAt - Math.min(idleMs, lifetimes.maxIdleMs);
      return {
        firstSeenAt: session.createdAt,
        lastSeenAt: Math.max(lastSeenAt, session.createdAt),
        device: seen,
        bound: device !== undefined && hasBoundDevice(session.details),
      };
    },

    list: (userId) => requireUserSessions(store).list(userId),
    revokeAll: (userId, except) => requireUserSessions(store).destroyAll(userId, except),
    changeSubject: (subject) => requireUserSessions(store).changeSubject(checkSubject(subject)),
  };
}

/**
 * Runs `start`. After a failure whose outcome is unknown the session may exist, and no one has its token: it is ended,
 * if the store can. The caller does not wait for that.
 */
function endIfFailed<T>(store: SessionStore, id: string, start: () => Awaitable<T>): Awaitable<T> {
  const started = attempt(start);
  if (!(started instanceof Promise)) return started;
  return started.catch((error) => {
    const isRefused = error instanceof AuthError && error.code !== 'ERR_STORE_UNAVAILABLE';
    if (!isRefused) Promise.resolve(attempt(() => store.destroy(id))).catch(() => undefined);
    throw error;
  });
}

function createAuthenticate(
  { store, onTouchFailed }: SessionStrategyOptions,
  lifetimes: SessionLifetimes,
  checkDevice: DeviceCheck | undefined,
) {
  const { deadlineMs } = store;
  const runWithin = <T>(begunAt: number, call: () => Awaitable<T>): Awaitable<T> =>
    deadlineMs === undefined ? call() : createWaitBudget(deadlineMs, performance.now() - begunAt)(call);

  /** `begunAt`: when the read began, ms of performance.now(). */
  function decide(
    session: SessionRecord | undefined,
    tokens: string | SessionTokens,
    begunAt: number,
  ): Awaitable<Outcome<SessionRecord>> {
    if (session === undefined) return INVALID;
    try {
      const now = store.clock();
      const refused = checkDevice?.(session, tokens, now);
      if (refused !== undefined)
        return hasDeviceToken(tokens) ? checkAgain(session, tokens, begunAt, refused) : refused;
      return isTouchDue(session, lifetimes, now) ? touchAndAccept(session, now, begunAt) : accept(session);
    } catch (error) {
      return refuseUnreadable(error);
    }
  }

  /**
   * A store with a cache may have answered what was true before another server renewed the device's token. So an
   * unknown token is refused only if the details in the store are still those that were read.
   */
  function checkAgain(
    session: SessionRecord,
    tokens: string | SessionTokens,
    begunAt: number,
    refused: Refused,
  ): Awaitable<Outcome<SessionRecord>> {
    const settle = (now: SessionRecord | undefined) => {
      if (now === undefined) return INVALID;
      return checkDevice?.(now, tokens, store.clock()) ?? accept(now);
    };
    const outcome = runWithin(begunAt, () => confirmDetails(requireReplacing(store), session));
    const decided = andThen(outcome, (replaced) => {
      if (replaced === 'gone') return INVALID;
      return replaced === 'conflict'
        ? andThen(
            runWithin(begunAt, () => store.read(session.id)),
            settle,
          )
        : refused;
    });
    return decided instanceof Promise ? decided.catch(refuseUnreadable) : decided;
  }

  function touchAndAccept(session: SessionRecord, now: number, begunAt: number): Awaitable<Outcome<SessionRecord>> {
    const idleExpiresAt = extendIdle(session, lifetimes, now);
    // Gone: the session ended between the read and the touch.
    const settle = (outcome: TouchOutcome) => (outcome === 'gone' ? INVALID : accept({ ...session, idleExpiresAt }));
    const goOn = (error: unknown) => {
      onTouchFailed?.(error);
      return accept(session);
    };
    const touch = () => store.touch(session.id, idleExpiresAt);
    try {
      const outcome = runWithin(begunAt, touch);
      return outcome instanceof Promise ? outcome.then(settle, goOn) : settle(outcome);
    } catch (error) {
      return goOn(error);
    }
  }

  return (tokens: string | SessionTokens): Awaitable<Outcome<SessionRecord>> => {
    const id = deriveSessionId(typeof tokens === 'string' ? tokens : tokens.token);
    if (id === undefined) return INVALID;
    const begunAt = deadlineMs === undefined ? 0 : performance.now();
    try {
      const session = store.read(id);
      if (!(session instanceof Promise)) return decide(session, tokens, begunAt);
      return session.then((found) => decide(found, tokens, begunAt), refuseUnreadable);
    } catch (error) {
      return refuseUnreadable(error);
    }
  };
}

function hasDeviceToken(tokens: string | SessionTokens): boolean {
  return typeof tokens !== 'string' && tokens.deviceToken !== undefined && tokens.deviceToken.length > 0;
}

function accept(session: SessionRecord): Outcome<SessionRecord> {
  return { principal: readPrincipal(session), evidence: session };
}

/** The principal of a session, or null for an anonymous one. A new object at each call. */
export function readPrincipal({ id, subject }: SessionRecord): Principal | null {
  if (subject === undefined) return null;
  const { userId, username, roles } = subject;
  return { userId, username, roles: [...roles], credential: { kind: 'session', sessionId: id } };
}

/** @throws any other error, because then a system failed */
function refuseUnreadable(error: unknown): Refused {
  if (error instanceof AuthError && error.code === 'ERR_SESSION_UNREADABLE') return UNREADABLE;
  throw error;
}

function startSession(
  wanted: NewSessionOptions,
  lifetimes: SessionLifetimes,
  device: DeviceBoundSettings | undefined,
  createdAt: number,
) {
  const subject = wanted.subject && checkSubject(wanted.subject);
  const idleMs = checkOwnMs('idleMs', wanted.idleMs ?? lifetimes.idleMs, lifetimes.maxIdleMs);
  const absoluteMs = checkOwnMs('absoluteMs', wanted.absoluteMs ?? lifetimes.absoluteMs, lifetimes.maxAbsoluteMs);
  const token = mintSessionToken(subject?.userId);
  const ownIdleMs = idleMs === lifetimes.idleMs ? undefined : idleMs;
  const details = encodeSessionDetails({ idleMs: ownIdleMs, device: wanted.device });
  const session = {
    id: requireSessionId(token),
    subject,
    data: wanted.data,
    details: wanted.offerBinding === true ? addOffer(details, device, createdAt) : details,
    createdAt,
    idleExpiresAt: createdAt + Math.min(idleMs, absoluteMs),
    absoluteExpiresAt: createdAt + absoluteMs,
  };
  return { token, session };
}

function addOffer(details: string, device: DeviceBoundSettings | undefined, now: number): string {
  if (device !== undefined) return writeBinding(details, offerBinding(device, now));
  throw new AuthError('ERR_OPTION_INVALID', 'offerBinding needs a strategy with the option deviceBound.');
}

function findIdleMs({ details }: SessionRecord, { idleMs, maxIdleMs }: SessionLifetimes): number {
  return Math.min(readIdleMs(details) ?? idleMs, maxIdleMs);
}

function extendIdle(session: SessionRecord, lifetimes: SessionLifetimes, now: number): number {
  return Math.min(now + findIdleMs(session, lifetimes), session.absoluteExpiresAt);
}

function isTouchDue(session: SessionRecord, lifetimes: SessionLifetimes, now: number): boolean {
  const { idleExpiresAt, absoluteExpiresAt } = session;
  if (idleExpiresAt >= absoluteExpiresAt) return false;
  const idleMs = findIdleMs(session, lifetimes);
  const share = Math.min(1, idleMs / lifetimes.idleMs);
  return idleExpiresAt - now <= idleMs - Math.ceil(lifetimes.touchEveryMs * share);
}

function requireSessionId(token: string): string {
  const id = deriveSessionId(token);
  if (id === undefined) throw new AuthError('ERR_SESSION_ID_INVALID');
  return id;
}

function requireReplacing(store: SessionStore & Partial<ReplacingDetails>): SessionStore & ReplacingDetails {
  if (store.replaceDetails !== undefined) return store as SessionStore & ReplacingDetails;
  throw new AuthError('ERR_OPTION_INVALID', 'deviceBound needs a store with replaceDetails, and this one has none.');
}

function requireUserSessions(store: SessionStore & Partial<UserSessions>): UserSessions {
  const { list, destroyAll, changeSubject } = store;
  if (list === undefined || destroyAll === undefined || changeSubject === undefined) {
    throw new AuthError(
      'ERR_OPTION_INVALID',
      'This store keeps no sessions by user: it has no list, destroyAll and changeSubject.',
    );
  }
  return {
    list: list.bind(store),
    destroyAll: destroyAll.bind(store),
    changeSubject: changeSubject.bind(store),
  };
}
