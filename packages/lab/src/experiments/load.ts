// Latency and throughput of all modes, compared: rounds in new processes, in random order, and the first side twice in
// each round. If a side differs from itself, no comparison is believable.

import { formatCount, formatPlural } from '../common/format.ts';
import { runInTurns } from '../common/turns.ts';
import type {
  Check,
  Experiment,
  ExperimentContext,
  Judgement,
  Lab,
  Part,
  PartSummary,
} from '../contracts/experiment.ts';
import { adviseAffinity, describeLatency, describeServers, findPart, judgeFailures } from '../judge/parts.ts';
import { runClosedLoop, runOpenLoop } from '../load/load.ts';
import { createPopulation, type Population } from '../load/population.ts';
import { createRandom, type Random } from '../load/random.ts';
import { computeRatio, formatRatio, type Ratio } from '../load/ratio.ts';
import { enterUsers } from '../load/sign-in.ts';
import { pickSides } from '../setup/sides.ts';

const ROUNDS = 5;
const PARALLEL = 16;
const PARALLEL_STARTS = 2;
const ACCOUNTS = 20;
/** Requests of the closed loop in a round, and the requests before them that are not counted. */
const SIZES = { small: { requests: 2_000, warmUp: 1_000 }, full: { requests: 6_000, warmUp: 2_000 } };
const pickSize = (full: boolean) => SIZES[full ? 'full' : 'small'];

const CLOSED_LOOP = `Throughput comes from a closed loop (${PARALLEL} requests at the same time) and latency from an open loop.`;

export const load: Experiment = {
  id: 'load',
  title: 'Latency and throughput',
  question: 'What do a signed token and a session cost in time, on one server?',
  hypothesis: 'Every mode answers every request; differences between modes are shown with an interval.',
  summary: 'latency (open loop) and throughput (closed loop) of every mode, compared',
  sides: pickSides('jwt', 'memory', 'redis', 'redis+tracked'),
  scenarios: [
    { id: 'latency', text: 'Open loop, one server' },
    { id: 'throughput', text: `Closed loop, ${PARALLEL} in parallel` },
    { id: 'control', text: 'The same side again' },
  ],
  defaults: { servers: 1, users: 40, rate: 400, seconds: 3 },
  full: { servers: 1, users: 200, rate: 500, seconds: 15 },
  takes: { defaults: 40, full: 110 },
  remote: {
    scenarios: [
      { id: 'latency', text: 'Open loop, {seconds} s' },
      { id: 'throughput', text: `Closed loop, ${PARALLEL} in parallel` },
    ],
    requests: ({ rate, seconds, full }) => rate * (seconds + 1) + pickSize(full).requests + pickSize(full).warmUp,
  },
  latenessBoundMs: 50,

  countParts: ({ plan, sides }) => (plan.options.target === undefined ? ROUNDS * (2 * sides.length + 1) : 2),
  run: (lab) => (lab.plan.options.target === undefined ? runRounds(lab) : lab.onEachSide(measureTarget)),
  judgePart: judgeLoad,
  summarize({ plan, parts, cells }) {
    const { target } = plan.options;
    if (target !== undefined) return `${target} answered every request: ${cells.map(({ text }) => text).join('; ')}.`;
    const [base = '', ...others] = plan.sides
      .map(({ id }) => id)
      .filter((id) => findPart(parts, id, 'throughput') !== undefined);
    const ratios = others.map((id) => `${id} to ${base}: ${formatRatio(compareThroughput(parts, id, base))}`);
    return ratios.length === 0 ? 'Every request was answered.' : `Throughput, ${ratios.join('; ')}.`;
  },
  check: ({ plan, parts }) => (plan.options.target === undefined ? [checkControl(parts, plan.sides[0]?.id ?? '')] : []),
  notes: ({ plan, parts }) =>
    plan.options.target === undefined
      ? [
          CLOSED_LOOP,
          `Each figure comes from ${ROUNDS} rounds in new processes; ratios compare pairs in one round, with a 95 % interval (t).`,
        ]
      : [`${CLOSED_LOOP} One round: nothing is compared.`, describeServers(parts), ...adviseAffinity(parts)],
  lines: ({ parts }) => createLines(parts),
};

async function runRounds(lab: Lab): Promise<void> {
  const random = createRandom(lab.plan.options.seed, 'order');
  const ids = lab.sides.map(({ id }) => id);
  for (let round = 1; round <= ROUNDS; round++)
    await lab.onSides([...ids, ...ids.slice(0, 1)], (contexts) => runRound(contexts, round, random));
}

/** A server with its users. The last one of a round is that of the first side again. */
interface Started {
  readonly context: ExperimentContext;
  readonly at: string;
  readonly population: Population;
  readonly isControl: boolean;
}

/** All servers of a round are up, so that its measurements are close together in time. */
async function runRound(contexts: readonly ExperimentContext[], round: number, random: Random): Promise<void> {
  contexts[0]?.step(`and all other modes: starting the servers of round ${round} of ${ROUNDS}`);
  const started = await runInTurns([...contexts.keys()], PARALLEL_STARTS, async (index): Promise<Started> => {
    const context = contexts[index] as ExperimentContext;
    const [{ url: at }] = await context.startServers(1);
    const population = createPopulation(context, context.options.users, ACCOUNTS);
    return { context, at, population, isControl: index === contexts.length - 1 };
  });
  for (const { context, at, population, isControl } of shuffle(started, random))
    await context.runPart(isControl ? 'control' : 'throughput', async (part) => {
      await enterUsers(part, population, { at });
      await measureThroughput(part, population, at, round);
    });
  for (const { context, at, population, isControl } of shuffle(started, random))
    if (!isControl) await context.runPart('latency', (part) => measureLatency(part, population, at, round));
}

function shuffle<T>(items: readonly T[], random: Random): T[] {
  const left = [...items];
  return items.flatMap(() => left.splice(random.below(left.length), 1));
}

/** All rounds together last as long as the options say. The server is warm from the closed loop. */
async function measureLatency(part: Part, population: Population, at: string, round: number): Promise<void> {
  const { rate, seconds } = part.context.options;
  part.context.step(`${rate} requests/s for ${(seconds / ROUNDS).toFixed(1)} s`);
  const load = { at, label: `load ${round}`, seconds: seconds / ROUNDS, warmUpSeconds: 0.2 };
  await runOpenLoop(part, population, load);
}

async function measureTarget(context: ExperimentContext): Promise<void> {
  const { users, target: at = '', rate, seconds } = context.options;
  const population = createPopulation(context, users);
  await context.runPart('latency', async (part) => {
    await enterUsers(part, population, { at });
    context.step(`${rate} requests/s for ${seconds} s`);
    await runOpenLoop(part, population, { at, label: 'load 1', warmUpSeconds: 1 });
  });
  await context.runPart('throughput', (part) => measureThroughput(part, population, at, 1));
}

async function measureThroughput(part: Part, population: Population, at: string, round: number): Promise<void> {
  const { context } = part;
  const { requests, warmUp } = pickSize(context.options.full);
  context.step(`${formatCount(requests)} requests, ${PARALLEL} at the same time`);
  const seconds = await runClosedLoop(part, population, { at, parallel: PARALLEL, requests, warmUp });
  part.recordFigure('requests', requests, 'requests', 'in each round');
  part.recordFigure(`seconds_${round}`, seconds, 's', `round ${round}`);
}

/** Rates of each round for ratios, and the totals of all rounds: rates are not averaged. */
function readRounds(part: PartSummary | undefined) {
  const requests = part?.figures.requests?.value ?? 0;
  const seconds = Array.from({ length: ROUNDS }, (_, index) => part?.figures[`seconds_${index + 1}`]?.value ?? 0);
  const total = {
    requests: requests * seconds.filter((took) => took > 0).length,
    seconds: seconds.reduce((sum, took) => sum + took, 0),
  };
  return { rates: seconds.map((took) => requests / took), ...total, rate: total.requests / total.seconds };
}

function compareThroughput(parts: readonly PartSummary[], over: string, under: string, scenario = 'throughput'): Ratio {
  const readRates = (side: string, name: string) => readRounds(findPart(parts, side, name)).rates;
  return computeRatio(readRates(over, scenario), readRates(under, 'throughput'));
}

function checkControl(parts: readonly PartSummary[], side: string): Check {
  const ratio = compareThroughput(parts, side, side, 'control');
  return {
    id: 'control',
    text: `${side} compared with itself shows no difference`,
    kind: 'control',
    // If a side differs from itself, the machine was too busy with other work: nothing was shown.
    outcome: Number.isFinite(ratio.high) && !ratio.differs ? 'holds' : 'unknown',
    detail: formatRatio(ratio),
  };
}

function judgeLoad(part: PartSummary): Judgement {
  const { scenario } = part;
  const throughput = `${formatCount(readRounds(part).rate)} req/s`;
  const figures = scenario === 'latency' ? describeLatency(part.responseTime) : throughput;
  // Not the users: they sign in once, for several parts.
  const { signedOut } = part.outcomes;
  return {
    text: figures + (signedOut === 0 ? '' : `; ${formatPlural(signedOut, 'answer')} 401 to signed-in users`),
    outcome: judgeFailures(part, signedOut === 0),
    tone: 'neutral',
  };
}

/** In the exact form that the course asks for. */
function createLines(parts: readonly PartSummary[]): string[] {
  const createLine = (name: string, side: string) => {
    const part = findPart(parts, side, 'throughput');
    if (part === undefined) return [];
    const { requests, seconds, rate } = readRounds(part);
    return [`[${name}] ${requests} requests in ${seconds.toFixed(1)}s (${Math.round(rate)} req/s)`];
  };
  const difference = compareThroughput(parts, 'memory', 'jwt');
  return [
    ...createLine('Stateless', 'jwt'),
    ...createLine('Stateful', 'memory'),
    ...(difference.rounds === 0
      ? []
      : [`[Difference] stateful to stateless, requests per second: ${formatRatio(difference)}`]),
  ];
}
