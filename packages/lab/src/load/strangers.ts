// Users of a target (--target): registered and signed in as anybody is. Accounts may live in each server's own memory, and
// which server answers is the deployment's affair, so it is done again until a sign-in is acknowledged.
//
//   login ── 401: this server does not know the account ──> register, n times at the nth try ──> login …
//
// n times: two servers in turn would otherwise always give one the registration and the other the sign-in.

import { setTimeout as delay } from 'node:timers/promises';
import { createMachineError } from '../common/errors.ts';
import { runInTurns } from '../common/turns.ts';
import type { ExperimentContext, Part } from '../context/lab.ts';
import { createSignUpMessage, describeAnswer, type Population, parseCookies, readCredential } from './population.ts';
import { type Answer, createSender, type Sender, sendAndWait } from './sender.ts';

const AT_ONCE = 4;
const TIMEOUT_MS = 30_000;
const TRIES = 8;
/** ms that one sign-in waits in all where it is told to come back later. */
const PATIENCE_MS = 60_000;

/** Every user signs in once. @throws LabError (3) when the target does not let them */
export async function enterTarget(
  context: ExperimentContext,
  part: Part,
  population: Population,
  target: string,
): Promise<void> {
  const { signal, step } = context;
  const { insecure } = population;
  const sender = createSender(target, { timeoutMs: TIMEOUT_MS, connections: AT_ONCE, insecure });
  const said = { waiting: false };
  const onWait = () => {
    if (!said.waiting) step('the target limits sign-ins (429 or 503): waiting as long as it says');
    said.waiting = true;
  };
  try {
    await runInTurns([...Array(population.users).keys()], AT_ONCE, async (user) => {
      const patience = { leftMs: PATIENCE_MS, onWait, signal };
      await enter({ part, population, sender, patience, target }, user);
    });
  } finally {
    await sender.close();
  }
}

interface Patience {
  leftMs: number;
  readonly onWait: () => void;
  readonly signal: AbortSignal;
}

interface Door {
  readonly part: Part;
  readonly population: Population;
  readonly sender: Sender;
  readonly patience: Patience;
  readonly target: string;
}

async function enter({ part, population, sender, patience, target }: Door, user: number): Promise<void> {
  // The affinity cookie of a registration leads the sign-in to the server that knows the account, and is not given again.
  const cookies = new Map<string, string>();
  const jar = () => [...cookies].map(([name, value]) => `${name}=${value}`).join('; ');
  const post = async (path: string) => {
    const message = createSignUpMessage(population, user, path);
    const headers = cookies.size === 0 ? message.headers : { ...message.headers, cookie: jar() };
    const answer = await sendPatiently(sender, { ...message, headers }, patience);
    for (const [name, value] of parseCookies(answer)) cookies.set(name, value);
    return answer;
  };
  for (let tries = 0; tries < TRIES; tries++) {
    for (let times = 0; times < tries; times++) {
      const answer = await post('/auth/register');
      if (answer.status !== 201 && answer.status !== 409)
        throw createMachineError(
          `${target} does not register users, and the lab has no others: it ${describeAnswer(answer)}.`,
        );
    }
    const sent = part.now();
    const answer = await post('/auth/login');
    if (answer.status === 401) continue;
    if (answer.status !== 200) throw createMachineError(`A sign-in at ${target} ${describeAnswer(answer)}.`);
    population.credentials.set(user, cookies.size === 0 ? readCredential(answer) : jar());
    population.ledger.signedIn(user);
    population.recordHome(user, answer.server ?? '');
    const server = answer.server ?? '';
    return part.event({ type: 'sign-in', at: part.now(), user, server, ms: part.now() - sent });
  }
  throw createMachineError(
    `${target} registers users and then does not know them, ${TRIES} times in a row: too many servers, each with accounts of its own.`,
  );
}

async function sendPatiently(
  sender: Sender,
  message: Parameters<typeof sendAndWait>[1],
  patience: Patience,
): Promise<Answer> {
  for (;;) {
    patience.signal.throwIfAborted();
    const answer = await sendAndWait(sender, message);
    if (answer.status !== 429 && answer.status !== 503) return answer;
    const waitMs = Math.max(1, answer.retryAfter ?? 1) * 1000;
    if (waitMs > patience.leftMs) return answer;
    patience.leftMs -= waitMs;
    patience.onWait();
    await delay(waitMs, undefined, { signal: patience.signal });
  }
}
