// The session's cookie: found in the header without parsing the others, written with flags that were put together at boot.

import { AuthError } from '@statecraft/auth-core';
import { stringifySetCookie } from 'cookie';
import type { ResolvedSessionOptions } from './options.ts';

export interface SessionCookie {
  readonly name: string;
  /**
   * The token in a Cookie header, or undefined. Its form is not checked here.
   * @throws ERR_SESSION_INVALID when the header is too long or names the cookie twice (RFC 6265bis leaves the order of
   * two to the browser, so that one may be an attacker's).
   */
  find(header: string): string | undefined;
  /** The Set-Cookie text that gives the browser this token. */
  give(token: string): string;
  /** The Set-Cookie text that takes it away. */
  readonly clear: string;
}

type CookieSettings = Pick<ResolvedSessionOptions, 'cookieName' | 'cookie' | 'maxCookieHeaderLength'>;

const PREFIX = '__Host-';

export function createSessionCookie({ cookieName, cookie, maxCookieHeaderLength }: CookieSettings): SessionCookie {
  const name = cookie.secure && !cookieName.startsWith(PREFIX) ? PREFIX + cookieName : cookieName;
  if (!cookie.secure && (name.startsWith('__') || cookie.sameSite === 'none' || cookie.partitioned)) {
    throw new AuthError('ERR_OPTION_INVALID', 'A cookie with this name or these flags needs cookie.secure.');
  }
  const { secure, sameSite, partitioned, maxAge } = cookie;
  const flags = { path: '/', httpOnly: true, secure, sameSite, partitioned };
  const lasting = maxAge === undefined ? flags : { ...flags, maxAge: Math.floor(maxAge / 1000) };
  const attributes = serialize(name, lasting).slice(`${name}=`.length);
  const key = `${name}=`;

  return {
    name,
    clear: serialize(name, { ...flags, maxAge: 0, expires: new Date(0) }),
    give: (token) => key + token + attributes,
    find(header) {
      if (header.length > maxCookieHeaderLength) throw new AuthError('ERR_SESSION_INVALID');
      // The only cookie of all.
      if (header.startsWith(key) && !header.includes(';')) return header.slice(key.length).trimEnd();
      const at = nextPair(header, key, 0);
      if (at < 0) return undefined;
      if (nextPair(header, key, at) >= 0) throw new AuthError('ERR_SESSION_INVALID');
      const end = header.indexOf(';', at);
      return (end < 0 ? header.slice(at) : header.slice(at, end)).trimEnd();
    },
  };
}

/** Where the value of the next `key` at the start of a pair begins, or -1. */
function nextPair(header: string, key: string, from: number): number {
  for (let at = header.indexOf(key, from); at >= 0; at = header.indexOf(key, at + key.length)) {
    let before = at - 1;
    while (before >= 0 && (header.charCodeAt(before) === 32 || header.charCodeAt(before) === 9)) before--;
    if (before < 0 || header.charCodeAt(before) === 59) return at + key.length;
  }
  return -1;
}

type Flags = Omit<Parameters<typeof stringifySetCookie>[0], 'name' | 'value'>;

function serialize(name: string, flags: Flags): string {
  try {
    return stringifySetCookie({ name, value: '', ...flags });
  } catch (cause) {
    throw new AuthError('ERR_OPTION_INVALID', `The session cookie cannot be written: ${name}.`, { cause });
  }
}
