// More and more users signed in at one server: what each weighs, and whether answers get slower. The load stays the same.

import type { ExperimentContext, Lab } from '../context/lab.ts';
import type { Experiment } from '../contracts/experiment.ts';
import type { Cell, Check, PartSummary } from '../contracts/report.ts';
import { sides } from '../setup/sides.ts';
import {
  count,
  countErrors,
  createCells,
  createSentence,
  describeFailuresToo,
  findPart,
  judgeFailures,
  listEvidence,
  millis,
} from './cells.ts';
import { checkTokenWeight, createCrowdEnv, describeWeights, measureCrowd, prepareCrowd, weigh } from './crowd.ts';

/** Shares of the users, a scenario each. */
const STEPS = { tenth: 0.1, half: 0.5, all: 1 } as const;

export const capacity: Experiment<Lab> = {
  id: 'capacity',
  title: 'Many users',
  question: 'What does a signed-in user weigh, and do answers get slower when there are many?',
  hypothesis: 'A signed token weighs nothing on the server; a session weighs the same however many there are.',
  summary: 'more and more signed-in users: memory per user in server and Redis, p99 as users grow',
  sides: sides('jwt', 'memory', 'redis', 'redis+tracked'),
  scenarios: [
    { id: 'tenth', text: 'A tenth of {users} users' },
    { id: 'half', text: 'Half of them' },
    { id: 'all', text: '{users} users signed in' },
  ],
  defaults: { servers: 1, users: 2_000, rate: 200, seconds: 3 },
  full: { servers: 1, users: 100_000, rate: 500, seconds: 6 },
  remote: false,
  ownRedis: true,

  async run(lab) {
    for (const { id } of lab.sides) await lab.on(id, fill);
  },

  judge(plan, parts) {
    const cells = createCells(plan, parts, cellOf);
    const all = parts.filter(({ scenario }) => scenario === 'all');
    const good = all.map((part) => `${part.side}: ${describeWeights(part)}`).join('; ');
    return {
      sentence: createSentence(cells, `With ${count(plan.options.users)} users: ${good}.`),
      cells,
      checks: [...checkSameWeight(parts), ...checkTokenWeight(parts, 'all')],
      notes: NOTES,
    };
  },
};

const NOTES = [
  'Concurrent is three numbers: live sessions, open sockets, requests in flight; each part has them.',
  'Ten users share an account (ten devices each): accounts are in the memory of every server, whatever the mode, and are registered before the first weighing.',
  'A server’s memory is its resident set, garbage included: it is shown, and a session’s weight is judged in Redis alone. What one takes of a collected heap: pnpm bench bytes. Below 10,000 users nothing is said per user.',
];

async function fill(context: ExperimentContext): Promise<void> {
  const { users } = context.options;
  context.step('starting one server');
  const [server] = await context.servers(1, createCrowdEnv(context));
  if (server === undefined) throw new Error('One server was asked for.');
  const population = await prepareCrowd(context, server, users, Math.ceil(users / 10));
  const empty = await weigh(context, server);
  let from = 0;
  for (const [scenario, share] of Object.entries(STEPS)) {
    const to = Math.max(from + 1, Math.round(users * share));
    await context.part(scenario, (part) =>
      measureCrowd(context, part, { server, at: server.url, population, from, to, empty }),
    );
    from = to;
  }
}

function cellOf(part: PartSummary): Omit<Cell, 'scenario' | 'side'> {
  const errors = countErrors(part);
  const { p50, p99 } = part.responseTime;
  // The cell has the p99 where there is one.
  const latency = p99 === null ? (p50 === null ? 'too few samples; ' : `p50 ${millis(p50)}; `) : '';
  const { liveSessions, openSockets, requestsInFlight } = part.concurrency;
  return {
    text: `${latency}${describeWeights(part)}${describeFailuresToo(part)}`,
    outcome: judgeFailures(part, part.lost.count === 0),
    tone: 'neutral',
    errors,
    ...(p99 === null ? {} : { p99Ms: p99 }),
    evidence: [
      ...listEvidence(part),
      `${count(liveSessions)} live sessions, ${count(openSockets)} open sockets, ${count(requestsInFlight)} requests in flight at most`,
    ],
  };
}

/** Half as many users and all of them: by how much a session's weight may differ. Hash tables grow in steps. */
const SAME = 0.25;

/**
 * What the hypothesis says of weights, where they can be told exactly; of too few users nothing is weighed, and nothing checked.
 * A server's resident set is not exact: garbage of a crowd's sign-ins made the same session weigh 2,278 bytes at 50,000
 * users and 1,348 at 100,000. `pnpm bench bytes` weighs its heap, collected.
 */
function checkSameWeight(parts: readonly PartSummary[]): Check[] {
  const weights = (scenario: string, side: string, figure: string) =>
    findPart(parts, side, scenario)?.figures[figure]?.value;
  return (
    [
      ['redis', 'redis_bytes_per_user'],
      ['redis+tracked', 'redis_bytes_per_user'],
    ] as const
  ).flatMap(([side, figure]): Check[] => {
    const [half, all] = [weights('half', side, figure), weights('all', side, figure)];
    if (half === undefined || all === undefined || weights('all', side, 'server_bytes_per_user') === undefined)
      return [];
    return [
      {
        id: `same-weight-${side}`,
        text: `${side}: a session weighs the same however many there are, within ${SAME * 100} %`,
        kind: 'experiment',
        outcome: Math.abs(all / half - 1) <= SAME ? 'holds' : 'broken',
        detail: `${count(Math.round(half))} bytes with half the users, ${count(Math.round(all))} with all`,
      },
    ];
  });
}
