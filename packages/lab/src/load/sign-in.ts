// Users register and sign in. The lab's servers of a side share a user database, so the accounts are registered at the
// first of them, and sign in at every one. A peer keeps accounts in its memory and gets them at each server.
//
// The servers of a target may keep accounts of their own, and which of them answers is not the lab's choice. There, a
// user registers again and again:
//
//   sign in ── 401: this server does not have the account ──> register, n times at the nth try ──> sign in …
//
// n times: two servers in turn would otherwise always give the registration to one and the sign-in to the other.

import { setTimeout as delay } from 'node:timers/promises';
import { createMachineError } from '../common/errors.ts';
import { formatPlural } from '../common/format.ts';
import { runInTurns } from '../common/turns.ts';
import type { ExperimentContext, Part } from '../contracts/context.ts';
import { createSignUpMessage, type Population, parseCookies, readBearer } from './population.ts';
import { type Answer, type Message, runWithSenders, type Sender } from './sender.ts';

/** Sign-ins at the same time; a target that is not the lab's gets fewer. */
const PARALLEL = { own: 16, target: 4 };
const TIMEOUT_MS = 30_000;
const TARGET_TRIES = 8;
/** How long one user waits in all where answers are 429 or 503 with Retry-After, ms. */
const PATIENCE_MS = 60_000;

export interface SignInOptions {
  /** The gateway, the target, or servers: user n signs in at server n mod their number. */
  readonly at: string | readonly string[];
  /** Undefined: all. */
  readonly users?: readonly number[];
  /** Sign-ins at the same time. */
  readonly parallel?: number;
}

/** Registers the accounts, at the first of `servers` where these are the lab's, and signs every user in. */
export async function enterUsers(
  part: Part,
  population: Population,
  options: SignInOptions,
  servers: readonly string[] = [options.at].flat(),
): Promise<void> {
  const { context } = part;
  context.step(`signing ${formatPlural(options.users?.length ?? population.users, 'user')} in`);
  if (context.options.target === undefined) await registerAccounts(context, population, servers);
  await signIn(part, population, options);
}

export async function registerAccounts(
  { side, signal }: ExperimentContext,
  population: Population,
  urls: readonly string[],
): Promise<void> {
  const options = { timeoutMs: TIMEOUT_MS, connections: PARALLEL.own };
  const keepers = side.peer === undefined ? urls.slice(0, 1) : urls;
  await runWithSenders(keepers, options, async (senders) => {
    const accounts = [...Array(population.accounts).keys()];
    const registrations = senders.flatMap((sender) => accounts.map((account) => ({ sender, account })));
    await runInTurns(registrations, PARALLEL.own, async ({ sender, account }) => {
      const message = createSignUpMessage(population, account, '/auth/register');
      const answer = await sendPatiently(sender, message, signal);
      if (!isRegistered(answer)) throw new Error(`A registration ${describeAnswer(answer)}.`);
    });
  });
}

/** Every user signs in once. @throws LabError (3) when a target does not let them */
export async function signIn(
  part: Part,
  population: Population,
  { at, users = [...Array(population.users).keys()], parallel }: SignInOptions,
): Promise<void> {
  const { signal, options } = part.context;
  const own = options.target === undefined;
  const connections = parallel ?? (own ? PARALLEL.own : PARALLEL.target);
  const { insecure } = population;
  await runWithSenders([at].flat(), { timeoutMs: TIMEOUT_MS, connections, insecure }, async (senders) => {
    const enter = (user: number) => enterUser(part, population, senders[user % senders.length] as Sender, user);
    await runInTurns(users, connections, enter).catch((error: Error) => {
      // A target that refuses users cannot be measured; a server of the lab that does so is broken.
      throw own || signal.aborted ? error : createMachineError(`${at}: ${error.message}`);
    });
  });
}

async function enterUser(part: Part, population: Population, sender: Sender, user: number): Promise<void> {
  const { signal, options } = part.context;
  const tries = options.target === undefined ? 1 : TARGET_TRIES;
  const patience = { leftMs: PATIENCE_MS };
  // The affinity cookie of a registration leads the sign-in to the server with the account, and is not set again.
  const cookies = new Map<string, string>();
  const formatCookies = () => [...cookies].map(([name, value]) => `${name}=${value}`).join('; ');
  const post = async (path: string) => {
    const message = createSignUpMessage(population, user, path);
    const headers = cookies.size === 0 ? message.headers : { ...message.headers, cookie: formatCookies() };
    const answer = await sendPatiently(sender, { ...message, headers }, signal, patience);
    for (const [name, value] of parseCookies(answer)) cookies.set(name, value);
    return answer;
  };
  for (let attempt = 0; attempt < tries; attempt++) {
    for (let times = 0; times < attempt; times++) {
      const answer = await post('/auth/register');
      if (!isRegistered(answer)) throw new Error(`users cannot register; a registration ${describeAnswer(answer)}.`);
    }
    const sent = part.now();
    const answer = await post('/auth/login');
    if (answer.status === 401 && attempt + 1 < tries) continue;
    if (answer.status !== 200) throw new Error(`a sign-in ${describeAnswer(answer)}, at try ${attempt + 1}.`);
    const server = answer.server ?? '';
    population.enter(user, cookies.size === 0 ? readBearer(answer) : formatCookies(), server);
    return part.record({ type: 'sign-in', at: part.now(), user, server, ms: part.now() - sent });
  }
}

/** Sends again after 429 and 503, as long as the patience lasts. */
async function sendPatiently(
  sender: Sender,
  message: Message,
  signal: AbortSignal,
  patience = { leftMs: PATIENCE_MS },
): Promise<Answer> {
  for (;;) {
    signal.throwIfAborted();
    const answer = await sender.send(message);
    if (answer.status !== 429 && answer.status !== 503) return answer;
    const waitMs = Math.max(1, answer.retryAfter ?? 1) * 1000;
    if (waitMs > patience.leftMs) return answer;
    patience.leftMs -= waitMs;
    await delay(waitMs, undefined, { signal });
  }
}

const isRegistered = ({ status }: Answer): boolean => status === 201 || status === 409;

const describeAnswer = ({ status, failure, body }: Answer): string =>
  `was answered with ${status ?? failure}: ${body.slice(0, 200)}`;
