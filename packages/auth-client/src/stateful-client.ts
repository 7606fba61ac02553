// The client of the stateful API. It keeps cookies as a browser does, and sends back those that match. The session
// cookie is a random number; the session is on the server.

import { Cookie, CookieJar } from 'tough-cookie';
import { ClientError } from './errors.ts';
import type { Exchange, ReceivedAnswer } from './exchange.ts';
import * as routes from './routes.ts';
import { type ClientOptions, createTransport, type Transport } from './transport.ts';

/** Calls the stateful API. Errors: `ApiError` for a refusal, `ClientError` if there is no usable answer. */
export class StatefulClient {
  readonly mode = 'stateful';
  /** The last exchange that got an answer, for printing. It holds credentials. */
  lastExchange: Exchange | undefined;
  readonly #options: ClientOptions;
  readonly #transport: Transport;
  /**
   * As in browsers, a Secure cookie is kept and sent over https, and over http only for this machine (localhost,
   * 127.0.0.0/8, ::1). A cookie that breaks the rules of `__Host-` or `__Secure-` is refused (RFC 6265bis, 4.1.3).
   */
  readonly #jar = new CookieJar(undefined, { allowSecureOnLocal: true, prefixSecurity: 'strict' });
  /** A Cookie header to send unchanged, instead of the jar's, until the server sets a cookie. */
  #pinned: string | undefined;

  /** @throws ERR_CLIENT_OPTION_INVALID */
  constructor(options: ClientOptions) {
    this.#options = options;
    this.#transport = createTransport(options);
  }

  get baseUrl(): string {
    return this.#transport.baseUrl;
  }

  /** The instance that answered last (`x-served-by`). */
  get servedBy(): string | undefined {
    return this.lastExchange?.answer?.servedBy;
  }

  /** Sends a request with the cookies, and returns the answer with any status. @throws ERR_CLIENT_COOKIE_REFUSED */
  readonly send: routes.Send = async (method, path, body) => {
    const cookie = this.#readCookie(this.baseUrl + path);
    const headers: Record<string, string> = cookie === undefined ? {} : { cookie };
    const { exchange, answer } = await this.#transport.send(method, path, { headers, body });
    this.lastExchange = exchange;
    this.#keepCookies(answer, exchange.request.url);
    return answer;
  };

  /** As `send`, but a status outside 200–299 throws an ApiError. */
  async request(method: string, path: string, body?: unknown): Promise<ReceivedAnswer> {
    return routes.checkStatus(await this.send(method, path, body));
  }

  /** Makes an account; does not sign in. */
  register(username: string, password: string): Promise<routes.User> {
    return routes.register(this.send, username, password);
  }

  /** Signs in, and keeps the session cookie of the answer. */
  async signIn(username: string, password: string): Promise<routes.User> {
    const answer = await this.request('POST', '/auth/login', { username, password });
    const user = routes.readUser(answer);
    if (answer.headers['set-cookie'] === undefined)
      throw new ClientError(
        'ERR_CLIENT_ANSWER_UNEXPECTED',
        'The server accepted the sign-in but set no cookie. Does baseUrl point at a server of the stateful mode?',
      );
    return user;
  }

  me(): Promise<routes.User> {
    return routes.me(this.send);
  }

  /** Signs out: the server ends the session and clears the cookie. */
  async signOut(): Promise<void> {
    await this.request('POST', '/auth/logout');
  }

  async signOutAll(): Promise<void> {
    await this.request('POST', '/auth/logout-all');
  }

  changePassword(current: string, next: string): Promise<void> {
    return routes.changePassword(this.send, current, next);
  }

  sessions(): Promise<readonly routes.SessionInfo[]> {
    return routes.sessions(this.send);
  }

  endSession(id: string): Promise<void> {
    return routes.endSession(this.send, id);
  }

  /** The cart of the session; only the stateful API has one. */
  cart(): Promise<routes.Cart> {
    return routes.cart(this.send);
  }

  async addToCart(item: routes.CartItem): Promise<void> {
    await this.request('POST', '/cart/items', item);
  }

  async removeFromCart(sku: string): Promise<void> {
    await this.request('DELETE', `/cart/items/${encodeURIComponent(sku)}`);
  }

  /** The Cookie header for `/`, in full (`sid=…`); undefined if there is none. */
  credential(): string | undefined {
    return this.#readCookie(`${this.baseUrl}/`);
  }

  /** A second client that sends `raw` as its Cookie header, byte for byte, until the server sets a cookie. */
  withCredential(raw: string): StatefulClient {
    const client = new StatefulClient(this.#options);
    client.#pinned = raw;
    return client;
  }

  rememberedByClient(): routes.Remembered {
    const pairs = (this.credential() ?? '').split('; ').filter((pair) => pair !== '');
    if (pairs.length === 0) return { summary: 'nothing', values: [] };
    const values = pairs.map((pair) => {
      const [name = '', ...rest] = pair.split('=');
      return { name, value: rest.join('=') };
    });
    return { summary: 'a cookie with a random number in it, nothing about the user', values };
  }

  #readCookie(url: string): string | undefined {
    return this.#pinned ?? (this.#jar.getCookieStringSync(url) || undefined);
  }

  #keepCookies({ headers }: ReceivedAnswer, url: string): void {
    for (const header of [headers['set-cookie'] ?? []].flat()) {
      try {
        this.#jar.setCookieSync(header, url);
      } catch (cause) {
        throw createRefusedError(header, url, cause);
      }
      this.#pinned = undefined;
    }
  }
}

function createRefusedError(header: string, url: string, cause: unknown): ClientError {
  const name = Cookie.parse(header)?.key ?? 'without a name';
  return new ClientError(
    'ERR_CLIENT_COOKIE_REFUSED',
    `The server at ${new URL(url).origin} set the cookie ${name}, which a client must not keep: ` +
      `${cause instanceof Error ? cause.message : 'unknown reason'}. Over plain http a Secure cookie is kept only ` +
      'from this machine: use https, or turn secure cookies off at the server for development.',
    { cause },
  );
}
