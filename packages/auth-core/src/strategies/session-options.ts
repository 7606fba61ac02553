// The strategy's options, checked once at startup, and the lifetimes that follow from them.

import type { Bounded, Preparing, ReplacingDetails, SessionStore, UserSessions } from '../contracts/store.ts';
import type { DeviceBoundOptions } from '../device/options.ts';
import { AuthError } from '../errors.ts';

/** Options of `createSessionStrategy`. */
export interface SessionStrategyOptions {
  /** Its clock decides every expiry. */
  readonly store: SessionStore & Partial<UserSessions & Preparing & Bounded & ReplacingDetails>;
  /** ms without a request after which a session expires (ASVS 7.3.1). Default 30 minutes. */
  readonly idleMs?: number | undefined;
  /** ms after sign-in at which a session expires in any case (ASVS 7.3.2). Default 12 hours. */
  readonly absoluteMs?: number | undefined;
  /** The longest idle time in ms that one session may ask for at sign-in ("remember me"). Default: idleMs. */
  readonly maxIdleMs?: number | undefined;
  /** The longest absolute time in ms that one session may ask for at sign-in. Default: absoluteMs. */
  readonly maxAbsoluteMs?: number | undefined;
  /**
   * A request moves the idle expiry only when this many ms have passed since it was last moved. A session with a
   * shorter idle time of its own is touched more often, in proportion. Default: a tenth of idleMs.
   */
  readonly touchEveryMs?: number | undefined;
  /** Binds sessions to a device's key, where the browser can. Needs a store with replaceDetails. Default: off. */
  readonly deviceBound?: DeviceBoundOptions | undefined;
  /** Gets the error when moving the idle expiry failed. The request goes on with what was read. Must not throw. */
  readonly onTouchFailed?: ((error: unknown) => void) | undefined;
}

/**
 * The default options of the session strategy: times in ms, and the share of the idle time after which a use is noted.
 */
export const SESSION_DEFAULTS = {
  idleMs: 30 * 60_000,
  absoluteMs: 12 * 60 * 60_000,
  touchShare: 0.1,
} as const;

/** All in ms. */
export interface SessionLifetimes {
  readonly idleMs: number;
  readonly absoluteMs: number;
  readonly maxIdleMs: number;
  readonly maxAbsoluteMs: number;
  readonly touchEveryMs: number;
}

/** @throws ERR_OPTION_INVALID */
export function resolveLifetimes(options: SessionStrategyOptions): SessionLifetimes {
  const idleMs = checkMs('idleMs', options.idleMs ?? SESSION_DEFAULTS.idleMs);
  const absoluteMs = checkMs('absoluteMs', options.absoluteMs ?? SESSION_DEFAULTS.absoluteMs);
  const defaultTouchMs = Math.ceil(idleMs * SESSION_DEFAULTS.touchShare);
  const touchEveryMs = checkMs('touchEveryMs', options.touchEveryMs ?? defaultTouchMs);
  if (touchEveryMs >= idleMs && idleMs > 1) {
    throw new AuthError('ERR_OPTION_INVALID', `touchEveryMs must be below idleMs (${idleMs}), and is ${touchEveryMs}.`);
  }
  return {
    idleMs,
    absoluteMs,
    maxIdleMs: checkMaximum('maxIdleMs', options.maxIdleMs ?? idleMs, idleMs),
    maxAbsoluteMs: checkMaximum('maxAbsoluteMs', options.maxAbsoluteMs ?? absoluteMs, absoluteMs),
    touchEveryMs,
  };
}

/**
 * @throws ERR_OPTION_INVALID unless the session's own lifetime is a whole number of ms from 1 to the strategy's maximum
 */
export function checkOwnMs(name: 'idleMs' | 'absoluteMs', ms: number, maximum: number): number {
  if (Number.isSafeInteger(ms) && ms > 0 && ms <= maximum) return ms;
  const option = name === 'idleMs' ? 'maxIdleMs' : 'maxAbsoluteMs';
  throw new AuthError(
    'ERR_OPTION_INVALID',
    `${name} of a session must be a whole number of milliseconds from 1 to ${maximum} (${option}), and is ${ms}.`,
  );
}

function checkMs(name: string, ms: number): number {
  if (Number.isSafeInteger(ms) && ms > 0) return ms;
  throw new AuthError('ERR_OPTION_INVALID', `${name} must be a whole number of milliseconds above 0, and is ${ms}.`);
}

function checkMaximum(name: string, ms: number, least: number): number {
  if (checkMs(name, ms) >= least) return ms;
  throw new AuthError('ERR_OPTION_INVALID', `${name} must not be below ${least} ms, the default, and is ${ms}.`);
}
