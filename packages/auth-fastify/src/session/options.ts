// The options of the session plugin, checked once, at startup.

import {
  AuthError,
  type Clock,
  createSessionStrategy,
  MAX_SESSION_DATA_LENGTH,
  type SessionStore,
  type SessionStrategy,
  type UserSessions,
} from '@statecraft/auth-core';
import {
  type DeviceBoundPluginOptions,
  type DeviceEndpointOptions,
  pickBindingOptions,
  type ResolvedDeviceEndpoints,
  resolveDeviceEndpoints,
} from './device/options.ts';
import type { ConflictRule } from './merge.ts';

/** Where sessions live: a store, with the lifetimes here, or a strategy that has its own. */
export type SessionPluginOptions = SessionPluginSettings & (WithStore | WithStrategy);

interface WithStore {
  readonly store: SessionStore & Partial<UserSessions>;
  readonly strategy?: never;
  /** ms without a request after which a session expires (ASVS 7.3.1). Default 30 minutes. */
  readonly idleMs?: number;
  /** ms after sign-in at which a session expires in any case (ASVS 7.3.2). Default 12 hours. */
  readonly absoluteMs?: number;
  /** ms: the longest idle time that one sign-in may ask for. Default: idleMs. */
  readonly maxIdleMs?: number;
  /** ms: the longest absolute time that one sign-in may ask for. Default: absoluteMs. */
  readonly maxAbsoluteMs?: number;
  /** ms between two moves of the idle expiry. Default: a tenth of idleMs. */
  readonly touchEveryMs?: number;
  /** Replaces the store's clock, for tests. */
  readonly clock?: Clock;
  /**
   * Binds sessions to a key of the browser's device, where the browser can (Device Bound Session Credentials), so that
   * a copied cookie soon stops working. Needs a store with `replaceDetails`. Default false.
   */
  readonly deviceBound?: boolean | DeviceBoundPluginOptions;
}

interface WithStrategy {
  readonly strategy: SessionStrategy;
  readonly store?: never;
  /** Paths and events; the lifetimes are the strategy's. Default: on if the strategy has `deviceBound`. */
  readonly deviceBound?: boolean | DeviceEndpointOptions;
}

/** Options of `sessionPlugin`, besides the store or strategy. */
export interface SessionPluginSettings {
  /** Default `session`; sent as `__Host-session` unless `cookie.secure` is false. */
  readonly cookieName?: string;
  readonly cookie?: SessionCookieOptions;
  /** Start a session for every request that has none, also for a GET. Default false (ASVS 7.6.2). */
  readonly saveUninitialized?: boolean;
  /** Send the cookie with every answer to a live session: renews `cookie.maxAge` in the browser. Default false. */
  readonly rolling?: boolean;
  /** What happens when another request wrote the session first. Default `reject`: 409 ERR_SESSION_CONFLICT. */
  readonly onConflict?: ConflictRule;
  /** `https://shop.example`: origins beside the server's own whose pages may write. Default none (ASVS 3.5.x). */
  readonly trustedOrigins?: readonly string[];
  /** The largest JSON text of one session, in UTF-16 units. Default 65,536. */
  readonly maxDataLength?: number;
}

/** Path is always `/`, HttpOnly is on and Domain is absent, as the prefix `__Host-` demands (RFC 6265bis, 4.1.3.2). */
export interface SessionCookieOptions {
  /** False only without TLS: the cookie then has its plain name, and the log has a warning. Default true. */
  readonly secure?: boolean;
  /** Default `lax`. */
  readonly sameSite?: 'lax' | 'strict' | 'none';
  /** ms that the browser keeps the cookie. Default: until it is closed. The server's expiry holds in both cases. */
  readonly maxAge?: number;
  /** CHIPS: one jar for each embedding site. Default false. */
  readonly partitioned?: boolean;
}

/** The default options of `sessionPlugin`. */
export const SESSION_PLUGIN_DEFAULTS = {
  cookieName: 'session',
  cookie: { secure: true, sameSite: 'lax', partitioned: false },
  saveUninitialized: false,
  rolling: false,
  onConflict: 'reject',
  trustedOrigins: [],
  maxDataLength: MAX_SESSION_DATA_LENGTH,
  deviceBound: false,
} as const satisfies SessionPluginSettings & Pick<WithStore, 'deviceBound'>;

const LIFETIMES = ['idleMs', 'absoluteMs', 'maxIdleMs', 'maxAbsoluteMs', 'touchEveryMs'] as const;
const STRATEGY_OPTIONS = ['store', 'clock', ...LIFETIMES];
const PLUGIN_OPTIONS = [...Object.keys(SESSION_PLUGIN_DEFAULTS), ...STRATEGY_OPTIONS, 'strategy'];
/** Options of fastify.register itself. */
const REGISTER_OPTIONS = ['prefix', 'logLevel', 'logSerializers'];
const COOKIE_OPTIONS = ['secure', 'sameSite', 'maxAge', 'partitioned'];

export type ResolvedSessionOptions = Required<Omit<SessionPluginSettings, 'cookie'>> & {
  readonly cookie: SessionCookieOptions & Required<Omit<SessionCookieOptions, 'maxAge'>>;
  readonly strategy: SessionStrategy;
  readonly deviceEndpoints: ResolvedDeviceEndpoints;
};

/**
 * @param onTouchFailed gets the error when the idle expiry of a session could not be moved
 * @throws ERR_OPTION_INVALID for an unknown name, a value of the wrong kind, or neither store nor strategy
 */
export function resolveSessionOptions(
  options: SessionPluginOptions,
  onTouchFailed: (error: unknown) => void,
): ResolvedSessionOptions {
  refuseUnknown(options, [...PLUGIN_OPTIONS, ...REGISTER_OPTIONS], 'session plugin');
  refuseUnknown(options.cookie ?? {}, COOKIE_OPTIONS, 'session cookie');
  const resolved = {
    ...SESSION_PLUGIN_DEFAULTS,
    ...options,
    cookie: { ...SESSION_PLUGIN_DEFAULTS.cookie, ...options.cookie },
    strategy: chooseStrategy(options, onTouchFailed),
    deviceEndpoints: resolveDeviceEndpoints(options.deviceBound, options.strategy !== undefined),
  };
  check(typeof resolved.cookie.secure === 'boolean', 'cookie.secure must be true or false.');
  check(['lax', 'strict', 'none'].includes(resolved.cookie.sameSite), 'cookie.sameSite must be lax, strict or none.');
  check(resolved.cookie.maxAge === undefined || resolved.cookie.maxAge >= 1000, 'cookie.maxAge is ms, 1000 or more.');
  check(typeof resolved.saveUninitialized === 'boolean', 'saveUninitialized must be true or false.');
  check(typeof resolved.rolling === 'boolean', 'rolling must be true or false.');
  check(
    resolved.onConflict === 'reject' || resolved.onConflict === 'retry' || typeof resolved.onConflict === 'function',
    'onConflict must be reject, retry or a function.',
  );
  return resolved;
}

function chooseStrategy(options: SessionPluginOptions, onTouchFailed: (error: unknown) => void): SessionStrategy {
  if (options.strategy === undefined) {
    check(options.store !== undefined, 'The session plugin needs a store or a strategy.');
    const lifetimes = Object.fromEntries(LIFETIMES.map((name) => [name, options[name]]));
    const store = withClock(options.store, options.clock);
    const deviceBound = pickBindingOptions(options.deviceBound);
    return createSessionStrategy({ store, ...lifetimes, deviceBound, onTouchFailed });
  }
  const both = STRATEGY_OPTIONS.filter((name) => name in options);
  check(both.length === 0, `Set ${both.join(', ')} on the strategy, not on the session plugin.`);
  const { strategy, deviceBound = strategy.deviceBound !== undefined } = options;
  const isOn = deviceBound !== false;
  check(
    isOn === (strategy.deviceBound !== undefined),
    'Switch deviceBound on or off on the strategy, with its lifetimes.',
  );
  return strategy;
}

function withClock<S extends SessionStore>(store: S, clock: Clock | undefined): S {
  if (clock === undefined) return store;
  check(typeof clock === 'function', 'clock must be a function that answers ms since the epoch.');
  return new Proxy(store, {
    get(target, name) {
      if (name === 'clock') return clock;
      const value: unknown = Reflect.get(target, name);
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
}

function refuseUnknown(options: object, known: readonly string[], of: string): void {
  const unknown = Object.keys(options).filter((name) => !known.includes(name));
  check(unknown.length === 0, `The ${of} has no option ${unknown.join(', ')}.`);
}

function check(holds: boolean, otherwise: string): void {
  if (!holds) throw new AuthError('ERR_OPTION_INVALID', otherwise);
}
