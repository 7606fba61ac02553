// What happens to the binding between sessions and devices, for an application's log and its metrics.

import type { AuthErrorCode } from '@statecraft/auth-core';
import type { FastifyRequest } from 'fastify';
import type { SkipReason } from './headers.ts';

/**
 * - `registered`, `refreshed`: a device proved that it holds the session's key.
 * - `refused`: a proof or a request was refused. ERR_DEVICE_COOKIE_MISSING on a bound session may be a copied cookie;
 *   ERR_DEVICE_ALREADY_BOUND is a second key.
 * - `skipped`: the browser sent a request without a fresh device cookie on purpose, and says why. A thief can say so,
 *   too.
 */
export type DeviceEvent = DeviceEventContext &
  (
    | { readonly kind: 'registered' | 'refreshed' }
    | { readonly kind: 'refused'; readonly reason: AuthErrorCode }
    | { readonly kind: 'skipped'; readonly reason: SkipReason }
  );

interface DeviceEventContext {
  readonly request: FastifyRequest;
  /** The store's id of the session, where one was presented. */
  readonly sessionId?: string | undefined;
  /** Whose session it is, where it was read. */
  readonly userId?: string | undefined;
}

/** Gets each event of device-bound sessions. */
export type NotifyDeviceEvent = (event: DeviceEvent) => void;

/**
 * A handler that throws, or whose promise is rejected, does not change the answer. An unhandled rejection would end the
 * process.
 */
export function createNotify(onEvent: NotifyDeviceEvent | undefined): NotifyDeviceEvent {
  if (onEvent === undefined) return () => undefined;
  return (event) => {
    const warn = (error: unknown) =>
      event.request.log.error({ err: error }, 'deviceBound.onEvent failed. The request goes on.');
    try {
      // The type allows an async function.
      const result: unknown = onEvent(event);
      if (result instanceof Promise) result.catch(warn);
    } catch (error) {
      warn(error);
    }
  };
}
