// Where a token may come from: one Authorization header, scheme Bearer (RFC 6750, 2.1). No query, no body, no cookie.

import { AuthError } from '@statecraft/auth-core';
import type { FastifyRequest } from 'fastify';

const SCHEME = 'bearer';
/** As nearly everybody writes it. */
const USUAL = 'Bearer ';
const SPACE = 32;

/**
 * The text after `Bearer`; undefined when the request has no bearer credential.
 * @throws ERR_TOKEN_INVALID when the header is there twice, or holds no token
 */
export function bearerTokenOf(request: FastifyRequest): string | undefined {
  // The raw headers: Fastify's own getter looks for more at every call.
  const { authorization: header } = request.raw.headers;
  if (header === undefined) return undefined;
  // Node keeps the first of several; a proxy may have checked the last. Whoever sends two is refused.
  if (isDoubled(request.raw.rawHeaders)) throw new AuthError('ERR_TOKEN_INVALID');
  if (header.startsWith(USUAL) && header.charCodeAt(USUAL.length) !== SPACE) return header.slice(USUAL.length);
  if (header.slice(0, SCHEME.length).toLowerCase() !== SCHEME) return undefined;
  if (header.length === SCHEME.length) throw new AuthError('ERR_TOKEN_INVALID');
  let start = SCHEME.length;
  while (header.charAt(start) === ' ') start += 1;
  // `Bearerx`: another scheme.
  if (start === SCHEME.length) return undefined;
  return header.slice(start);
}

function isDoubled(rawHeaders: readonly string[]): boolean {
  let count = 0;
  for (let at = 0; at < rawHeaders.length; at += 2) {
    const name = rawHeaders[at];
    if (name?.length === 13 && name.toLowerCase() === 'authorization') count += 1;
  }
  return count > 1;
}
