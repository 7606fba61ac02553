// Walks through the course's question on one running server: sign in, two requests, sign out, the old credential again.
// A line before each exchange says what happens and why; lines after it say what each side keeps. The conclusions
// follow from the answers that the server gave, not from the expected ones.

import { ApiError } from './errors.ts';
import { type FormatOptions, formatExchange, shorten } from './format-exchange.ts';
import type { StatefulClient } from './stateful-client.ts';
import type { StatelessClient } from './stateless-client.ts';

/** Options of `walkThrough`. */
export interface WalkThroughOptions extends FormatOptions {
  readonly username: string;
  readonly password: string;
  /** Receives one line at a time, without a line feed; plain text, no colours. */
  readonly print: (line: string) => void;
  /** Registers the user first; it is no error if the name is taken. Default false. */
  readonly register?: boolean;
}

/** What `walkThrough` found. */
export interface WalkThroughResult {
  readonly mode: 'stateless' | 'stateful';
  /** True if both requests were answered as the same user. */
  readonly samePerson: boolean;
  /** Whether the server still accepted the credential after sign-out. */
  readonly replay: 'accepted' | 'refused';
  /** The instances that answered, one per exchange, in order; undefined if an answer named none. */
  readonly servedBy: readonly (string | undefined)[];
}

type Client = StatelessClient | StatefulClient;

const TEXTS = {
  stateless: {
    title: 'STATELESS: tell me who you are every time',
    signIn: 'The server checks the password and signs a token: who it is for, and until when.',
    request: 'The client sends the token. The server checks the signature and the expiry, and looks nothing up.',
    again:
      'The same token, byte for byte. The server kept nothing of the first request; the token holds all that it needs.',
    signOut: 'The client deletes its token. Can the server delete something, too?',
    server: 'nothing about this user; only the key that verifies signatures',
    accepted:
      'Only the client has deleted the token. It is valid until it expires: no server keeps a record of the sign-out.',
    refused: 'This server keeps a list of revoked tokens, so it has state after all.',
  },
  stateful: {
    title: 'STATEFUL: I remember you',
    signIn: 'The server checks the password, stores a session, and returns a random number that refers to it.',
    request: 'The client sends the cookie. The server looks up the session of this number.',
    again: 'The same cookie. The data about the user has never left the server.',
    signOut: 'The server deletes the session and clears the cookie.',
    server: 'the session: user, expiry, cart, stored under the hash of the number',
    accepted: 'A session must not be accepted after its sign-out: this server has a bug.',
    refused: 'The server has deleted the session, so the number is worthless. Sign-out is final and immediate.',
  },
} as const;

/**
 * Walks a signed-out client through the five steps, and prints them. The session that it starts is ended.
 * @throws ApiError if a step before the replay is refused; ClientError if the server does not answer
 */
export async function walkThrough(client: Client, options: WalkThroughOptions): Promise<WalkThroughResult> {
  const { username, password } = options;
  const text = TEXTS[client.mode];
  const page = createPage(client, options);
  if (options.register === true) await client.register(username, password).catch(ignoreTakenName);

  page.printTitle(text.title, client.baseUrl);
  const signedIn = await page.runStep('Sign in', text.signIn, client, () => client.signIn(username, password));
  const credential = client.credential() ?? '';
  page.printMemory(text.server);

  const first = await page.runStep('First request', text.request, client, () => client.me());
  page.printLine(`The server answers ${first.username} (id ${first.id}).`);
  const second = await page.runStep('Second request', text.again, client, () => client.me());
  const samePerson = signedIn.id === first.id && first.id === second.id;
  page.printLine(samePerson ? 'The same person, both times.' : 'Not the same person: this server has a bug.');

  await page.runStep('Sign out', text.signOut, client, () => client.signOut());
  page.printMemory('unknown from here; the next step shows it');

  // A second client, so that the old credential is sent unchanged, as by a person who kept a copy.
  const old = client.withCredential(credential);
  const replay = await page.runStep('The old credential again', 'A person who kept a copy sends it now.', old, () =>
    old.me().then(() => 'accepted' as const, readRefusal),
  );
  page.printLine(`${replay === 'accepted' ? 'Still accepted.' : 'Refused.'} ${text[replay]}`);
  return { mode: client.mode, samePerson, replay, servedBy: page.servedBy };
}

/** Prints the steps, and records which instance served each. */
function createPage(client: Client, { print, reveal = false }: WalkThroughOptions) {
  const servedBy: (string | undefined)[] = [];
  let number = 0;

  async function runStep<Result>(name: string, why: string, by: Client, call: () => Promise<Result>): Promise<Result> {
    number += 1;
    print('');
    print(`${number}. ${name}. ${why}`);
    const before = by.lastExchange;
    try {
      return await call();
    } finally {
      // Also if the call failed: the reader must see the refusal.
      const { lastExchange } = by;
      if (lastExchange !== undefined && lastExchange !== before) {
        servedBy.push(lastExchange.answer?.servedBy);
        for (const line of formatExchange(lastExchange, { reveal }).split('\n')) print(`   ${line}`);
      }
    }
  }

  return {
    servedBy,
    runStep,
    printLine: (line: string) => print(`   ${line}`),

    printTitle(line: string, url: string) {
      print(line);
      print(`against ${url}; > is sent, < is received${reveal ? '' : '; credentials are shortened, passwords masked'}`);
    },

    printMemory(server: string) {
      const { summary, values } = client.rememberedByClient();
      const shown = values.map(({ name, value }) => `${name} = ${reveal ? value : shorten(value)}`);
      print(`   The client keeps: ${[summary, ...shown].join('; ')}`);
      for (const { value } of values) for (const line of formatClaims(value)) print(`   ${line}`);
      print(`   The server keeps: ${server}`);
    },
  };
}

/** The claims, if the credential is a JWT (RFC 7519): signed does not mean secret. */
function formatClaims(credential: string): string[] {
  const [, payload = '', signature] = credential.split('.');
  if (signature === undefined) return [];
  const claims = Buffer.from(payload, 'base64url').toString('utf8').replace(/\p{C}/gu, '');
  return [`Anyone who holds the token can read its claims: ${claims}`];
}

function ignoreTakenName(error: unknown): void {
  if (!(error instanceof ApiError && error.code === 'ERR_USERNAME_TAKEN')) throw error;
}

function readRefusal(error: unknown): 'refused' {
  if (error instanceof ApiError && error.status === 401) return 'refused';
  throw error;
}
