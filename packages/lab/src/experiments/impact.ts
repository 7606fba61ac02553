// The course's table "Real impact", measured: scale out, a crash, a crowd, for each answer to the question.

import type { ExperimentContext, Lab } from '../context/lab.ts';
import type { Experiment } from '../contracts/experiment.ts';
import type { Cell, PartSummary } from '../contracts/report.ts';
import { createPopulation } from '../load/population.ts';
import { startGateway } from '../processes/gateway.ts';
import { sides } from '../setup/sides.ts';
import {
  count,
  countAsked,
  countErrors,
  createCells,
  createSentence,
  describeFailuresToo,
  judgeFailures,
  listEvidence,
  millis,
} from './cells.ts';
import { checkExactSet, crashCell, crashUnderLoad } from './crash.ts';
import { checkTokenWeight, createCrowdEnv, describeWeights, measureCrowd, prepareCrowd, weigh } from './crowd.ts';
import { scaleCell, scaleOut } from './scale.ts';

/** Users of the first two rows; the third has `--users`. */
const FEW = 200;
const CRASHING = 3;
/** Users of the third row who share an account: every further account is one more password to hash. */
const SHARING = 10;
/** Their load: enough for each of them to ask twice. */
const BRIEF = { rate: 200, seconds: 2 };

export const impact: Experiment<Lab> = {
  id: 'impact',
  title: 'Real impact',
  question:
    'When a user makes two requests, how does the server remember that it is the same person, and what does each answer cost?',
  hypothesis:
    'A signed token and a shared store survive scaling and a crash; a server’s own memory loses users to both, affinity ' +
    'helps with the first only. A token weighs nothing, a session weighs where it is kept.',
  summary: 'the course’s table, measured: scale out, one server crashes, many users × every mode (npm start)',
  sides: sides('jwt', 'memory', 'memory+affinity', 'redis', 'redis+tracked'),
  scenarios: [
    { id: 'scale', text: '1 → {servers} servers' },
    { id: 'crash', text: 'One of 3 servers killed (kill -9)' },
    { id: 'crowd', text: '{users} users at one server' },
  ],
  defaults: { servers: 10, users: 1_000, rate: 400, seconds: 2 },
  full: { servers: 10, users: 100_000, rate: 400, seconds: 6 },
  remote: false,

  async run(lab) {
    for (const { id } of lab.sides) await lab.on(id, wholeColumn);
  },

  judge(plan, parts) {
    const cells = createCells(plan, parts, (part) => {
      if (part.scenario === 'scale') return scaleCell(plan, part);
      return part.scenario === 'crash' ? crashCell(part) : crowdCell(part);
    });
    return {
      sentence: createSentence(cells, describeSuccess(parts)),
      cells,
      checks: [...checkExactSet(parts), ...checkTokenWeight(parts, 'crowd')],
      notes: NOTES,
    };
  },
};

const NOTES = [
  `Up to ${SHARING} users of the third row share an account, each with a session of their own; the identity check sees a swap of two users when their accounts differ.`,
  'A server’s memory is its resident set, garbage included; below 10,000 users nothing is said per user.',
];

async function wholeColumn(context: ExperimentContext): Promise<void> {
  const { servers, users } = context.options;
  context.step(`starting ${servers} servers and the gateway`);
  const fleet = await context.servers(Math.max(servers, CRASHING), createCrowdEnv(context));
  const gateway = await startGateway(context, fleet);
  const population = createPopulation(context, Math.min(FEW, users));
  await context.part('scale', (part) => scaleOut(context, part, { fleet, gateway, population, to: servers, ...BRIEF }));
  const three = fleet.slice(0, CRASHING);
  await context.part('crash', async (part) => {
    await gateway.serve(three);
    await crashUnderLoad(context, part, { fleet: three, gateway, population, ...BRIEF });
  });
  // The last server has seen the fewest users so far, and was not killed.
  const [alone] = fleet.slice(-1);
  if (alone === undefined) return;
  await gateway.serve([alone]);
  const crowd = await prepareCrowd(context, alone, users, Math.max(FEW, Math.ceil(users / SHARING)));
  const empty = await weigh(context, alone);
  await context.part('crowd', (part) =>
    measureCrowd(context, part, { server: alone, at: gateway.url, population: crowd, from: 0, to: users, empty }),
  );
}

function crowdCell(part: PartSummary): Omit<Cell, 'scenario' | 'side'> {
  const errors = countErrors(part);
  const { p50, p99 } = part.responseTime;
  // The cell has the p99 where there is one.
  const latency = p99 === null && p50 !== null ? `p50 ${millis(p50)}; ` : '';
  const asked = Math.min(countAsked(part), part.signIns);
  return {
    text: `${latency}${describeWeights(part)}${describeFailuresToo(part)}`,
    outcome: judgeFailures(part, part.lost.count === 0),
    tone: 'neutral',
    lost: part.lost.count,
    errors,
    ...(p99 === null ? {} : { p99Ms: p99 }),
    evidence: [...listEvidence(part), `${count(asked)} of the ${count(part.signIns)} were asked for`],
  };
}

function describeSuccess(parts: readonly PartSummary[]): string {
  const losers = (scenario: string) =>
    parts
      .filter((part) => part.scenario === scenario && part.lost.count > 0)
      .map((part) => `${part.side} signs ${count(part.lost.count)} of ${count(part.signIns)} users out`);
  const said = (scenario: string, when: string) => `${when} ${losers(scenario).join(', ') || 'nobody is signed out'}`;
  return `${said('scale', 'When servers are added,')}; ${said('crash', 'when one is killed,')}; in every other case all stay signed in.`;
}
