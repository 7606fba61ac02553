// The options of device-bound sessions, checked once at startup.

import { AuthError } from '../errors.ts';

/** Option `deviceBound` of `createSessionStrategy`. */
export interface DeviceBoundOptions {
  /**
   * ms that a device token works, and so how long a copied cookie may: a whole number of seconds, default 5 minutes.
   * Below 4 minutes only with `allowShortLifetime`.
   */
  readonly lifetimeMs?: number | undefined;
  /** Allows lifetimes below 4 minutes, for tests and demonstrations: browsers limit how often they sign. */
  readonly allowShortLifetime?: boolean | undefined;
  /** ms after sign-in within which a device may register. Default 1 minute. */
  readonly registerWithinMs?: number | undefined;
  /** ms after sign-in from which a user's session that is not bound to a device is refused. Default: never. */
  readonly requireBindingAfterMs?: number | undefined;
}

/** The default options of device-bound sessions, in ms. */
export const DEVICE_BOUND_DEFAULTS = {
  lifetimeMs: 5 * 60_000,
  allowShortLifetime: false,
  registerWithinMs: 60_000,
} as const satisfies DeviceBoundOptions;

export interface DeviceBoundSettings {
  readonly lifetimeMs: number;
  readonly registerWithinMs: number;
  readonly requireBindingAfterMs: number | undefined;
}

const NAMES = [...Object.keys(DEVICE_BOUND_DEFAULTS), 'requireBindingAfterMs'];
/**
 * Chromium 150 signs 6 times in 9 minutes, and renews a cookie in its last 2 minutes: users who are active all the time
 * were refused with 3 minutes, and not with 3.5.
 */
const SHORTEST_MS = 4 * 60_000;

/** @throws ERR_OPTION_INVALID, for an unknown name, too: a misspelt option would protect nothing */
export function resolveDeviceOptions(options: DeviceBoundOptions): DeviceBoundSettings {
  check(typeof options === 'object' && options !== null, 'deviceBound must be an object.');
  const unknown = Object.keys(options).filter((name) => !NAMES.includes(name));
  check(unknown.length === 0, `deviceBound has no option ${unknown.join(', ')}.`);
  const { requireBindingAfterMs } = options;
  const lifetimeMs = checkMs('lifetimeMs', options.lifetimeMs ?? DEVICE_BOUND_DEFAULTS.lifetimeMs);
  check(lifetimeMs % 1000 === 0, `deviceBound.lifetimeMs must be a whole number of seconds, and is ${lifetimeMs} ms.`);
  check(
    lifetimeMs >= SHORTEST_MS || options.allowShortLifetime === true,
    `deviceBound.lifetimeMs must be at least ${SHORTEST_MS} ms, because browsers limit how often they sign. ` +
      'Set allowShortLifetime for a test.',
  );
  return {
    lifetimeMs,
    registerWithinMs: checkMs('registerWithinMs', options.registerWithinMs ?? DEVICE_BOUND_DEFAULTS.registerWithinMs),
    requireBindingAfterMs:
      requireBindingAfterMs === undefined ? undefined : checkMs('requireBindingAfterMs', requireBindingAfterMs),
  };
}

function checkMs(name: string, ms: number): number {
  check(Number.isSafeInteger(ms) && ms > 0, `deviceBound.${name} must be a whole number of ms above 0, and is ${ms}.`);
  return ms;
}

function check(isValid: boolean, detail: string): void {
  if (!isValid) throw new AuthError('ERR_OPTION_INVALID', detail);
}
