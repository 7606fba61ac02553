// Latency and throughput of all modes, compared: rounds in new processes, in random order, and the first side twice in
// each round. If a side differs from itself, no comparison is believable.

import { formatCount } from '../common/format.ts';
import type {
  Check,
  Experiment,
  ExperimentContext,
  Judgement,
  Lab,
  Part,
  PartSummary,
  Seen,
} from '../contracts/experiment.ts';
import { adviseAffinity, describeLatency, describeServers, findPart, judgeFailures } from '../judge/parts.ts';
import { runClosedLoop, runOpenLoop } from '../load/load.ts';
import { createPopulation, type Population } from '../load/population.ts';
import { createRandom } from '../load/random.ts';
import { computeRatio, formatRatio, type Ratio } from '../load/ratio.ts';
import { enterUsers } from '../load/sign-in.ts';
import { pickSides } from '../setup/sides.ts';

const ROUNDS = 5;
const PARALLEL = 16;
const ACCOUNTS = 50;
/** Requests of the closed loop in a round, and the requests before them that are not counted. */
const SIZES = { small: { requests: 2_000, warmUp: 500 }, full: { requests: 6_000, warmUp: 2_000 } };
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
  defaults: { servers: 1, users: 200, rate: 200, seconds: 1 },
  full: { servers: 1, users: 1_000, rate: 500, seconds: 3 },
  remote: {
    scenarios: [
      { id: 'latency', text: 'Open loop, {seconds} s' },
      { id: 'throughput', text: `Closed loop, ${PARALLEL} in parallel` },
    ],
    requests: ({ rate, seconds, full }) => rate * (seconds + 1) + pickSize(full).requests + pickSize(full).warmUp,
  },
  latenessBoundMs: 50,

  countTurns: ({ plan, sides }) => (plan.options.target === undefined ? ROUNDS * (sides.length + 1) : sides.length),
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
  for (let round = 1; round <= ROUNDS; round++) {
    const turns = lab.sides.map(({ id }) => ({ id, control: false }));
    turns.push(...turns.slice(0, 1).map(({ id }) => ({ id, control: true })));
    while (turns.length > 0) {
      const [turn] = turns.splice(random.below(turns.length), 1);
      if (turn !== undefined) await lab.onSide(turn.id, (context) => runRound(context, round, turn.control));
    }
  }
}

async function runRound(context: ExperimentContext, round: number, control: boolean): Promise<void> {
  context.step(`round ${round} of ${ROUNDS}${control ? ' (the same side again)' : ''}`);
  const [{ url: at }] = await context.startServers(1);
  const population = createPopulation(context, context.options.users, ACCOUNTS);
  await context.runPart(control ? 'control' : 'throughput', async (part) => {
    await enterUsers(part, population, { at });
    await measureThroughput(part, population, at, round);
  });
  if (control) return;
  await context.runPart('latency', async (part) => {
    await enterUsers(part, population, { at });
    await runOpenLoop(part, population, { at, label: `load ${round}`, warmUpSeconds: 1 });
  });
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

function judgeLoad(part: PartSummary, { parts }: Seen): Judgement {
  const { lost, scenario, side } = part;
  const control = scenario === 'control' ? `, ${checkControl(parts, side).detail}` : '';
  const throughput = `${formatCount(readRounds(part).rate)} req/s${control}`;
  const figures = scenario === 'latency' ? describeLatency(part.responseTime) : throughput;
  return {
    text: figures + (lost.count === 0 ? '' : `; ${formatCount(lost.count)} users signed out`),
    outcome: judgeFailures(part, lost.count === 0),
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
