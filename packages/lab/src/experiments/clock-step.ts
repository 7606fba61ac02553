// One of several servers has the wrong time: its wall clock jumps an hour ahead, later an hour behind. All users ask
// every server (with memory: their own) before, meanwhile, and when the clock is right again; new users sign in there.

import { formatCount } from '../common/format.ts';
import { runInTurns } from '../common/turns.ts';
import type { Experiment, ExperimentContext, Judgement, Part, PartSummary, Seen } from '../contracts/experiment.ts';
import { type ClockStep, stepClock } from '../faults/clock.ts';
import { listCells } from '../judge/cells.ts';
import { describeAnyFailures, judgeFailures } from '../judge/parts.ts';
import { type Asker, runWithAsker } from '../load/asker.ts';
import { createPopulation } from '../load/population.ts';
import { registerAccounts, signIn } from '../load/sign-in.ts';
import type { ServerProcess } from '../processes/server.ts';
import { pickSides } from '../setup/sides.ts';

const HOUR_MS = 3_600_000;
/** More than the life of a token and the idle time of a session here: half an hour each. */
const STEPS_MS: Readonly<Record<string, number>> = { ahead: HOUR_MS, behind: -HOUR_MS };
const PARALLEL = 16;

export const clockStep: Experiment = {
  id: 'clock-step',
  title: 'A clock is stepped',
  question: 'The wall clock of one server jumps by an hour. Who is signed out, and where?',
  hypothesis:
    'Sessions are not affected: their time is measured by clocks that are not stepped. Signed tokens are checked by the ' +
    'wall clock: a server with the wrong time refuses the tokens of all others, and all others refuse its tokens.',
  summary: 'one of three servers has its wall clock an hour ahead, then behind: who is signed out, and where',
  sides: pickSides('jwt', 'memory+affinity', 'redis', 'redis+tracked'),
  scenarios: [
    { id: 'ahead', text: 'One of {servers} clocks jumps 1 h ahead, and is set right' },
    { id: 'behind', text: 'One of {servers} clocks jumps 1 h behind, and is set right' },
  ],
  defaults: { servers: 3, users: 30, rate: 1, seconds: 1 },
  full: { servers: 3, users: 200, rate: 1, seconds: 1 },
  takes: { defaults: 12, full: 29 },

  run: (lab) => lab.onEachSide(stepOne),
  judgePart: judgeStep,
  summarize({ plan, cells }) {
    const losses = cells.filter(({ tone }) => tone === 'bad');
    const kept = plan.sides.filter(({ id }) => cells.every(({ side, tone }) => side !== id || tone === 'good'));
    const keeps = kept.length === 0 ? [] : [`${kept.map(({ id }) => id).join(', ')}: no user is affected`];
    return `With one clock wrong by an hour, ${[...(losses.length === 0 ? [] : [listCells(losses)]), ...keeps].join('; ')}.`;
  },
  notes: () => [
    'Only Date is stepped, as in a real step: monotonic clocks and timers go on. The proof is the Date header of that server.',
    'A token is refused after it expires, and also where it was issued more than a minute in the future.',
  ],
};

async function stepOne(context: ExperimentContext): Promise<void> {
  const { servers } = context.options;
  context.step(`starting ${servers} servers`);
  const fleet = await context.startServers(servers, { preload: 'stepped-clock' });
  for (const scenario of Object.keys(STEPS_MS))
    await context.runPart(scenario, (part) => measureStep(part, fleet, scenario));
}

async function measureStep(
  part: Part,
  fleet: readonly [ServerProcess, ...ServerProcess[]],
  scenario: string,
): Promise<void> {
  const { context } = part;
  const { users } = context.options;
  const [wrong, ...others] = fleet;
  const at = fleet.map(({ url }) => url);
  const elsewhere = others.map((_, index) => index + 1);
  const population = createPopulation(context, 2 * users);
  const old = [...Array(users).keys()];
  const late = old.map((user) => users + user);
  const { affinity } = context.side;
  /** With affinity a user asks only the server of their sign-in. */
  const listAskers = (server: number) => (affinity ? old.filter((user) => user % fleet.length === server) : old);
  const record = (name: string, value: number, text: string, unit = 'users') =>
    part.recordFigure(name, value, unit, text);

  context.step(`signing ${formatCount(users)} users in, asking every server`);
  await registerAccounts(context, population, at);
  await signIn(part, population, { at, users: old });
  await runWithAsker(part, population, { at }, async (asker) => {
    const count = (some: readonly number[], server: number) => countRefused(context, asker, some, server);
    const countOld = async (...servers: readonly number[]) => {
      let refused = 0;
      for (const server of servers) refused += await count(listAskers(server), server);
      return refused;
    };
    record('refused_before', await countOld(0, ...elsewhere), 'refused before the step', 'answers');
    context.step(`the clock of ${wrong.name}: 1 h ${scenario}`);
    await stepClock(part, wrong, planStep(context, wrong, scenario));
    record('asked_there', listAskers(0).length, `asked ${wrong.name} meanwhile`);
    record('refused_there', await countOld(0), `refused by ${wrong.name} meanwhile`);
    record('refused_elsewhere', await countOld(...elsewhere), 'refused by another server meanwhile', 'answers');
    await signIn(part, population, { at: wrong.url, users: late });
    record('late_refused_there', await count(late, 0), `signed in at ${wrong.name} meanwhile, and refused there`);
    const refused = affinity || others.length === 0 ? 0 : await count(late, 1);
    record('late_refused_elsewhere', refused, `signed in at ${wrong.name} meanwhile, refused elsewhere`);
    await stepClock(part, wrong, { offsetMs: 0, text: `${wrong.name}: the clock is right again` });
    record('refused_after', await countOld(0, ...elsewhere), 'refused when the clock was right again', 'answers');
  });
}

/** How many answers were a 401. */
async function countRefused({ signal }: ExperimentContext, asker: Asker, users: readonly number[], server: number) {
  const outcomes = await runInTurns(users, PARALLEL, async (user) => {
    signal.throwIfAborted();
    return asker.ask(user, { server });
  });
  return outcomes.filter((outcome) => outcome === 'signedOut').length;
}

/** It may sign out all users with tokens: those who ask that server, and those who signed in there. */
function planStep({ side }: ExperimentContext, { name }: ServerProcess, scenario: string): ClockStep {
  const step = { offsetMs: STEPS_MS[scenario] ?? 0, text: `${name}: the clock jumps 1 h ${scenario}` };
  const cause = `the clock of ${name} is 1 h ${scenario}: it and the others refuse the tokens of each other`;
  return side.id === 'jwt' ? { ...step, excuses: { servers: 'all', cause } } : step;
}

function judgeStep(part: PartSummary, { plan }: Seen): Judgement {
  const read = (name: string) => part.figures[name]?.value ?? 0;
  const users = part.signIns / 2;
  const jwt = part.side === 'jwt';
  const promisedThere = jwt ? read('asked_there') : 0;
  const promisedElsewhere = jwt && plan.options.servers > 1 ? users : 0;
  const never = ['refused_before', 'refused_elsewhere', 'late_refused_there', 'refused_after'];
  const promised =
    read('refused_there') === promisedThere &&
    read('late_refused_elsewhere') === promisedElsewhere &&
    never.every((name) => read(name) === 0);
  const losses = Object.entries({
    refused_there: `of ${formatCount(read('asked_there'))} users refused by that server`,
    refused_elsewhere: 'answers of other servers were refusals',
    late_refused_there: 'users refused by that server, where they had signed in',
    late_refused_elsewhere: `of ${formatCount(users)} users who signed in there refused elsewhere`,
    refused_after: 'answers were refusals when the clock was right again',
  }).flatMap(([name, text]) => (read(name) === 0 ? [] : [`${formatCount(read(name))} ${text}`]));
  return {
    text: (losses.length === 0 ? 'all stay signed in' : losses.join('; ')) + describeAnyFailures(part),
    outcome: judgeFailures(part, promised),
    tone: losses.length === 0 ? 'good' : 'bad',
  };
}
