// More and more users sign in at one server under the same load: what each weighs, and whether requests take longer.

import { formatCount } from '../common/format.ts';
import type { Check, Experiment, ExperimentContext, Judgement, PartSummary } from '../contracts/experiment.ts';
import { describeAnyFailures, describeLatency, findPart, judgeFailures } from '../judge/parts.ts';
import { pickSides } from '../setup/sides.ts';
import { checkTokenWeight, describeWeights, growCrowd, loadCrowd, startCrowd, USERS_PER_ACCOUNT } from './crowd.ts';

/** Shares of the users, a scenario each. */
const STEPS = { tenth: 0.1, half: 0.5, all: 1 };
/** By how much the weight of a session may differ between half of the users and all: hash tables grow in steps. */
const TOLERANCE = 0.25;

export const capacity: Experiment = {
  id: 'capacity',
  title: 'Many users',
  question: 'What does a signed-in user weigh, and do answers get slower when there are many?',
  hypothesis: 'A signed token weighs nothing on the server; a session weighs the same however many there are.',
  summary: 'more and more signed-in users: memory per user in server and Redis, p99 as users grow',
  sides: pickSides('jwt', 'memory', 'redis', 'redis+tracked'),
  onRequest: pickSides('sqlite', 'postgres'),
  scenarios: [
    { id: 'tenth', text: 'A tenth of {users} users' },
    { id: 'half', text: 'Half of them' },
    { id: 'all', text: '{users} users signed in' },
  ],
  defaults: { servers: 1, users: 4_000, rate: 200, seconds: 3 },
  full: { servers: 1, users: 100_000, rate: 500, seconds: 6 },
  takes: { defaults: 64, full: 520 },
  latenessBoundMs: 100,
  ownRedis: true,

  run: (lab) => lab.onEachSide(fillServer),
  judgePart: judgeStep,
  summarize({ plan, parts }) {
    const all = parts.filter(({ scenario }) => scenario === 'all');
    const weights = all.map((part) => `${part.side}: ${describeWeights(part)}`).join('; ');
    return `With ${formatCount(plan.options.users)} users: ${weights}.`;
  },
  check: ({ parts }) => [
    ...checkSameWeight(parts, 'memory', 'heap_per_user'),
    ...checkSameWeight(parts, 'redis', 'redis_per_user'),
    ...checkSameWeight(parts, 'redis+tracked', 'redis_per_user'),
    ...checkSameWeight(parts, 'postgres', 'postgres_per_user'),
    ...checkTokenWeight(parts, 'all'),
  ],
  notes: () => [
    `${USERS_PER_ACCOUNT} users share an account as its devices, and in Redis a key. Accounts are in a SQLite file, whatever the mode, and are registered before the first weighing.`,
    WEIGHING,
  ],
};

export const WEIGHING =
  'Memory per user: what a fresh server holds after a collection of garbage (heap and buffers, without the cache of verified tokens), ' +
  'less what the same server held without users, when 1,000 of them had signed in, asked and signed out; and used_memory of Redis. ' +
  '"Below" gives the smallest weight that so many users can show.';

async function fillServer(context: ExperimentContext): Promise<void> {
  const { users } = context.options;
  const crowd = await startCrowd(context);
  for (const [scenario, share] of Object.entries(STEPS)) {
    await context.runPart(scenario, async (part) => {
      await growCrowd(part, crowd, Math.max(crowd.users + 1, Math.round(users * share)));
      await loadCrowd(part, crowd);
    });
  }
}

function judgeStep(part: PartSummary): Judgement {
  const judgement = judgeCrowd(part);
  return { ...judgement, text: `${describeLatency(part.responseTime)}; ${judgement.text}` };
}

export function judgeCrowd(part: PartSummary): Judgement {
  return {
    text: `${describeWeights(part)}${describeAnyFailures(part)}`,
    outcome: judgeFailures(part, part.lost.count === 0),
    tone: 'neutral',
    figures: Object.keys(part.figures).filter((name) => name.includes('_per_user')),
  };
}

/** Nothing where so few users cannot show the weight. */
function checkSameWeight(parts: readonly PartSummary[], side: string, figure: string): Check[] {
  const read = (scenario: string) => findPart(parts, side, scenario)?.figures[figure]?.value;
  const [half, all] = [read('half'), read('all')];
  if (half === undefined || all === undefined) return [];
  return [
    {
      id: `same-weight-${side}`,
      text: `${side}: a session weighs the same however many there are, within ${TOLERANCE * 100} %`,
      kind: 'experiment',
      outcome: Math.abs(all / half - 1) <= TOLERANCE ? 'holds' : 'broken',
      detail: `${formatCount(half)} bytes with half of the users, ${formatCount(all)} with all`,
    },
  ];
}
