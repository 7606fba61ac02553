// The client of the stateless API: it holds a token and shows it with every request. Nobody else keeps anything.

import type { Exchange, ReceivedAnswer } from './exchange.ts';
import * as routes from './routes.ts';
import { type ClientOptions, createTransport, type Transport } from './transport.ts';

export class StatelessClient {
  readonly mode = 'stateless';
  /** The last exchange that got an answer, for printing. Holds credentials. */
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

  /** Sends with the token and answers, whatever the status. */
  readonly send: routes.Send = async (method, path, body) => {
    const headers: Record<string, string> = this.#token === undefined ? {} : { authorization: `Bearer ${this.#token}` };
    const { exchange, answer } = await this.#transport.send(method, path, { headers, body });
    this.lastExchange = exchange;
    return answer;
  };

  /** As `send`, but a status outside 200–299 is an ApiError. */
  async request(method: string, path: string, body?: unknown): Promise<ReceivedAnswer> {
    return routes.accepted(await this.send(method, path, body));
  }

  /** Makes an account; signs nobody in. */
  register(username: string, password: string): Promise<routes.User> {
    return routes.register(this.send, username, password);
  }

  /** Keeps the access token of the answer. */
  async signIn(username: string, password: string): Promise<routes.User> {
    const answer = await this.request('POST', '/auth/login', { username, password });
    const user = routes.userIn(answer);
    this.#token = routes.textIn(answer, 'accessToken');
    return user;
  }

  me(): Promise<routes.User> {
    return routes.me(this.send);
  }

  /** Forgets the token once the server has answered. A copy of it stays valid as long as the server says so. */
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

  /** The token, in full; undefined when nobody is signed in. */
  credential(): string | undefined {
    return this.#token;
  }

  /** A second client that shows `raw` as its token, byte for byte: for replaying an old or a broken one. */
  withCredential(raw: string): StatelessClient {
    const client = new StatelessClient(this.#options);
    client.#token = raw;
    return client;
  }

  rememberedByClient(): routes.Remembered {
    if (this.#token === undefined) return { summary: 'nothing', values: [] };
    return {
      summary: 'a signed token that says who it is for and until when',
      values: [{ name: 'token', value: this.#token }],
    };
  }
}
