// What device-bound sessions add to the session plugin: the two endpoints, the offer in the answer to a sign-in, the
// device cookie in the credential of a request, and the events.

import {
  AuthError,
  type AuthErrorCode,
  type Awaitable,
  type DeviceBinding,
  type SessionRecord,
  type SessionStrategy,
} from '@statecraft/auth-core';
import { deriveSessionId } from '@statecraft/auth-core/store';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { createSessionCookie, readTokens, type SessionCookie } from '../cookie.ts';
import type { ResolvedSessionOptions } from '../options.ts';
import { addDeviceEndpoint, createRefresh, createRegister } from './endpoints.ts';
import { createNotify } from './events.ts';
import { DEVICE_HEADERS, formatOffer, readSkipReason } from './headers.ts';
import { computeRelativePath } from './relative-path.ts';

/** What a request presents of its device, beside the session's token. */
interface PresentedDevice {
  readonly deviceToken: readonly string[];
  readonly isSkipped: boolean;
}

export interface DeviceSide {
  /** For the scheme: what came with the request. */
  read(request: FastifyRequest): PresentedDevice;
  /** Whether a session that begins with this request may be bound: over TLS only, as the draft demands. */
  canOffer(request: FastifyRequest): boolean;
  /** Adds the registration header to the answer to a sign-in. */
  offer(reply: FastifyReply, session: SessionRecord): void;
  /** Takes the registration header back: the session has ended. */
  withdraw(reply: FastifyReply): void;
  /** The Set-Cookie text that removes the request's device cookie, if it has one. */
  findRemoval(request: FastifyRequest): string | undefined;
  /** Reports that the guard refused a session because of its device, and lets the browser renew its cookie if it can. */
  settleRefusal(request: FastifyRequest, reply: FastifyReply, reason: AuthErrorCode): void;
}

/** The codes with which the strategy refuses a live session because of its device. */
export const DEVICE_REFUSALS: readonly AuthErrorCode[] = [
  'ERR_DEVICE_COOKIE_MISSING',
  'ERR_DEVICE_REFRESH_SKIPPED',
  'ERR_DEVICE_BINDING_REQUIRED',
];

interface Setup {
  readonly options: ResolvedSessionOptions;
  readonly strategy: SessionStrategy;
  readonly binding: DeviceBinding;
  readonly sessionCookie: SessionCookie;
  readonly ask: <T>(request: FastifyRequest, call: () => Awaitable<T>) => Awaitable<T>;
}

/** @throws ERR_OPTION_INVALID */
export function addDeviceSide(app: FastifyInstance, setup: Setup): DeviceSide {
  const { options, binding, sessionCookie, strategy, ask } = setup;
  const deviceCookie = createDeviceCookie(options, binding.lifetimeMs);
  const { registerPath, refreshPath } = options.deviceEndpoints;
  const notify = createNotify(options.deviceEndpoints.onEvent);
  const paths = { registerPath: joinPath(app.prefix, registerPath), refreshPath: joinPath(app.prefix, refreshPath) };
  const endpoints = { strategy, binding, sessionCookie, deviceCookie, notify, ask, ...paths };
  addDeviceEndpoint(app, registerPath, createRegister(endpoints));
  addDeviceEndpoint(app, refreshPath, createRefresh(endpoints));
  let isWarned = false;

  function warnOfPlainHttp(): void {
    if (!isWarned) {
      app.log.warn('Sign-in over plain HTTP: no device can be bound. Is trustProxy missing behind a TLS proxy?');
    }
    isWarned = true;
  }

  return {
    read: ({ raw: { headers } }) => ({
      deviceToken: headers.cookie === undefined ? [] : deviceCookie.findTokens(headers.cookie),
      isSkipped: headers[DEVICE_HEADERS.skipped] !== undefined,
    }),

    canOffer({ protocol }) {
      if (protocol !== 'https') warnOfPlainHttp();
      return protocol === 'https';
    },

    offer(reply, session) {
      const challenge = binding.readOffer(session);
      if (challenge === undefined) return;
      const path = computeRelativePath(reply.request.url, paths.registerPath);
      reply.header(DEVICE_HEADERS.registration, formatOffer(path, challenge));
    },

    withdraw: (reply) => void reply.removeHeader(DEVICE_HEADERS.registration),

    findRemoval({ raw: { headers } }) {
      const tokens = headers.cookie === undefined ? [] : deviceCookie.findTokens(headers.cookie);
      return tokens.length > 0 ? deviceCookie.removal : undefined;
    },

    settleRefusal(request, reply, reason) {
      if (reason === 'ERR_DEVICE_COOKIE_MISSING' && isLinkFromElsewhere(request)) reply.header('refresh', '0');
      const tokens = readTokens(request, sessionCookie);
      const sessionId = typeof tokens === 'string' ? deriveSessionId(tokens) : undefined;
      const skipped = request.headers[DEVICE_HEADERS.skipped];
      if (reason === 'ERR_DEVICE_REFRESH_SKIPPED' && skipped !== undefined) {
        notify({ kind: 'skipped', reason: readSkipReason(skipped), sessionId, request });
      } else {
        notify({ kind: 'refused', reason, sessionId, request });
      }
    },
  };
}

/**
 * Whether a page of another origin led here. The browser renews no device cookie then (Chromium 150), but it does when
 * it loads the page once more, by `Refresh: 0`, because the page itself starts that request.
 */
function isLinkFromElsewhere({ method, headers }: FastifyRequest): boolean {
  const { 'sec-fetch-mode': mode, 'sec-fetch-site': site } = headers;
  return method === 'GET' && mode === 'navigate' && (site === 'cross-site' || site === 'same-site');
}

/** The session cookie's attributes: where the one is sent, the other is. */
function createDeviceCookie({ cookieName, cookie }: ResolvedSessionOptions, lifetimeMs: number): SessionCookie {
  if (!cookie.secure || cookie.partitioned) {
    const detail = 'deviceBound needs cookie.secure, and does not go together with cookie.partitioned.';
    throw new AuthError('ERR_OPTION_INVALID', detail);
  }
  return createSessionCookie({ cookieName: `${cookieName}-device`, cookie: { ...cookie, maxAge: lifetimeMs } });
}

function joinPath(prefix: string, path: string): string {
  if (/[:*(]/.test(prefix)) {
    const detail = `deviceBound needs paths that are known at startup, and the prefix ${prefix} has a parameter.`;
    throw new AuthError('ERR_OPTION_INVALID', detail);
  }
  return prefix + path;
}
