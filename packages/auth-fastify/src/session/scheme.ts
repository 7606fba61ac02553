// How a session cookie becomes a principal: the scheme that the session plugin adds to the guard.
//
//   Cookie ── one token ──> strategy.authenticate       several ──> each of them: one live session counts, two refuse

import type {
  Awaitable,
  Outcome,
  Refused,
  SessionRecord,
  SessionStrategy,
  SessionTokens,
  Strategy,
} from '@statecraft/auth-core';
import type { FastifyRequest } from 'fastify';
import type { Scheme } from '../guard.ts';
import { readTokens, type SessionCookie } from './cookie.ts';
import { DEVICE_REFUSALS, type DeviceSide } from './device/device.ts';

/** One token, with what is presented of its device where sessions are bound to devices; or several. */
type Credential = string | SessionTokens;

/** RFC 6265bis leaves the order of two cookies to the browser, so that one of two live ones may be an attacker's. */
const AMBIGUOUS: Refused = { refused: 'ERR_SESSION_INVALID' };

export function createCookieScheme(
  strategy: SessionStrategy,
  cookie: SessionCookie,
  device: Pick<DeviceSide, 'read'> | undefined,
): Scheme<Credential | readonly Credential[], SessionRecord> {
  function read(request: FastifyRequest): Credential | readonly Credential[] | undefined {
    const tokens = readTokens(request, cookie);
    if (device === undefined || tokens === undefined) return tokens;
    const presented = device.read(request);
    return typeof tokens === 'string'
      ? { token: tokens, ...presented }
      : tokens.map((token) => ({ token, ...presented }));
  }
  return { header: 'cookie', read, strategy: acceptOne(strategy) };
}

function acceptOne(strategy: SessionStrategy): Strategy<Credential | readonly Credential[], SessionRecord> {
  return {
    authenticate: (given) => (isSeveral(given) ? authenticateEach(strategy, given) : strategy.authenticate(given)),
  };
}

function isSeveral(given: Credential | readonly Credential[]): given is readonly Credential[] {
  return Array.isArray(given);
}

async function authenticateEach(
  strategy: SessionStrategy,
  credentials: readonly Credential[],
): Promise<Outcome<SessionRecord>> {
  const asked: Awaitable<Outcome<SessionRecord>>[] = credentials.map((one) => strategy.authenticate(one));
  const outcomes = await Promise.all(asked);
  // A session that is refused because of its device is live: beside it, another one must not count as the only one.
  const live = outcomes.filter(({ refused }) => refused === undefined || DEVICE_REFUSALS.includes(refused));
  return live.length === 1 ? (live[0] ?? AMBIGUOUS) : AMBIGUOUS;
}
