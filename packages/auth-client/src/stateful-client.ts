// The client of the stateful API: it keeps cookies as a browser does, and sends those that fit. The session cookie is a
// random number; what it refers to is on the server.

import { Cookie, CookieJar } from 'tough-cookie';
import { ApiClient } from './api-client.ts';
import { ClientError } from './errors.ts';
import type { ReceivedAnswer } from './exchange.ts';
import { type Cart, type CartItem, type Remembered, readList } from './routes.ts';

/**
 * @example
 * const client = new StatefulClient({ baseUrl: 'http://localhost:3001' });
 * await client.signIn('ada', password);
 * await client.addToCart({ sku: 'tea', quantity: 2 });
 */
export class StatefulClient extends ApiClient {
  readonly mode = 'stateful';
  /** One ERR_CLIENT_COOKIE_REFUSED for each cookie of the last answer that could not be kept. The others are kept. */
  refusedCookies: readonly ClientError[] = [];
  /**
   * As in browsers: a Secure cookie is kept and sent over https, and over http only to this machine (localhost,
   * 127.0.0.0/8, ::1). A cookie that breaks the rules of `__Host-` or `__Secure-` is refused (RFC 6265bis, 4.1.3).
   */
  readonly #jar = new CookieJar(undefined, { allowSecureOnLocal: true, prefixSecurity: 'strict' });
  /** A Cookie header that is sent as it is, instead of the jar's, until the server sets a cookie. */
  #pinned: string | undefined;
  #keptCount = 0;

  protected createHeaders(url: string): Record<string, string> {
    const cookie = this.#formatCookies(url);
    return cookie === undefined ? {} : { cookie };
  }

  protected keepCredential({ headers }: ReceivedAnswer, url: string): void {
    const cookies = [headers['set-cookie'] ?? []].flat();
    this.refusedCookies = cookies.flatMap((cookie) => this.#keepCookie(cookie, url) ?? []);
    this.#keptCount = cookies.length - this.refusedCookies.length;
    if (this.#keptCount > 0) this.#pinned = undefined;
  }

  /** Answers why the cookie was refused, if it was. A browser ignores such a cookie and goes on (RFC 6265, 5.3). */
  #keepCookie(cookie: string, url: string): ClientError | undefined {
    try {
      this.#jar.setCookieSync(cookie, url);
      return undefined;
    } catch (cause) {
      return createCookieError(cookie, url, cause);
    }
  }

  protected checkSignIn(): void {
    if (this.#keptCount > 0) return;
    const [refused] = this.refusedCookies;
    if (refused !== undefined) throw refused;
    throw new ClientError(
      'ERR_CLIENT_ANSWER_UNEXPECTED',
      'The server accepted the sign-in but set no cookie. Does baseUrl point at a server of the stateful mode?',
    );
  }

  /** The cart in the session. Only the stateful API has one. */
  async cart(): Promise<Cart> {
    return { items: readList<CartItem>(await this.request('GET', '/cart'), 'items') };
  }

  async addToCart(item: CartItem): Promise<void> {
    await this.request('POST', '/cart/items', item);
  }

  async removeFromCart(sku: string): Promise<void> {
    await this.request('DELETE', `/cart/items/${encodeURIComponent(sku)}`);
  }

  /** The Cookie header that a request for `/` gets, in full (`sid=…`); undefined if there is none. */
  credential(): string | undefined {
    return this.#formatCookies(`${this.baseUrl}/`);
  }

  /** A second client that sends `raw` as its Cookie header, byte for byte, until the server sets a cookie. */
  withCredential(raw: string): StatefulClient {
    const client = new StatefulClient(this.options);
    client.#pinned = raw;
    return client;
  }

  rememberedByClient(): Remembered {
    const pairs = (this.credential() ?? '').split('; ').filter((pair) => pair !== '');
    if (pairs.length === 0) return { summary: 'nothing', values: [] };
    const values = pairs.map((pair) => {
      const [name = '', ...rest] = pair.split('=');
      return { name, value: rest.join('=') };
    });
    return { summary: 'a cookie with a random number in it, nothing about the user', values };
  }

  #formatCookies(url: string): string | undefined {
    return this.#pinned ?? (this.#jar.getCookieStringSync(url) || undefined);
  }
}

function createCookieError(cookie: string, url: string, cause: unknown): ClientError {
  const name = Cookie.parse(cookie)?.key ?? 'without a name';
  return new ClientError(
    'ERR_CLIENT_COOKIE_REFUSED',
    `The server at ${new URL(url).origin} set the cookie ${name}, which a client must not keep: ` +
      `${cause instanceof Error ? cause.message : 'unknown reason'}. Over plain http a Secure cookie is kept only from ` +
      'this machine: use https, or turn off secure cookies of the server for development.',
    { cause },
  );
}
