// What both clients have in common: the transport, the last exchange, and the routes that both APIs have. A client adds
// the credential: which headers a request gets, and what is kept of an answer.

import { ClientError } from './errors.ts';
import type { Exchange, ReceivedAnswer } from './exchange.ts';
import { checkStatus, type Remembered, readList, readUser, type SessionInfo, type User } from './routes.ts';
import { type ClientOptions, createTransport, type Transport } from './transport.ts';

type Awaitable<T> = T | Promise<T>;

/** What both clients can do: the routes that both APIs have, and requests to any other route. */
export abstract class ApiClient {
  abstract readonly mode: 'stateless' | 'stateful';
  /** The last exchange that got an answer, for printing. It holds credentials. */
  lastExchange: Exchange | undefined;
  protected readonly options: ClientOptions;
  readonly #transport: Transport;

  /** @throws ERR_CLIENT_OPTION_INVALID */
  constructor(options: ClientOptions) {
    this.options = options;
    this.#transport = createTransport(options);
  }

  /** The headers that carry the credential to this URL. */
  protected abstract createHeaders(url: string): Awaitable<Record<string, string>>;
  /** Called with every answer, before the caller gets it. */
  protected abstract keepCredential(answer: ReceivedAnswer, url: string): Awaitable<void>;
  /** The credential in full; undefined while the client is signed out. */
  abstract credential(): string | undefined;
  /** What the client stores between two requests, for people to read. */
  abstract rememberedByClient(): Remembered;

  get baseUrl(): string {
    return this.#transport.baseUrl;
  }

  /** The instance that answered last (`x-served-by`). */
  get servedBy(): string | undefined {
    return this.lastExchange?.answer?.servedBy;
  }

  /**
   * Sends a request with the credential and returns the answer, whatever its status.
   * @throws ERR_CLIENT_TIMEOUT, ERR_CLIENT_UNREACHABLE, ERR_CLIENT_REQUEST_INVALID
   */
  async send(method: string, path: string, body?: unknown): Promise<ReceivedAnswer> {
    if (!path.startsWith('/'))
      throw new ClientError('ERR_CLIENT_REQUEST_INVALID', `A path starts with "/"; this one does not: ${path}`);
    const url = this.baseUrl + path;
    const { exchange, answer } = await this.exchange(method, url, { headers: await this.createHeaders(url), body });
    this.lastExchange = exchange;
    await this.keepCredential(answer, url);
    return answer;
  }

  /** Sends exactly these headers, and keeps nothing of the answer. */
  protected exchange(
    method: string,
    url: string,
    options: { headers: Record<string, string>; body: unknown },
  ): Promise<{ exchange: Exchange; answer: ReceivedAnswer }> {
    return this.#transport.send(method, url, options);
  }

  /** As `send`. @throws ApiError for a status outside 200–299 */
  async request(method: string, path: string, body?: unknown): Promise<ReceivedAnswer> {
    return checkStatus(await this.send(method, path, body));
  }

  /** Makes an account. It signs no user in. */
  async register(username: string, password: string): Promise<User> {
    return readUser(await this.request('POST', '/auth/register', { username, password }));
  }

  /**
   * Signs in and keeps the credential of the answer. @throws ERR_CLIENT_ANSWER_UNEXPECTED, ERR_CLIENT_COOKIE_REFUSED
   */
  async signIn(username: string, password: string): Promise<User> {
    const answer = await this.request('POST', '/auth/login', { username, password });
    const user = readUser(answer);
    this.checkSignIn(answer);
    return user;
  }

  /** Whether the answer to a sign-in gave this client its credential. @throws ClientError if it did not */
  protected abstract checkSignIn(answer: ReceivedAnswer): void;

  /** The user whose credential the client holds. */
  async me(): Promise<User> {
    return readUser(await this.request('GET', '/auth/me'));
  }

  /** Ends this session. */
  async signOut(): Promise<void> {
    await this.request('POST', '/auth/logout');
  }

  /** Ends all sessions of the user. The stateless API answers 501. */
  async signOutAll(): Promise<void> {
    await this.request('POST', '/auth/logout-all');
  }

  async changePassword(currentPassword: string, newPassword: string): Promise<void> {
    await this.request('POST', '/auth/password', { currentPassword, newPassword });
  }

  /** The user's live sessions (stateful API). */
  async sessions(): Promise<readonly SessionInfo[]> {
    return readList<SessionInfo>(await this.request('GET', '/auth/sessions'), 'sessions');
  }

  async endSession(id: string): Promise<void> {
    await this.request('DELETE', `/auth/sessions/${encodeURIComponent(id)}`);
  }
}
