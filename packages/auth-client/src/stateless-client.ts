// The client of the stateless API. It keeps a token and sends it with every request; the server keeps nothing.

import type { Exchange, ReceivedAnswer } from './exchange.ts';
import * as routes from './routes.ts';
import { type ClientOptions, createTransport, type Transport } from './transport.ts';

/** Calls the stateless API. Errors: `ApiError` for a refusal, `ClientError` if there is no usable answer. */
export class StatelessClient {
  readonly mode = 'stateless';
  /** The last exchange that got an answer, for printing. It holds credentials. */
  lastExchange: Exchange | undefined;
  readonly #options: ClientOptions;
  readonly #transport: Transport;
  #token: string | undefined;

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

  /** Sends a request with the token, and returns the answer with any status. */
  readonly send: routes.Send = async (method, path, body) => {
    const headers: Record<string, string> = this.#token === undefined ? {} : { authorization: `Bearer ${this.#token}` };
    const { exchange, answer } = await this.#transport.send(method, path, { headers, body });
    this.lastExchange = exchange;
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

  /** Signs in, and keeps the access token of the answer. */
  async signIn(username: string, password: string): Promise<routes.User> {
    const answer = await this.request('POST', '/auth/login', { username, password });
    const user = routes.readUser(answer);
    this.#token = routes.readText(answer, 'accessToken');
    return user;
  }

  me(): Promise<routes.User> {
    return routes.me(this.send);
  }

  /** Deletes the token when the server has answered. A copy of it stays valid until it expires. */
  async signOut(): Promise<void> {
    await this.request('POST', '/auth/logout');
    this.#token = undefined;
  }

  async signOutAll(): Promise<void> {
    await this.request('POST', '/auth/logout-all');
    this.#token = undefined;
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

  /** The token, in full; undefined if the client is signed out. */
  credential(): string | undefined {
    return this.#token;
  }

  /** A second client that sends `raw` as its token, byte for byte: to replay an old or a broken token. */
  withCredential(raw: string): StatelessClient {
    const client = new StatelessClient(this.#options);
    client.#token = raw;
    return client;
  }

  rememberedByClient(): routes.Remembered {
    if (this.#token === undefined) return { summary: 'nothing', values: [] };
    return {
      summary: 'a signed token that says who the user is, and until when',
      values: [{ name: 'token', value: this.#token }],
    };
  }
}
