// The course's question on one running server, told step by step: sign in, ask twice, sign out, show the old credential
// again. Before each exchange one line says what happens and why; after it stands what each side remembers. What is
// said about the outcome follows from the answers that came back, not from what ought to come.

import { ApiError } from './errors.ts';
import { type FormatOptions, formatExchange, shorten } from './format-exchange.ts';
import type { StatefulClient } from './stateful-client.ts';
import type { StatelessClient } from './stateless-client.ts';

export interface WalkThroughOptions extends FormatOptions {
  readonly username: string;
  readonly password: string;
  /** Gets one line at a time, without a line feed; plain text, no colours. */
  readonly print: (line: string) => void;
  /** Registers the user first; that the name is taken already is fine. Default false. */
  readonly register?: boolean;
}

export interface WalkThroughResult {
  readonly mode: 'stateless' | 'stateful';
  /** Whether both requests were answered as the same user. */
  readonly samePerson: boolean;
  /** What became of the credential after sign-out. */
  readonly replay: 'accepted' | 'refused';
  /** The instances that answered, in order, one per exchange; undefined where an answer named none. */
  readonly servedBy: readonly (string | undefined)[];
}

type Client = StatelessClient | StatefulClient;

const TEXTS = {
  stateless: {
    title: 'STATELESS: tell me who you are every time',
    signIn: 'The server checks the password and signs a token: who it is for, and until when.',
    ask: 'The client shows the token. The server checks the signature and the expiry, and looks nothing up.',
    again:
      'The same token, byte for byte. The server has no memory of the first request; the token tells it all again.',
    signOut: 'The client throws its token away. Can the server throw something away, too?',
    server: 'nothing about this user; only the key that checks signatures',
    accepted:
      'Signing out made the client forget. The token itself stays good until it expires: no server remembers the end.',
    refused: 'This server remembers ended tokens (revocation), which is state on the server after all.',
  },
  stateful: {
    title: 'STATEFUL: I remember you',
    signIn: 'The server checks the password, writes a session down, and hands out a random number that stands for it.',
    ask: 'The client sends the cookie. The server looks up the session that the number stands for.',
    again: 'The same cookie. What is known about the user has never left the server.',
    signOut: 'The server deletes the session and clears the cookie.',
    server: 'the session: user, expiry, cart, stored under the hash of the number',
    accepted: 'A session that was signed out must not come back: this server has a fault.',
    refused: 'The session is gone from the server, so the number stands for nothing. Signing out is final, at once.',
  },
} as const;

/**
 * Walks a signed-out client through the five steps. Adds nothing to the server but the session that it ends.
 * @throws ApiError when a step before the replay is refused; ClientError when the server does not answer
 */
export async function walkThrough(client: Client, options: WalkThroughOptions): Promise<WalkThroughResult> {
  const { username, password } = options;
  const text = TEXTS[client.mode];
  const page = createPage(client, options);
  if (options.register === true) await client.register(username, password).catch(unlessTaken);

  page.title(text.title, client.baseUrl);
  const signedIn = await page.step('Sign in', text.signIn, client, () => client.signIn(username, password));
  const credential = client.credential() ?? '';
  page.remembers(text.server);

  const first = await page.step('First request', text.ask, client, () => client.me());
  page.says(`The server answers ${first.username} (id ${first.id}).`);
  const second = await page.step('Second request', text.again, client, () => client.me());
  const samePerson = signedIn.id === first.id && first.id === second.id;
  page.says(samePerson ? 'The same person, both times.' : 'Not the same person: this server has a fault.');

  await page.step('Sign out', text.signOut, client, () => client.signOut());
  page.remembers('what it keeps cannot be seen from here; the next step asks it');

  // A client of its own, so that the old credential goes out exactly as it was, as from somebody who kept a copy.
  const old = client.withCredential(credential);
  const replay = await page.step('The old credential again', 'Somebody kept a copy and shows it now.', old, () =>
    old.me().then(() => 'accepted' as const, unlessUnauthenticated),
  );
  page.says(`${replay === 'accepted' ? 'Still accepted.' : 'Refused.'} ${text[replay]}`);
  return { mode: client.mode, samePerson, replay, servedBy: page.servedBy };
}

/** Prints the steps, and notes who served each. */
function createPage(client: Client, { print, reveal = false }: WalkThroughOptions) {
  const servedBy: (string | undefined)[] = [];
  let number = 0;

  async function step<Result>(name: string, why: string, by: Client, call: () => Promise<Result>): Promise<Result> {
    number += 1;
    print('');
    print(`${number}. ${name}. ${why}`);
    const before = by.lastExchange;
    try {
      return await call();
    } finally {
      // Printed when the call failed, too: the refusal is what the reader needs to see.
      const { lastExchange } = by;
      if (lastExchange !== undefined && lastExchange !== before) {
        servedBy.push(lastExchange.answer?.servedBy);
        for (const line of formatExchange(lastExchange, { reveal }).split('\n')) print(`   ${line}`);
      }
    }
  }

  return {
    servedBy,
    step,
    says: (line: string) => print(`   ${line}`),

    title(line: string, url: string) {
      print(line);
      print(`against ${url}; > is sent, < is answered${reveal ? '' : ', credentials are shortened, passwords masked'}`);
    },

    remembers(server: string) {
      const { summary, values } = client.rememberedByClient();
      const shown = values.map(({ name, value }) => `${name} = ${reveal ? value : shorten(value)}`);
      print(`   The client remembers: ${[summary, ...shown].join('; ')}`);
      for (const { value } of values) for (const line of claimLines(value)) print(`   ${line}`);
      print(`   The server remembers: ${server}`);
    },
  };
}

/** What a JWT says, in case the credential is one (RFC 7519): signed is not secret. */
function claimLines(credential: string): string[] {
  const [, payload = '', signature] = credential.split('.');
  if (signature === undefined) return [];
  const claims = Buffer.from(payload, 'base64url').toString('utf8').replace(/\p{C}/gu, '');
  return [`Anybody who holds the token can read what it says: ${claims}`];
}

function unlessTaken(error: unknown): void {
  if (!(error instanceof ApiError && error.code === 'ERR_USERNAME_TAKEN')) throw error;
}

function unlessUnauthenticated(error: unknown): 'refused' {
  if (error instanceof ApiError && error.status === 401) return 'refused';
  throw error;
}
