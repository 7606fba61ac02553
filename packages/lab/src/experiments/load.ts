// Latency and throughput of every mode side by side: rounds in fresh processes, in random order, and the first side twice in
// each round. If a side differs from itself, nothing here is believed.

import type { ExperimentContext, Lab, Part } from '../context/lab.ts';
import type { Experiment } from '../contracts/experiment.ts';
import type { Cell, Check, PartSummary } from '../contracts/report.ts';
import { runClosedLoop, runOpenLoop } from '../load/load.ts';
import { createPopulation, registerAccounts, signIn } from '../load/population.ts';
import { createRandom } from '../load/random.ts';
import { computeRatio, formatRatio } from '../load/ratio.ts';
import { enterTarget } from '../load/strangers.ts';
import { sides } from '../setup/sides.ts';
import {
  adviseAffinity,
  count,
  countErrors,
  createCells,
  createSentence,
  describeServers,
  findPart,
  judgeFailures,
  listEvidence,
  millis,
} from './cells.ts';

const ROUNDS = 5;
const AT_ONCE = 16;
/** Closed-loop requests of a round, and those before them that are thrown away. */
const REQUESTS = { small: 2_000, full: 6_000 };
const WARM_UP = { small: 500, full: 2_000 };
const sizeOf = (full: boolean) => (full ? 'full' : 'small');

export const load: Experiment<Lab> = {
  id: 'load',
  title: 'Latency and throughput',
  question: 'What do a signed token and a session cost in time, on one server?',
  hypothesis: 'Every mode answers every request; what differs between them is shown with an interval.',
  summary: 'latency (open loop) and throughput (closed loop) of every mode, side by side',
  sides: sides('jwt', 'memory', 'redis', 'redis+tracked'),
  scenarios: [
    { id: 'latency', text: 'Open loop, one server' },
    { id: 'throughput', text: `Closed loop, ${AT_ONCE} at once` },
    { id: 'control', text: 'The same side again' },
  ],
  defaults: { servers: 1, users: 200, rate: 200, seconds: 1 },
  full: { servers: 1, users: 1_000, rate: 500, seconds: 3 },
  remote: {
    scenarios: [
      { id: 'latency', text: 'Open loop, {seconds} s' },
      { id: 'throughput', text: `Closed loop, ${AT_ONCE} at once` },
    ],
    requests: ({ rate, seconds, full }) => rate * (seconds + 1) + REQUESTS[sizeOf(full)] + WARM_UP[sizeOf(full)],
  },
  latenessBoundMs: 50,

  async run(lab) {
    const random = createRandom(lab.options.seed, 'order');
    const [first] = lab.sides;
    const { target } = lab.options;
    if (target !== undefined && first !== undefined) return lab.on(first.id, (context) => atTarget(context, target));
    for (let round = 1; round <= ROUNDS; round++) {
      const turns = lab.sides.map(({ id }) => ({ id, control: false }));
      if (first !== undefined) turns.push({ id: first.id, control: true });
      while (turns.length > 0) {
        const [turn] = turns.splice(random.below(turns.length), 1);
        if (turn !== undefined) await lab.on(turn.id, (context) => oneRound(context, round, turn.control));
      }
    }
  },

  judge(plan, parts) {
    const cells = createCells(plan, parts, (part) => cellOf(part, parts));
    if (plan.options.target !== undefined) {
      const answered = `${plan.options.target} answered every request: ${cells.map(({ text }) => text).join('; ')}.`;
      const notes = [
        `${CLOSED_LOOP} One round: nothing was measured beside it.`,
        describeServers(parts),
        ...adviseAffinity(parts),
      ];
      return { sentence: createSentence(cells, answered), cells, checks: [], notes };
    }
    const sentence = plan.sides
      .slice(1)
      .filter(({ id }) => findPart(parts, id, 'throughput') !== undefined)
      .map(({ id }) => `${id} to ${plan.sides[0]?.id}: ${formatRatio(compared(parts, id, plan.sides[0]?.id ?? ''))}`);
    return {
      sentence: createSentence(
        cells,
        sentence.length === 0 ? 'Every request was answered.' : `Throughput, ${sentence.join('; ')}.`,
      ),
      cells,
      checks: checkControl(parts, plan.sides[0]?.id ?? ''),
      lines: createLines(parts),
      notes: [
        CLOSED_LOOP,
        `Each figure is of ${ROUNDS} rounds in fresh processes; ratios are of pairs in one round, with a 95 % interval (t).`,
      ],
    };
  },
};

const CLOSED_LOOP = `Throughput is a closed loop (${AT_ONCE} at once), so its latencies are not to be believed; latency is an open loop.`;

async function atTarget(context: ExperimentContext, at: string): Promise<void> {
  const { users, rate, seconds, seed, full } = context.options;
  const population = createPopulation(context, users);
  await context.part('latency', async (part) => {
    context.step(`signing ${count(users)} users in`);
    await enterTarget(context, part, population, at);
    context.step(`${rate} requests/s for ${seconds} s`);
    const random = createRandom(seed, 'load 1');
    await runOpenLoop(context, part, population, { at, rate, seconds, warmUpSeconds: 1, arrivals: 'poisson', random });
  });
  await context.part('throughput', async (part) => {
    const requests = REQUESTS[sizeOf(full)];
    context.step(`${count(requests)} requests, ${AT_ONCE} at once`);
    const load = { at, atOnce: AT_ONCE, requests, warmUp: WARM_UP[sizeOf(full)] };
    const took = await runClosedLoop(context, part, population, load);
    part.figure('seconds_1', took, 's', `${count(requests)} requests`);
    part.figure('requests_1', requests, 'requests', 'in the closed loop');
  });
}

async function oneRound(context: ExperimentContext, round: number, control: boolean): Promise<void> {
  const { users, rate, seconds, seed, full } = context.options;
  context.step(`round ${round} of ${ROUNDS}${control ? ' (the same side again)' : ''}`);
  const [server] = await context.servers(1);
  if (server === undefined) throw new Error('One server was asked for.');
  const at = server.url;
  const population = createPopulation(context, users, 50);
  await registerAccounts(population, [at], context.signal);
  const enter = (part: Part) => signIn(context, part, population, { at });
  const size = sizeOf(full);
  const throughput = async (part: Part) => {
    await enter(part);
    const requests = REQUESTS[size];
    const took = await runClosedLoop(context, part, population, {
      at,
      atOnce: AT_ONCE,
      requests,
      warmUp: WARM_UP[size],
    });
    part.figure(`seconds_${round}`, took, 's', `${count(requests)} requests, round ${round}`);
    part.figure(`requests_${round}`, requests, 'requests', `in round ${round}`);
  };
  if (control) return context.part('control', throughput);
  await context.part('throughput', throughput);
  await context.part('latency', async (part) => {
    await enter(part);
    const random = createRandom(seed, `load ${round}`);
    await runOpenLoop(context, part, population, { at, rate, seconds, warmUpSeconds: 1, arrivals: 'poisson', random });
  });
}

const valuesOf = (part: PartSummary | undefined, name: string): number[] =>
  Array.from({ length: ROUNDS }, (_, index) => part?.figures[`${name}_${index + 1}`]?.value ?? Number.NaN);

function ratesOf(part: PartSummary | undefined): number[] {
  const seconds = valuesOf(part, 'seconds');
  return valuesOf(part, 'requests').map((requests, round) => requests / (seconds[round] ?? Number.NaN));
}

function compared(parts: readonly PartSummary[], over: string, under: string) {
  return computeRatio(ratesOf(findPart(parts, over, 'throughput')), ratesOf(findPart(parts, under, 'throughput')));
}

function checkControl(parts: readonly PartSummary[], side: string): Check[] {
  const ratio = computeRatio(ratesOf(findPart(parts, side, 'control')), ratesOf(findPart(parts, side, 'throughput')));
  return [
    {
      id: 'control',
      text: `${side} beside itself shows no difference`,
      kind: 'control',
      // A difference where there is none means that the machine was not still enough: nothing was shown.
      outcome: ratio.high === Number.POSITIVE_INFINITY || ratio.differs ? 'unknown' : 'holds',
      detail: formatRatio(ratio),
    },
  ];
}

function cellOf(part: PartSummary, parts: readonly PartSummary[]): Omit<Cell, 'scenario' | 'side'> {
  const errors = countErrors(part) + part.lost.count;
  const common = {
    outcome: judgeFailures(part, part.lost.count === 0),
    tone: 'neutral' as const,
    errors,
    evidence: listEvidence(part),
  };
  if (part.scenario === 'latency') {
    const { p50, p99 } = part.responseTime;
    const text = `p50 ${p50 === null ? '–' : millis(p50)}, p99 ${p99 === null ? 'of too few samples' : millis(p99)}`;
    return { ...common, text: `${text}${lostToo(part)}`, ...(p99 === null ? {} : { p99Ms: p99 }) };
  }
  const { requests, seconds } = sumRounds(part);
  const beside = part.scenario === 'control' ? checkControl(parts, part.side)[0]?.detail : undefined;
  return {
    ...common,
    text: `${count(Math.round(requests / seconds))} req/s${lostToo(part)}${beside === undefined ? '' : `, ${beside}`}`,
  };
}

/** What breaks it, if anybody is: a load signs nobody out. */
const lostToo = ({ lost }: PartSummary): string => (lost.count === 0 ? '' : `; ${count(lost.count)} users signed out`);

/** Of all rounds: their rates are not averaged. */
function sumRounds(part: PartSummary | undefined) {
  const sum = (figure: string) =>
    valuesOf(part, figure)
      .filter(Number.isFinite)
      .reduce((all, value) => all + value, 0);
  return { requests: sum('requests'), seconds: sum('seconds') };
}

/** The course's form, to the letter. */
function createLines(parts: readonly PartSummary[]): string[] {
  const line = (name: string, side: string) => {
    const part = findPart(parts, side, 'throughput');
    const { requests, seconds } = sumRounds(part);
    const rate = Math.round(requests / seconds);
    return part === undefined ? [] : [`[${name}] ${requests} requests in ${seconds.toFixed(1)}s (${rate} req/s)`];
  };
  const difference = compared(parts, 'memory', 'jwt');
  return [
    ...line('Stateless', 'jwt'),
    ...line('Stateful', 'memory'),
    ...(difference.rounds === 0
      ? []
      : [`[Difference] stateful to stateless, requests per second: ${formatRatio(difference)}`]),
  ];
}
