// How a session cookie becomes a principal: the scheme that the session plugin adds to the guard.
//
//   Cookie ── one token ──> strategy.authenticate           several ──> each of them: one live session counts, two refuse

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
import type { SessionCookie } from './cookie.ts';
import { DEVICE_REFUSALS, type DeviceSide } from './device/device.ts';

type Tokens = string | readonly string[];
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

/** The different values of the session cookie. */
export function readTokens(request: FastifyRequest, cookie: SessionCookie): Tokens | undefined {
  const { cookie: header } = request.raw.headers;
  if (header === undefined) return undefined;
  const tokens = cookie.findTokens(header);
  if (tokens.length <= 1) return tokens[0];
  const different = [...new Set(tokens)];
  return different.length > 1 ? different : different[0];
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
