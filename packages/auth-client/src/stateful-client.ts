// The client of the stateful API: it keeps cookies as a browser does, and sends those that fit. The session cookie is a
// random number; what it refers to is on the server.

import { ApiClient } from './api-client.ts';
import { createCookieJar, keepCookie } from './cookies.ts';
import { type DeviceAlgorithm, isDeviceAlgorithm } from './device-key.ts';
import { createDeviceSessions, type DeviceSessions } from './device-sessions.ts';
import { ClientError } from './errors.ts';
import type { ReceivedAnswer } from './exchange.ts';
import { type Cart, type CartItem, type Remembered, readList } from './routes.ts';
import type { ClientOptions } from './transport.ts';

/** Options of `StatefulClient`. */
export interface StatefulClientOptions extends ClientOptions {
  /**
   * Binds the session to a key of this client, if the server offers it at sign-in (Device Bound Session Credentials).
   * The key is in this process's memory: other programs of the same user are not kept from it, as they are by a TPM.
   * Default: no key, so an offer is ignored.
   */
  readonly deviceKey?: DeviceAlgorithm;
}

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
  readonly #jar = createCookieJar();
  readonly #options: StatefulClientOptions;
  readonly #devices: DeviceSessions | undefined;
  /** A Cookie header that is sent as it is, instead of the jar's, until the server sets a cookie. */
  #pinned: string | undefined;
  #keptCount = 0;

  /** @throws ERR_CLIENT_OPTION_INVALID */
  constructor(options: StatefulClientOptions) {
    super(options);
    this.#options = options;
    this.#devices = this.#createDevices(options.deviceKey);
  }

  /** The identifiers of the sessions that are bound to this client's keys: none without `deviceKey` or an offer. */
  get bindingIds(): readonly string[] {
    return this.#devices?.readIds() ?? [];
  }

  protected async createHeaders(url: string): Promise<Record<string, string>> {
    const skipped = await this.#devices?.prepareRequest(url);
    return {
      ...this.#createCookieHeader(url),
      ...(skipped === undefined ? {} : { 'secure-session-skipped': skipped }),
    };
  }

  protected async keepCredential(answer: ReceivedAnswer, url: string): Promise<void> {
    const { kept, refused } = this.#keepCookies(answer, url);
    this.refusedCookies = refused;
    this.#keptCount = kept;
    await this.#devices?.keepAnswer(answer, url);
  }

  #createDevices(deviceKey: DeviceAlgorithm | undefined): DeviceSessions | undefined {
    if (deviceKey === undefined) return undefined;
    if (!isDeviceAlgorithm(deviceKey))
      throw new ClientError('ERR_CLIENT_OPTION_INVALID', 'deviceKey must be "ES256" or "RS256".');
    return createDeviceSessions(deviceKey, {
      readCookies: (url) => this.#jar.getCookiesSync(url),
      post: async (url, headers) => {
        const sent = { ...this.#createCookieHeader(url), ...headers };
        const { answer } = await this.exchange('POST', url, { headers: sent, body: undefined });
        this.#keepCookies(answer, url);
        return answer;
      },
    });
  }

  #createCookieHeader(url: string): Record<string, string> {
    const cookie = this.#formatCookies(url);
    return cookie === undefined ? {} : { cookie };
  }

  #keepCookies({ headers }: ReceivedAnswer, url: string): { kept: number; refused: readonly ClientError[] } {
    const cookies = [headers['set-cookie'] ?? []].flat();
    const refused = cookies.flatMap((cookie) => keepCookie(this.#jar, cookie, url) ?? []);
    const kept = cookies.length - refused.length;
    if (kept > 0) this.#pinned = undefined;
    return { kept, refused };
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

  /**
   * A second client that sends `raw` as its Cookie header, byte for byte, until the server sets a cookie. It has the same
   * options, but none of this client's keys: it cannot refresh a session that is bound.
   */
  withCredential(raw: string): StatefulClient {
    const client = new StatefulClient(this.#options);
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
    const key = this.bindingIds.length === 0 ? '' : '; a private key that it never sends';
    return { summary: `a cookie with a random number in it, nothing about the user${key}`, values };
  }

  #formatCookies(url: string): string | undefined {
    return this.#pinned ?? (this.#jar.getCookieStringSync(url) || undefined);
  }
}
