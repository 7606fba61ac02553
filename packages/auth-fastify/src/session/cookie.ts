// The session's cookie: found in the header without parsing the others, written with attributes that were joined at
// startup.

import { AuthError } from '@statecraft/auth-core';
import { stringifySetCookie } from 'cookie';
import type { FastifyRequest } from 'fastify';
import type { ResolvedSessionOptions } from './options.ts';

export interface SessionCookie {
  readonly name: string;
  /**
   * The values of the session cookie in a Cookie header, in its order, at most MAX_TOKENS. Browsers send two, for
   * example, after `partitioned` was switched on.
   */
  findTokens(header: string): readonly string[];
  /** The Set-Cookie text that gives the browser this token. `maxAgeMs`: in place of `cookie.maxAge`. */
  format(token: string, maxAgeMs?: number): string;
  /** The Set-Cookie text that removes the cookie. */
  readonly removal: string;
  /** The attributes of the Set-Cookie text but Max-Age: `Path=/; HttpOnly; …`. */
  readonly attributes: string;
}

/** More cookies of one name are not looked up: no browser sends so many. */
const MAX_TOKENS = 4;

const PREFIX = '__Host-';

type CookieSettings = Pick<ResolvedSessionOptions, 'cookieName' | 'cookie'>;

export function createSessionCookie({ cookieName, cookie }: CookieSettings): SessionCookie {
  const name = cookie.secure && !cookieName.startsWith(PREFIX) ? PREFIX + cookieName : cookieName;
  if (!cookie.secure && (name.startsWith('__') || cookie.sameSite === 'none' || cookie.partitioned)) {
    throw new AuthError('ERR_OPTION_INVALID', 'A cookie with this name or these attributes needs cookie.secure.');
  }
  const { secure, sameSite, partitioned, maxAge } = cookie;
  const attributes = { path: '/', httpOnly: true, secure, sameSite, partitioned };
  const key = `${name}=`;

  function formatAttributes(maxAgeMs: number | undefined): string {
    const lasting = maxAgeMs === undefined ? {} : { maxAge: Math.floor(maxAgeMs / 1000) };
    return serialize(name, { ...attributes, ...lasting }).slice(key.length);
  }
  const usual = formatAttributes(maxAge);

  return {
    name,
    removal: serialize(name, { ...attributes, maxAge: 0, expires: new Date(0) }),
    attributes: formatAttributes(undefined).slice('; '.length),
    format: (token, maxAgeMs) => key + token + (maxAgeMs === undefined ? usual : formatAttributes(maxAgeMs)),
    findTokens(header) {
      const tokens: string[] = [];
      for (let at = findPair(header, key, 0); at >= 0; at = findPair(header, key, at)) {
        if (tokens.length === MAX_TOKENS) break;
        const end = header.indexOf(';', at);
        tokens.push((end < 0 ? header.slice(at) : header.slice(at, end)).trimEnd());
      }
      return tokens;
    },
  };
}

/** The different values of the cookie in a request: one, or a list of several. */
export function readTokens(request: FastifyRequest, cookie: SessionCookie): string | readonly string[] | undefined {
  const { cookie: header } = request.raw.headers;
  if (header === undefined) return undefined;
  const tokens = cookie.findTokens(header);
  if (tokens.length <= 1) return tokens[0];
  const different = [...new Set(tokens)];
  return different.length > 1 ? different : different[0];
}

/** Where the value of the next `key` that begins a pair begins, or -1. */
function findPair(header: string, key: string, from: number): number {
  for (let at = header.indexOf(key, from); at >= 0; at = header.indexOf(key, at + key.length)) {
    let before = at - 1;
    while (header[before] === ' ' || header[before] === '\t') before--;
    if (before < 0 || header[before] === ';') return at + key.length;
  }
  return -1;
}

type Attributes = Omit<Parameters<typeof stringifySetCookie>[0], 'name' | 'value'>;

function serialize(name: string, attributes: Attributes): string {
  try {
    return stringifySetCookie({ name, value: '', ...attributes });
  } catch (cause) {
    throw new AuthError('ERR_OPTION_INVALID', `The session cookie cannot be written: ${name}.`, { cause });
  }
}
