// Asks "who am I?" for users of a population. Each answer goes through the ledger into the events.

import { monitorEventLoopDelay } from 'node:perf_hooks';
import type { Part } from '../contracts/context.ts';
import type { Outcome, RequestEvent } from '../contracts/events.ts';
import { createSignUpMessage, type Population, parseCookies, readBearer } from './population.ts';
import { type Answer, runWithSenders, type Sender } from './sender.ts';

/** With this many requests in flight, a planned start is dropped and counted. */
export const MOST_IN_FLIGHT = 2_000;
const TIMEOUT_MS = 5_000;
const PATH = '/auth/me';

export interface AskerOptions {
  /** The gateway, or servers: user n asks server n mod their number. */
  readonly at: string | readonly string[];
  /** Nothing is timed: how busy the generator was belongs to no figure. */
  readonly untimed?: true;
}

interface Question {
  /** ms of the part; undefined: now. */
  readonly intended?: number;
  readonly warmUp?: boolean;
  /** The index of a server in `at`; undefined: the user's. */
  readonly server?: number | undefined;
}

export interface Asker {
  ask(user: number, question?: Question): Promise<Outcome>;
  /** Once, whatever the answer is. Counts as signed in once it is acknowledged. */
  signIn(user: number, question?: Question): Promise<void>;
  /** Counts as signed out once it is acknowledged. */
  signOut(user: number, question?: Question): Promise<void>;
}

export async function runWithAsker(
  part: Part,
  population: Population,
  { at, untimed }: AskerOptions,
  body: (asker: Asker) => Promise<void>,
): Promise<void> {
  const { ledger, insecure } = population;
  const options = { timeoutMs: TIMEOUT_MS, connections: MOST_IN_FLIGHT, insecure };
  const stopWatching = watchGenerator();
  let inFlight = 0;

  await runWithSenders([at].flat(), options, async (senders) => {
    const pickSender = (user: number, server?: number) => senders[server ?? user % senders.length] as Sender;
    const recordFailure = (what: RequestEvent['what'], user: number, answered: Answered) => {
      const outcome = classifyFailure(answered.answer);
      part.record({ type: 'request', user, ...describeAnswer(part, answered), outcome, ...(what && { what }) });
    };
    await body({
      async ask(user, { intended = part.now(), warmUp = false, server } = {}) {
        const common = { type: 'request', at: intended, user, ...(warmUp ? { warmUp } : {}) } as const;
        if (inFlight >= MOST_IN_FLIGHT) {
          part.record({ ...common, late: 0, ms: 0, outcome: 'dropped' });
          return 'dropped';
        }
        inFlight += 1;
        const sent = part.now();
        const state = ledger.getState(user);
        const message = { method: 'GET', path: PATH, headers: population.createHeaders(user) } as const;
        const answer = await pickSender(user, server).send(message);
        inFlight -= 1;
        const outcome = classifyAnswer(population, user, state, answer);
        part.record({ ...common, ...describeAnswer(part, { intended, sent, answer }), outcome });
        return outcome;
      },
      async signIn(user, { intended = part.now(), server } = {}) {
        const sent = part.now();
        const answer = await pickSender(user, server).send(createSignUpMessage(population, user, '/auth/login'));
        if (answer.status !== 200) return recordFailure('sign-in', user, { intended, sent, answer });
        const cookies = parseCookies(answer).map((cookie) => cookie.join('='));
        const by = answer.server ?? '';
        population.enter(user, cookies.length === 0 ? readBearer(answer) : cookies.join('; '), by);
        part.record({ type: 'sign-in', at: part.now(), user, server: by, ms: part.now() - sent });
      },
      async signOut(user, { intended = part.now(), server } = {}) {
        const sent = part.now();
        ledger.markLeaving(user);
        const message = { method: 'POST', path: '/auth/logout', headers: population.createHeaders(user) } as const;
        const answer = await pickSender(user, server).send(message);
        if (answer.status === undefined || answer.status >= 300)
          return recordFailure('sign-out', user, { intended, sent, answer });
        ledger.markSignedOut(user);
        part.record({ type: 'sign-out', at: part.now(), user, server: answer.server ?? '' });
      },
    });
    const warmUp = untimed ? { warmUp: true as const } : {};
    part.record({ type: 'generator', ...stopWatching(), ...warmUp });
  });
}

interface Answered {
  readonly intended: number;
  readonly sent: number;
  readonly answer: Answer;
}

const describeAnswer = ({ now }: Part, { intended, sent, answer: { server, status } }: Answered) => ({
  at: intended,
  late: sent - intended,
  ms: now() - sent,
  ...(server === undefined ? {} : { server }),
  ...(status === undefined ? {} : { status }),
});

/** A sign-in or sign-out that was not acknowledged. */
function classifyFailure({ status, failure }: Answer): Outcome {
  if (status === undefined) return failure ?? 'connectionBroken';
  return status >= 500 ? 'serverError' : 'otherStatus';
}

function classifyAnswer(population: Population, user: number, stateWhenSent: number, answer: Answer): Outcome {
  if (answer.status === undefined) return answer.failure ?? 'connectionBroken';
  const mine = answer.status === 200 && answer.body.includes(`"username":"${population.getUsername(user)}"`);
  return population.ledger.classify(user, stateWhenSent, answer.status, mine);
}

/** The generator's own share of a core, and how long its event loop was blocked. */
export function watchGenerator() {
  const delay = monitorEventLoopDelay({ resolution: 5 });
  delay.enable();
  const cpu = process.cpuUsage();
  const began = performance.now();
  return () => {
    delay.disable();
    const { user, system } = process.cpuUsage(cpu);
    const ms = performance.now() - began;
    return {
      ms,
      cpu: (user + system) / 1000 / ms,
      // A sample includes the interval of the timer itself.
      eventLoopDelayP99: Math.max(0, delay.percentile(99) / 1e6 - 5),
    };
  };
}
