// The client of the stateless API: it holds a token and sends it with each request. The server stores nothing about it.

import { ApiClient } from './api-client.ts';
import type { ReceivedAnswer } from './exchange.ts';
import { type Remembered, readText } from './routes.ts';

/**
 * @example
 * const client = new StatelessClient({ baseUrl: 'http://localhost:3000' });
 * await client.signIn('ada', password);
 * const { username } = await client.me();
 */
export class StatelessClient extends ApiClient {
  readonly mode = 'stateless';
  #token: string | undefined;

  protected createHeaders(): Record<string, string> {
    return this.#token === undefined ? {} : { authorization: `Bearer ${this.#token}` };
  }

  protected keepCredential(): void {
    // Only the answer to a sign-in holds a token.
  }

  protected checkSignIn(answer: ReceivedAnswer): void {
    this.#token = readText(answer, 'accessToken');
  }

  /** Removes the token from this client when the server has answered. A copy of it works until it expires. */
  override async signOut(): Promise<void> {
    await super.signOut();
    this.#token = undefined;
  }

  override async signOutAll(): Promise<void> {
    await super.signOutAll();
    this.#token = undefined;
  }

  /** The token in full; undefined while the client is signed out. */
  credential(): string | undefined {
    return this.#token;
  }

  /** A second client that sends `raw` as its token, byte for byte: to replay an old or a broken token. */
  withCredential(raw: string): StatelessClient {
    const client = new StatelessClient(this.options);
    client.#token = raw;
    return client;
  }

  rememberedByClient(): Remembered {
    if (this.#token === undefined) return { summary: 'nothing', values: [] };
    return {
      summary: 'a signed token that says who the user is, and until when',
      values: [{ name: 'token', value: this.#token }],
    };
  }
}
