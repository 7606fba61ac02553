// The load itself: "who am I?" on a schedule (open loop), as fast as answers come (closed loop), or once for each user
// (roll call). Each answer goes through the ledger into the events.

import { monitorEventLoopDelay } from 'node:perf_hooks';
import type { ExperimentContext, Part } from '../context/lab.ts';
import type { Outcome } from '../contracts/events.ts';
import type { Population } from './population.ts';
import type { Random } from './random.ts';
import { planSchedule, type ScheduleOptions } from './schedule.ts';
import { type Answer, createSender, type Sender, sendAndWait } from './sender.ts';

/** Beyond this many in flight a planned start is dropped, and counted. */
const MOST_IN_FLIGHT = 2_000;
const TIMEOUT_MS = 5_000;
const PATH = '/auth/me';

export interface Load {
  /** The gateway, or servers: user n asks server n mod their number. */
  readonly at: string | readonly string[];
  readonly timeoutMs?: number;
  /** Nothing of it is timed: how busy the generator was belongs to no figure. */
  readonly untimed?: true;
}

export interface OpenLoad extends Load, Omit<ScheduleOptions, 'users'> {
  /** Before these seconds are over, answers are not in the figures. */
  readonly warmUpSeconds?: number;
  readonly random: Random;
  /** Only the first so many users ask; undefined: all. */
  readonly among?: number;
}

/** Ends when every planned request has its answer. */
export async function runOpenLoop(
  context: ExperimentContext,
  part: Part,
  population: Population,
  load: OpenLoad,
): Promise<void> {
  const { warmUpSeconds = 0 } = load;
  const plan = { ...load, users: load.among ?? population.users, seconds: load.seconds + warmUpSeconds };
  const { at, user } = planSchedule(plan, load.random);
  await runWithAsker(part, population, load, async (asker) => {
    const began = part.now();
    let next = 0;
    while (next < at.length && !context.signal.aborted) {
      const now = part.now() - began;
      for (; next < at.length && (at[next] ?? 0) <= now; next++) {
        const due = at[next] ?? 0;
        asker.ask(user[next] ?? 0, began + due, due < warmUpSeconds * 1000);
      }
      await later((at[next] ?? 0) - (part.now() - began));
    }
    await asker.idle();
  });
}

/** A timer's grain is 1 ms, and spinning would take the core from the servers: a start is up to about 1 ms late. */
const later = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, Math.max(1, Math.floor(ms))));

export interface ClosedLoad extends Load {
  readonly atOnce: number;
  readonly requests: number;
  /** Before that, this many whose answers are not in the figures. */
  readonly warmUp: number;
}

/**
 * The highest throughput: `atOnce` users, each asking again as soon as it is answered. No latency to be believed.
 * @returns seconds from the first request after the warm-up to the last answer
 */
export async function runClosedLoop(
  context: ExperimentContext,
  part: Part,
  population: Population,
  load: ClosedLoad,
): Promise<number> {
  const { warmUp, requests, atOnce } = load;
  let began = 0;
  let next = 0;
  await runWithAsker(part, population, load, async (asker) => {
    const worker = async () => {
      while (next < warmUp + requests && !context.signal.aborted) {
        const turn = next++;
        if (turn === warmUp) began = part.now();
        await asker.askNow(turn % population.users, part.now(), turn < warmUp);
      }
    };
    await Promise.all(Array.from({ length: atOnce }, worker));
  });
  return (part.now() - began) / 1000;
}

/**
 * Every user asks once, or those given: who is still signed in, exactly. Not in the figures, but in the ledger. Before a
 * load it is the warm-up, and shows that everybody is signed in.
 */
export async function callRoll(
  context: ExperimentContext,
  part: Part,
  population: Population,
  load: Load & { readonly users?: readonly number[] },
): Promise<void> {
  const everybody = load.users ?? Array.from({ length: population.users }, (_, user) => user);
  let next = 0;
  await runWithAsker(part, population, { ...load, untimed: true }, async (asker) => {
    const worker = async () => {
      while (next < everybody.length && !context.signal.aborted)
        await asker.askNow(everybody[next++] ?? 0, part.now(), true);
    };
    await Promise.all(Array.from({ length: 16 }, worker));
  });
}

export interface Asker {
  ask(user: number, intended: number, warmUp: boolean): void;
  /** At the server of that index; undefined: as `Load.at` says. */
  askNow(user: number, intended: number, warmUp: boolean, server?: number): Promise<Outcome>;
  /** Counts as signed out once it is acknowledged. */
  signOut(user: number, server?: number): Promise<void>;
  idle(): Promise<void>;
}

export async function runWithAsker(
  part: Part,
  population: Population,
  load: Load,
  body: (asker: Asker) => Promise<void>,
) {
  const urls = typeof load.at === 'string' ? [load.at] : load.at;
  const { timeoutMs = TIMEOUT_MS } = load;
  const options = { timeoutMs, connections: MOST_IN_FLIGHT, insecure: population.insecure };
  const senders = urls.map((url) => createSender(url, options));
  const watch = watchGenerator();
  let inFlight = 0;
  let most = 0;
  let whenIdle: (() => void) | undefined;

  const senderOf = (user: number, server?: number) => senders[server ?? user % senders.length] as Sender;

  const ask = (user: number, intended: number, warmUp: boolean, done?: (outcome: Outcome) => void, server?: number) => {
    const common = { type: 'request', at: intended, user, ...(warmUp ? { warmUp } : {}) } as const;
    if (inFlight >= MOST_IN_FLIGHT) {
      part.event({ ...common, late: 0, ms: 0, outcome: 'dropped' });
      return done?.('dropped');
    }
    most = Math.max(most, ++inFlight);
    const sent = part.now();
    const state = population.ledger.stateOf(user);
    const message = { method: 'GET', path: PATH, headers: population.createHeaders(user) } as const;
    senderOf(user, server).send(message, (answer) => {
      inFlight -= 1;
      const outcome = outcomeOf(population, user, state, answer);
      const seen = answer.status === undefined ? {} : { status: answer.status };
      const by = answer.server === undefined ? {} : { server: answer.server };
      part.event({ ...common, late: sent - intended, ms: part.now() - sent, outcome, ...by, ...seen });
      done?.(outcome);
      if (inFlight === 0) whenIdle?.();
    });
  };

  try {
    await body({
      ask,
      askNow: (user, intended, warmUp, server) =>
        new Promise((resolve) => ask(user, intended, warmUp, resolve, server)),
      async signOut(user, server) {
        population.ledger.leaving(user);
        const message = { method: 'POST', path: '/auth/logout', headers: population.createHeaders(user) } as const;
        const answer = await sendAndWait(senderOf(user, server), message);
        if (answer.status === undefined || answer.status >= 300) return;
        population.ledger.signedOut(user);
        part.event({ type: 'sign-out', at: part.now(), user, server: answer.server ?? '' });
      },
      idle: () =>
        new Promise((resolve) => {
          whenIdle = resolve;
          if (inFlight === 0) resolve();
        }),
    });
    const sockets = senders.reduce((sum, sender) => sum + sender.openSockets, 0);
    part.concurrency(population.ledger.signedInCount, sockets);
    const untimed = load.untimed ? ({ warmUp: true } as const) : {};
    part.event({ type: 'generator', ...watch(), requestsInFlightMax: most, ...untimed });
  } finally {
    await Promise.all(senders.map((sender) => sender.close()));
  }
}

function outcomeOf(population: Population, user: number, state: number, answer: Answer): Outcome {
  if (answer.status === undefined) return answer.failure ?? 'connectionBroken';
  const mine = answer.status === 200 && answer.body.includes(`"username":"${population.getUsername(user)}"`);
  return population.ledger.outcomeOf(user, state, answer.status, mine);
}

/** The generator's own share of a core and how long its event loop was held up. */
function watchGenerator() {
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
      // A sample holds the timer's own interval, too.
      eventLoopDelayP99: Math.max(0, delay.percentile(99) / 1e6 - 5),
    };
  };
}
