// The table of the course, measured: scale out, a crash and a crowd, for each answer to the question.

import type { Experiment, ExperimentContext } from '../contracts/experiment.ts';
import { callRoll } from '../load/load.ts';
import { createPopulation } from '../load/population.ts';
import { startGateway } from '../processes/gateway.ts';
import { pickSides } from '../setup/sides.ts';
import { judgeCrowd, WEIGHING } from './capacity.ts';
import { checkExactSet, crashUnderLoad, describeKept, judgeCrash } from './crash.ts';
import { checkTokenWeight, createCrowdEnv, growCrowd, loadCrowd, prepareCrowd, weighCrowd } from './crowd.ts';
import { judgeScale, scaleOut } from './scale.ts';

/** Users of the first two rows; the third has `--users`. */
const FEW = 200;
/** Servers of the second row. */
const CRASHING = 3;
/** Users of the third row who share an account: every further account is one more password to hash. */
const USERS_PER_ACCOUNT = 10;
/** The load of the first two rows: each user asks twice. */
const BRIEF = { rate: 200, seconds: 2 };

export const impact: Experiment = {
  id: 'impact',
  title: 'Real impact',
  question:
    'When a user makes two requests, how does the server remember that it is the same person, and what does each answer cost?',
  hypothesis:
    'A signed token and a shared store survive scaling and a crash; the memory of a server loses users to both, and affinity ' +
    'helps with the first only. A token weighs nothing, a session weighs where it is kept.',
  summary: 'the course’s table, measured: scale out, a crash, many users × every mode (npm start)',
  sides: pickSides('jwt', 'memory', 'memory+affinity', 'redis', 'redis+tracked'),
  onRequest: pickSides('sqlite', 'postgres'),
  scenarios: [
    { id: 'scale', text: '1 → {servers} servers' },
    { id: 'crash', text: 'One of 3 servers killed (kill -9)' },
    { id: 'crowd', text: '{users} users at one server' },
  ],
  defaults: { servers: 10, users: 1_000, rate: 400, seconds: 2 },
  full: { servers: 10, users: 100_000, rate: 400, seconds: 6 },
  latenessBoundMs: 100,

  run: (lab) => lab.onEachSide(measureColumn),
  judgePart(part, seen) {
    if (part.scenario === 'scale') return judgeScale(part, seen);
    return part.scenario === 'crash' ? judgeCrash(part) : judgeCrowd(part);
  },
  summarize({ parts }) {
    const describe = (id: string) => describeKept(parts.filter(({ scenario }) => scenario === id));
    return `When servers are added, ${describe('scale')}. When one is killed, ${describe('crash')}.`;
  },
  check: ({ parts }) => [...checkExactSet(parts), ...checkTokenWeight(parts, 'crowd')],
  notes: () => [
    `Up to ${USERS_PER_ACCOUNT} users of the third row share an account, each with a session of their own; the identity check sees a swap of two users if their accounts differ.`,
    WEIGHING,
  ],
};

async function measureColumn(context: ExperimentContext): Promise<void> {
  const { servers, users } = context.options;
  context.step(`starting ${servers} servers and the gateway`);
  const options = { env: createCrowdEnv(context), preload: 'heap' } as const;
  const fleet = await context.startServers(Math.max(servers, CRASHING), options);
  const gateway = await startGateway(context, fleet);
  const population = createPopulation(context, Math.min(FEW, users));
  const scaled = fleet.slice(0, servers);
  await context.runPart('scale', (part) => scaleOut(part, { fleet: scaled, gateway, population, ...BRIEF }));

  const [first, ...others] = fleet;
  const three = [first, ...others.slice(0, CRASHING - 1)] as const;
  await gateway.serve(three);
  await context.runPart('crash', (part) => crashUnderLoad(part, { fleet: three, gateway, population, ...BRIEF }));

  // The last server was not killed, and has had the fewest users so far.
  const last = fleet.at(-1) ?? first;
  await gateway.serve([last]);
  const crowd = await prepareCrowd(context, last, users, Math.max(FEW, Math.ceil(users / USERS_PER_ACCOUNT)));
  await context.runPart('crowd', async (part) => {
    // The first tenth makes the server warm.
    await growCrowd(part, crowd, Math.ceil(users / 10));
    await callRoll(part, crowd.population, { at: last.url, among: crowd.users });
    await weighCrowd(part, crowd);
    await growCrowd(part, crowd, users);
    await loadCrowd(part, crowd, gateway.url);
  });
}
