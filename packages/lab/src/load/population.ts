// The users of a part: thousands of them, each with a credential and an account. Accounts live in each server's own memory,
// so an account is registered at every server; several users may share one (each with a session of their own), and an
// answer must still name the account of the user who asked.

import { randomBytes } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { runInTurns } from '../common/turns.ts';
import type { ExperimentContext, Part } from '../context/lab.ts';
import { type Credentials, createCredentials } from './credentials.ts';
import { createLedger, type Ledger } from './ledger.ts';
import { type Answer, createSender, type Message, type Sender, sendAndWait } from './sender.ts';

export interface Population {
  readonly users: number;
  readonly accounts: number;
  readonly ledger: Ledger;
  readonly credentials: Credentials;
  getUsername(user: number): string;
  readonly password: string;
  /** They take any certificate: `--insecure`. */
  readonly insecure: boolean;
  /** Names the server where this user last signed in. */
  recordHome(user: number, server: string): void;
  /** Users whose acknowledged sign-in is at this server and who have not signed out. */
  listUsersAt(server: string): number[];
  /** The header that shows this user's credential. */
  createHeaders(user: number): Record<string, string>;
}

/** Unless an experiment asks for more. A swap of two users is seen when their accounts differ: 199 in 200 are. */
const ACCOUNTS = 200;
/** Each costs the target's hashing, and more than one registration where servers keep accounts of their own. */
const MOST_AT_TARGET = 10;
const SIGN_INS_AT_ONCE = 16;
const SIGN_IN_MS = 30_000;
const PASSWORD = 'correct horse battery staple';

export function createPopulation(
  { side, target, options }: ExperimentContext,
  users: number,
  accounts = ACCOUNTS,
): Population {
  const credentials = createCredentials(users);
  const count = Math.min(users, accounts, target === undefined ? Number.POSITIVE_INFINITY : MOST_AT_TARGET);
  // What stays behind at somebody's deployment must open nothing: no password that everybody can read here.
  const prefix = target === undefined ? 'lab' : `lab-${randomBytes(5).toString('hex')}`;
  const names: string[] = [];
  const homes = new Uint16Array(users);
  const ledger = createLedger(users);
  const header = side.api === 'stateless' ? 'authorization' : 'cookie';
  return {
    users,
    accounts: count,
    ledger,
    credentials,
    getUsername: (user) => `${prefix}-${user % count}`,
    password: target === undefined ? PASSWORD : randomBytes(18).toString('base64url'),
    insecure: options.insecure,
    recordHome(user, server) {
      if (!names.includes(server)) names.push(server);
      homes[user] = names.indexOf(server);
    },
    listUsersAt(server) {
      const home = names.indexOf(server);
      return Array.from(homes.keys()).filter((user) => homes[user] === home && ledger.isSignedIn(user));
    },
    createHeaders: (user) => ({ [header]: credentials.get(user) }),
  };
}

/** At each of the servers, so that a sign-in may reach any. */
export async function registerAccounts(
  population: Population,
  urls: readonly string[],
  signal: AbortSignal,
): Promise<void> {
  for (const url of urls) {
    const sender = createSender(url, { timeoutMs: SIGN_IN_MS, connections: SIGN_INS_AT_ONCE });
    const accounts = Array.from({ length: population.accounts }, (_, account) => account);
    try {
      await runInTurns(accounts, SIGN_INS_AT_ONCE, async (account) => {
        signal.throwIfAborted();
        const answer = await post(sender, createSignUpMessage(population, account, '/auth/register'));
        if (answer.status !== 201 && answer.status !== 409)
          throw new Error(`A registration at ${url} ${describeAnswer(answer)}.`);
      });
    } finally {
      await sender.close();
    }
  }
}

export interface SignInOptions {
  /** The gateway, or the servers in turn: user n at server n mod their number. */
  readonly at: string | readonly string[];
  /** Undefined: all. */
  readonly users?: readonly number[];
  /** Default 16. */
  readonly atOnce?: number;
}

/** Every user signs in once. @returns ms that it took */
export async function signIn(
  context: ExperimentContext,
  part: Part,
  population: Population,
  { at, users, atOnce = SIGN_INS_AT_ONCE }: SignInOptions,
): Promise<number> {
  const urls = typeof at === 'string' ? [at] : at;
  const senders = urls.map((url) => createSender(url, { timeoutMs: SIGN_IN_MS, connections: atOnce }));
  const everybody = users ?? Array.from({ length: population.users }, (_, user) => user);
  const began = performance.now();
  try {
    await runInTurns(everybody, atOnce, async (user) => {
      context.signal.throwIfAborted();
      const sender = senders[user % senders.length] as Sender;
      const sent = part.now();
      const answer = await post(sender, createSignUpMessage(population, user, '/auth/login'));
      if (answer.status !== 200) throw new Error(`A sign-in at ${urls[user % urls.length]} ${describeAnswer(answer)}.`);
      population.credentials.set(user, readCredential(answer));
      population.ledger.signedIn(user);
      population.recordHome(user, answer.server ?? '');
      part.event({ type: 'sign-in', at: part.now(), user, server: answer.server ?? '', ms: part.now() - sent });
    });
  } finally {
    await Promise.all(senders.map((sender) => sender.close()));
  }
  return performance.now() - began;
}

/** A crowded server says 503, and when to come back; that is no end of a run. */
const TRIES = 10;
const PAUSE_MS = 500;

/** The registration or the sign-in of a user. */
export function createSignUpMessage({ getUsername, password }: Population, user: number, path: string): Message {
  const body = JSON.stringify({ username: getUsername(user), password });
  return { method: 'POST', path, headers: { 'content-type': 'application/json' }, body };
}

async function post(sender: Sender, message: Message): Promise<Answer> {
  for (let tries = 1; ; tries++) {
    const answer = await sendAndWait(sender, message);
    if (answer.status !== 503 || tries === TRIES) return answer;
    await delay(PAUSE_MS);
  }
}

export const describeAnswer = ({ status, failure, body }: Answer) =>
  `was answered with ${status ?? failure}: ${body.slice(0, 200)}`;

/** Name and value of each that was set. */
export const parseCookies = ({ setCookies }: Answer): [string, string][] =>
  setCookies.map((cookie) => {
    const [, name = '', value = ''] = /^([^=;]*)=([^;]*)/.exec(cookie) ?? [];
    return [name, value];
  });

/** A bearer token, or all cookies that were set (session, affinity), as a browser would send them. */
export function readCredential(answer: Answer): string {
  const cookies = parseCookies(answer).map(([name, value]) => `${name}=${value}`);
  if (cookies.length > 0) return cookies.join('; ');
  const { accessToken } = JSON.parse(answer.body) as { accessToken?: string };
  if (accessToken === undefined) throw new Error('A sign-in was acknowledged without a token or a cookie.');
  return `Bearer ${accessToken}`;
}
