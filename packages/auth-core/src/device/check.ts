// Whether a request of a session comes with what its binding demands. It reads the record that was read anyway: no call
// of the store, and no signature.

import type { SessionRecord } from '../contracts/store.ts';
import type { Refused } from '../contracts/strategy.ts';
import { findFreshToken, isBound, type PresentedTokens, readBinding } from './binding.ts';
import type { DeviceBoundSettings } from './options.ts';

/** What a request holds: the session's token, and the device's. */
export interface SessionTokens {
  readonly token: string;
  /** Several, when the request has several cookies of that name: one fresh one is enough. */
  readonly deviceToken?: PresentedTokens;
  /** The browser says that it did not renew the device's token (`Secure-Session-Skipped`). */
  readonly isSkipped?: boolean | undefined;
}

/** ms that a token works beyond its lifetime: the browser counts from the arrival of the answer. */
export const LEEWAY_MS = 5_000;
/** ms after the registration in which requests may arrive that were sent before its answer, and so without a token. */
const FIRST_REQUESTS_MS = 30_000;

const COOKIE_MISSING: Refused = Object.freeze({ refused: 'ERR_DEVICE_COOKIE_MISSING' });
const REFRESH_SKIPPED: Refused = Object.freeze({ refused: 'ERR_DEVICE_REFRESH_SKIPPED' });
const BINDING_REQUIRED: Refused = Object.freeze({ refused: 'ERR_DEVICE_BINDING_REQUIRED' });

/** Answers why a request is refused, or undefined. */
export type DeviceCheck = (session: SessionRecord, tokens: string | SessionTokens, now: number) => Refused | undefined;

/** The check throws ERR_SESSION_UNREADABLE for a binding that cannot be read. */
export function createDeviceCheck({ lifetimeMs, requireBindingAfterMs }: DeviceBoundSettings): DeviceCheck {
  const firstRequestsMs = Math.min(lifetimeMs, FIRST_REQUESTS_MS) + LEEWAY_MS;

  function isRequired({ subject, createdAt }: SessionRecord, now: number): boolean {
    if (subject === undefined || requireBindingAfterMs === undefined) return false;
    return now >= createdAt + requireBindingAfterMs;
  }

  return (session, tokens, now) => {
    const binding = readBinding(session.details);
    if (!isBound(binding)) return isRequired(session, now) ? BINDING_REQUIRED : undefined;
    const { deviceToken, isSkipped } = typeof tokens === 'string' ? ({} as Partial<SessionTokens>) : tokens;
    if (findFreshToken(deviceToken, binding, now) !== undefined) return undefined;
    if (now < binding.boundAt + firstRequestsMs) return undefined;
    return isSkipped === true ? REFRESH_SKIPPED : COOKIE_MISSING;
  };
}
