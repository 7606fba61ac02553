// The cookie jar, as in browsers: a Secure cookie is kept and sent over https, and over http only to this machine
// (localhost, 127.0.0.0/8, ::1). A cookie that breaks the rules of `__Host-` or `__Secure-` is refused (RFC 6265bis, 4.1.3).

import { Cookie, CookieJar } from 'tough-cookie';
import { ClientError } from './errors.ts';

export function createCookieJar(): CookieJar {
  return new CookieJar(undefined, { allowSecureOnLocal: true, prefixSecurity: 'strict' });
}

/** Keeps a Set-Cookie text. Answers why the cookie was refused, if it was: a browser ignores it (RFC 6265, 5.3). */
export function keepCookie(jar: CookieJar, text: string, url: string): ClientError | undefined {
  const cookie = Cookie.parse(text);
  try {
    if (cookie !== undefined) fixExpiry(cookie);
    jar.setCookieSync(cookie ?? text, url);
    return undefined;
  } catch (cause) {
    return createCookieError(cookie?.key ?? 'without a name', url, cause);
  }
}

/** The jar counts Max-Age from the last time that it read the cookie; RFC 6265 (5.3) counts from now. */
function fixExpiry(cookie: Cookie): void {
  if (cookie.maxAge === null) return;
  cookie.expires = cookie.expiryDate(new Date()) ?? 'Infinity';
  cookie.maxAge = null;
}

function createCookieError(name: string, url: string, cause: unknown): ClientError {
  return new ClientError(
    'ERR_CLIENT_COOKIE_REFUSED',
    `The server at ${new URL(url).origin} set the cookie ${name}, which a client must not keep: ` +
      `${cause instanceof Error ? cause.message : 'unknown reason'}. Over plain http a Secure cookie is kept only from ` +
      'this machine: use https, or turn off secure cookies of the server for development.',
    { cause },
  );
}
