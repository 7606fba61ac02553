// How a session cookie becomes a principal: the scheme that the session plugin adds to the guard.
//
//   Cookie ── one token ──> strategy.authenticate           several ──> each of them: one live session counts, two refuse

import type { Awaitable, Outcome, Refused, SessionRecord, SessionStrategy, Strategy } from '@statecraft/auth-core';
import type { FastifyRequest } from 'fastify';
import type { Scheme } from '../guard.ts';
import type { SessionCookie } from './cookie.ts';

type Tokens = string | readonly string[];

/** RFC 6265bis leaves the order of two cookies to the browser, so that one of two live ones may be an attacker's. */
const AMBIGUOUS: Refused = { refused: 'ERR_SESSION_INVALID' };

export function createCookieScheme(strategy: SessionStrategy, cookie: SessionCookie): Scheme<Tokens, SessionRecord> {
  return { header: 'cookie', read: (request) => readTokens(request, cookie), strategy: acceptOne(strategy) };
}

export function readTokens(request: FastifyRequest, cookie: SessionCookie): Tokens | undefined {
  const { cookie: header } = request.raw.headers;
  if (header === undefined) return undefined;
  const tokens = cookie.findTokens(header);
  return tokens.length > 1 ? tokens : tokens[0];
}

function acceptOne(strategy: SessionStrategy): Strategy<Tokens, SessionRecord> {
  return {
    authenticate: (tokens) =>
      typeof tokens === 'string' ? strategy.authenticate(tokens) : authenticateEach(strategy, tokens),
  };
}

async function authenticateEach(strategy: SessionStrategy, tokens: readonly string[]): Promise<Outcome<SessionRecord>> {
  const asked: Awaitable<Outcome<SessionRecord>>[] = [...new Set(tokens)].map((token) => strategy.authenticate(token));
  const outcomes = await Promise.all(asked);
  const live = outcomes.filter((outcome) => outcome.refused === undefined);
  return live.length === 1 ? (live[0] ?? AMBIGUOUS) : (AMBIGUOUS as Outcome<SessionRecord>);
}
