// The table of the course, measured: scale out, a crash and a crowd, for each answer to the question.

import type { Experiment, ExperimentContext } from '../contracts/experiment.ts';
import { createPopulation } from '../load/population.ts';
import { startGateway } from '../processes/gateway.ts';
import { pickSides } from '../setup/sides.ts';
import { judgeCrowd, WEIGHING } from './capacity.ts';
import { checkExactSet, crashUnderLoad, describeKept, judgeCrash } from './crash.ts';
import { checkTokenWeight, growCrowd, loadCrowd, startCrowd, USERS_PER_ACCOUNT } from './crowd.ts';
import { judgeScale, scaleOut } from './scale.ts';

/** Users of the first two rows; the third has `--users`. */
const FEW = 200;
/** Servers of the second row. */
const CRASHING = 3;
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
    { id: 'crowd', text: '{users} users at one server: memory per user' },
  ],
  defaults: { servers: 10, users: 2_000, rate: 400, seconds: 1 },
  full: { servers: 10, users: 100_000, rate: 400, seconds: 6 },
  takes: { defaults: 80, full: 600 },
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
    `Up to ${USERS_PER_ACCOUNT} users of the third row share an account, each with a session of their own, and in Redis with one key for all; the identity check sees a swap of two users if their accounts differ.`,
    WEIGHING,
  ],
};

async function measureColumn(context: ExperimentContext): Promise<void> {
  const { servers, users } = context.options;
  context.step(`starting ${servers} servers and the gateway`);
  const fleet = await context.startServers(Math.max(servers, CRASHING));
  const gateway = await startGateway(context, fleet);
  const population = createPopulation(context, Math.min(FEW, users));
  const scaled = fleet.slice(0, servers);
  await context.runPart('scale', (part) => scaleOut(part, { fleet: scaled, gateway, population, ...BRIEF }));

  const [first, ...others] = fleet;
  const three = [first, ...others.slice(0, CRASHING - 1)] as const;
  await gateway.serve(three);
  await context.runPart('crash', (part) => crashUnderLoad(part, { fleet: three, gateway, population, ...BRIEF }));

  // A server that has done nothing else. The others are idle meanwhile.
  const crowd = await startCrowd(context);
  await context.runPart('crowd', async (part) => {
    await growCrowd(part, crowd, users);
    await loadCrowd(part, crowd);
  });
}
