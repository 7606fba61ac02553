// One of several servers has the wrong time: its wall clock jumps an hour ahead, later an hour behind. Everybody asks every
// server (with memory: their own), before, meanwhile, and when the clock is right again; and new users sign in at that
// server meanwhile.

import { runInTurns } from '../common/turns.ts';
import type { ExperimentContext, Lab, Part } from '../context/lab.ts';
import type { Experiment } from '../contracts/experiment.ts';
import type { Cell, PartSummary } from '../contracts/report.ts';
import { type ClockStep, stepClock } from '../faults/clock.ts';
import { type Asker, runWithAsker } from '../load/load.ts';
import { createPopulation, registerAccounts, signIn } from '../load/population.ts';
import type { ServerProcess } from '../processes/server.ts';
import { sides } from '../setup/sides.ts';
import { count, createCells, createSentence, describeFailures, judgeFailures, listEvidence } from './cells.ts';

const HOUR_MS = 3_600_000;
/** More than a token lives here and than a session may be idle: half an hour each. */
const STEPS = { ahead: HOUR_MS, behind: -HOUR_MS } as const;
type Scenario = keyof typeof STEPS;

export const clockStep: Experiment<Lab> = {
  id: 'clock-step',
  title: 'A clock is stepped',
  question: 'The wall clock of one server jumps by an hour. Who is signed out, and where?',
  hypothesis:
    'Sessions do not notice: their time is counted by clocks that nobody steps. A signed token is read by the wall clock: a ' +
    'server that is ahead refuses every token, and the tokens of a server that is behind are refused by every other.',
  summary: 'one of three servers has its wall clock an hour ahead, then behind: who is signed out, and where',
  sides: sides('jwt', 'memory+affinity', 'redis', 'redis+tracked'),
  scenarios: [
    { id: 'ahead', text: 'One of {servers} clocks jumps 1 h ahead, and is set right' },
    { id: 'behind', text: 'One of {servers} clocks jumps 1 h behind, and is set right' },
  ],
  defaults: { servers: 3, users: 30, rate: 1, seconds: 1 },
  full: { servers: 3, users: 200, rate: 1, seconds: 1 },
  remote: false,

  async run(lab) {
    for (const { id } of lab.sides) await lab.on(id, stepOne);
  },

  judge(plan, parts) {
    const cells = createCells(plan, parts, (part) => cellOf(part, plan.options.servers > 1));
    const bad = cells.filter(({ tone }) => tone === 'bad').map(({ side, text }) => `${side}: ${text}`);
    const kept = plan.sides.filter(({ id }) => cells.every(({ side, tone }) => side !== id || tone === 'good'));
    const keeps = kept.length === 0 ? [] : [`${kept.map(({ id }) => id).join(', ')}: nobody notices`];
    return {
      sentence: createSentence(cells, `With one clock wrong by an hour, ${[...bad, ...keeps].join('; ')}.`),
      cells,
      checks: [],
      notes: [
        'Only Date is stepped, as in a real step: monotonic clocks and timers go on. The proof is the Date header of that server’s own /health.',
        'A token that is signed by a server that is ahead lives that much longer everywhere.',
      ],
    };
  },
};

async function stepOne(context: ExperimentContext): Promise<void> {
  const { servers } = context.options;
  context.step(`starting ${servers} servers`);
  const fleet = await context.servers(servers, {}, { ownClock: true });
  for (const scenario of Object.keys(STEPS) as Scenario[])
    await context.part(scenario, (part) => aroundStep(context, part, fleet, scenario));
}

async function aroundStep(context: ExperimentContext, part: Part, fleet: readonly ServerProcess[], scenario: Scenario) {
  const [wrong, ...others] = fleet;
  if (wrong === undefined) throw new Error('There is no server whose clock could be stepped.');
  const { users } = context.options;
  const [at, elsewhere] = [fleet.map(({ url }) => url), others.map((_, index) => index + 1)];
  const population = createPopulation(context, 2 * users);
  const [old, late] = [0, users].map((from) => Array.from({ length: users }, (_, index) => from + index)) as [
    number[],
    number[],
  ];
  context.step(`signing ${count(users)} users in, asking every server`);
  await registerAccounts(population, at, context.signal);
  await signIn(context, part, population, { at, users: old });
  await runWithAsker(part, population, { at }, async (asker) => {
    const refused = (some: readonly number[], servers: readonly number[]) =>
      refusals(context, part, asker, some, servers);
    const home = (some: readonly number[], server: number) =>
      context.side.affinity ? some.filter((user) => user % fleet.length === server) : some;
    const refusedAt = async (servers: readonly number[]) => {
      let sum = 0;
      for (const server of servers) sum += await refused(home(old, server), [server]);
      return sum;
    };
    const figure = (name: string, value: number, text: string) => part.figure(name, value, 'users', text);
    figure('refused_before', await refusedAt([0, ...elsewhere]), 'refused before the step');
    context.step(`the clock of ${wrong.name}: 1 h ${scenario}`);
    await stepClock(part, wrong, stepOf(context, wrong, scenario));
    figure('asked_there', home(old, 0).length, `asked ${wrong.name} meanwhile`);
    figure('refused_there', await refusedAt([0]), `refused by ${wrong.name} meanwhile`);
    figure('refused_elsewhere', await refusedAt(elsewhere), 'refused by another server meanwhile');
    await signIn(context, part, population, { at: wrong.url, users: late });
    figure('late_refused_there', await refused(late, [0]), `signed in at ${wrong.name} meanwhile, and refused there`);
    const away = context.side.affinity ? [] : elsewhere.slice(0, 1);
    figure(
      'late_refused_elsewhere',
      await refused(late, away),
      `signed in at ${wrong.name} meanwhile, refused elsewhere`,
    );
    await stepClock(part, wrong, { offsetMs: 0, text: `${wrong.name}: the clock is right again` });
    figure('refused_after', await refusedAt([0, ...elsewhere]), 'refused when the clock was right again');
  });
}

/** How many answers were a 401. */
async function refusals(
  context: ExperimentContext,
  part: Part,
  asker: Asker,
  users: readonly number[],
  servers: readonly number[],
) {
  let refused = 0;
  for (const server of servers)
    await runInTurns(users, 16, async (user) => {
      context.signal.throwIfAborted();
      if ((await asker.askNow(user, part.now(), false, server)) === 'signedOut') refused += 1;
    });
  return refused;
}

/** Whom it may sign out: with tokens everybody who asks a server that is ahead, and the users of one that is behind. */
function stepOf({ side }: ExperimentContext, { name }: ServerProcess, scenario: Scenario): ClockStep {
  const step = { offsetMs: STEPS[scenario], text: `${name}: the clock jumps 1 h ${scenario}` };
  if (side.id !== 'jwt') return step;
  const ahead = { servers: 'all', cause: `the clock of ${name} is 1 h ahead: to it every token has expired` } as const;
  const behind = { servers: [name], cause: `the clock of ${name} is 1 h behind: what it signs has expired elsewhere` };
  return { ...step, excuses: scenario === 'ahead' ? ahead : behind };
}

function cellOf(part: PartSummary, several: boolean): Omit<Cell, 'scenario' | 'side'> {
  const value = (name: string) => part.figures[name]?.value ?? 0;
  const users = part.signIns / 2;
  const there = part.side === 'jwt' && part.scenario === 'ahead' ? value('asked_there') : 0;
  const away = part.side === 'jwt' && part.scenario === 'behind' && several ? users : 0;
  const never = ['refused_before', 'refused_elsewhere', 'late_refused_there', 'refused_after'];
  const right =
    value('refused_there') === there &&
    value('late_refused_elsewhere') === away &&
    never.every((name) => value(name) === 0);
  const losses = [
    [value('refused_there'), `of ${count(value('asked_there'))} refused by that server`],
    [value('refused_elsewhere'), 'refused by another'],
    [value('late_refused_there'), 'refused by that server, where they had signed in'],
    [value('late_refused_elsewhere'), `of ${count(users)} who signed in there refused elsewhere`],
    [value('refused_after'), 'refused when the clock was right again'],
  ] as const;
  const told = losses.filter(([number]) => number > 0).map(([number, text]) => `${count(number)} ${text}`);
  const failed = describeFailures(part);
  return {
    text: [...(told.length === 0 ? ['all stay signed in'] : told), ...(failed === NONE_FAILED ? [] : [failed])].join(
      '; ',
    ),
    outcome: judgeFailures(part, right),
    tone: told.length === 0 ? 'good' : 'bad',
    lost: part.lost.count,
    evidence: listEvidence(part),
  };
}

const NONE_FAILED = 'no request failed';
