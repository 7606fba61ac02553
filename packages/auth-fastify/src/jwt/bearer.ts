// Where a token may be: one Authorization header with the scheme Bearer (RFC 6750, 2.1). No query, no body, no cookie.

import type { Refused } from '@statecraft/auth-core';
import type { FastifyRequest } from 'fastify';

const INVALID: Refused = { refused: 'ERR_TOKEN_INVALID' };
const BEARER = /^bearer( +|$)/i;

/**
 * The text after `Bearer`. Undefined when the header has another scheme. Refused when the header is there twice (a
 * proxy may have checked the other one) or holds no token.
 */
export function readBearerToken(request: FastifyRequest): string | Refused | undefined {
  const { authorization } = request.raw.headers;
  if (authorization === undefined) return undefined;
  if (isDoubled(request.raw.rawHeaders)) return INVALID;
  const scheme = BEARER.exec(authorization);
  if (scheme === null) return undefined;
  const token = authorization.slice(scheme[0].length);
  return token === '' ? INVALID : token;
}

function isDoubled(rawHeaders: readonly string[]): boolean {
  let count = 0;
  for (let at = 0; at < rawHeaders.length; at += 2) {
    if (rawHeaders[at]?.toLowerCase() === 'authorization') count += 1;
  }
  return count > 1;
}
