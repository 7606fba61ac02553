// A deployment that runs elsewhere, watched while somebody else does things to it: docker kill, kubectl delete pod, a release.
// The lab sees servers only by who answers (x-served-by), so it also tells which of them fell silent, and when.

import type { ExperimentContext, Lab, Part } from '../context/lab.ts';
import type { Experiment } from '../contracts/experiment.ts';
import type { Cell, PartSummary } from '../contracts/report.ts';
import { callRoll, runOpenLoop } from '../load/load.ts';
import { createPopulation } from '../load/population.ts';
import { createRandom } from '../load/random.ts';
import { enterTarget } from '../load/strangers.ts';
import { sides } from '../setup/sides.ts';
import {
  adviseAffinity,
  count,
  countErrors,
  createCells,
  createSentence,
  describeFailures,
  describeServers,
  listEvidence,
  millis,
} from './cells.ts';
import { createSightings, type Sightings } from './sightings.ts';

export const watch: Experiment<Lab> = {
  id: 'watch',
  title: 'Watching a deployment',
  question: 'Somebody kills servers of a deployment, or releases into it. Who is signed out, and what fails?',
  hypothesis:
    'With a signed token or a shared store nobody is signed out, whatever becomes of single servers; sessions in memory ' +
    'end with their server, and no other.',
  summary: 'users of a --target ask on while you kill its servers: who is signed out, what fails',
  sides: sides('jwt', 'memory', 'memory+affinity', 'redis+tracked', 'redis'),
  scenarios: [{ id: 'watch', text: '{users} users ask for {seconds} s; the fault is yours' }],
  defaults: { servers: 1, users: 30, rate: 100, seconds: 20 },
  full: { servers: 1, users: 100, rate: 200, seconds: 60 },
  remote: {
    scenarios: [{ id: 'watch', text: '{users} users ask for {seconds} s; the fault is yours' }],
    requests: ({ rate, seconds, users }) => rate * seconds + 2 * users,
  },
  needsTarget: true,
  // Who is signed out does not hang on some ms.
  latenessBoundMs: 250,

  async run(lab) {
    const { target } = lab.options;
    if (target === undefined) return;
    for (const { id } of lab.sides)
      await lab.on(id, (context) => context.part('watch', (part) => watchTarget(context, part, target)));
  },

  judge(plan, parts) {
    const cells = createCells(plan, parts, cellOf);
    const good = cells.map(({ side, text }) => `${side}: ${text}`).join('; ');
    return {
      sentence: createSentence(cells, `While it was watched, ${good}.`),
      cells,
      checks: [],
      notes: [
        describeServers(parts),
        ...adviseAffinity(parts),
        'The fault is not the lab’s: that it happened is told by servers that fell silent or came, or by requests that failed.',
        'Recovery counts from the last answer of the first server that fell silent.',
      ],
    };
  },
};

async function watchTarget(context: ExperimentContext, part: Part, at: string): Promise<void> {
  const { users, rate, seconds, seed } = context.options;
  const population = createPopulation(context, users);
  context.step(`signing ${count(users)} users in`);
  await enterTarget(context, part, population, at);
  const { seen, watching } = watched(part);
  if (context.side.id === 'memory')
    part.mark({ kind: 'scattered', text: 'no affinity', proof: {}, at: 0, excuses: SCATTERED });
  await callRoll(context, watching, population, { at });
  context.step(`${rate} requests/s for ${seconds} s: now it is your turn (docker kill, kubectl delete pod)`);
  const random = createRandom(seed, 'watch');
  await runOpenLoop(context, watching, population, { at, rate, seconds, arrivals: 'poisson', random });
  context.step('roll call: who is still signed in');
  await callRoll(context, part, population, { at });
  markSilence(part, seen, context.side.affinity);
}

const SCATTERED = {
  servers: 'all',
  cause: 'the session is in the memory of one server, and nothing leads the user there',
} as const;

/** The part, with every answer noted by the server that gave it. */
function watched(part: Part): { seen: Sightings; watching: Part } {
  const seen = createSightings();
  const event: Part['event'] = (one) => {
    if (one.type === 'request' && one.server !== undefined) seen.add(one.server, one.at + one.late + one.ms);
    part.event(one);
  };
  return { seen, watching: { ...part, event } };
}

function markSilence(part: Part, seen: Sightings, forgets: boolean): void {
  for (const { server, at, until } of seen.silences()) {
    const cause = `the session was in the memory of ${server}, which fell silent`;
    const excuse = forgets ? { excuses: { servers: [server], cause } } : {};
    const back = until === undefined ? {} : { until };
    const text = until === undefined ? `${server} answered no more` : `${server} did not answer for a while`;
    part.mark({ kind: 'stopped', text, proof: { 'seen by': 'x-served-by' }, at, ...back, ...excuse });
  }
  for (const { server, at } of seen.newcomers())
    part.mark({ kind: 'came', text: `${server} answered for the first time`, proof: { 'seen by': 'x-served-by' }, at });
}

function cellOf(part: PartSummary): Omit<Cell, 'scenario' | 'side'> {
  const { signIns, lost, recoveryMs } = part;
  const { p50, p99 } = part.responseTime;
  const inMemory = part.side.startsWith('memory');
  // Memory promises to lose whom its server takes along, and nobody else.
  const unexplained = inMemory ? lost.named.filter(({ cause }) => cause === null).length : 0;
  const why = unexplained === 0 ? '' : `, ${count(unexplained)} of them while their server went on`;
  const who = lost.count === 0 ? 'all stay signed in' : `${count(lost.count)} of ${count(signIns)} signed out${why}`;
  const befell = part.marks.some(({ kind }) => kind === 'stopped' || kind === 'came') || countErrors(part) > 0;
  const kept = lost.count === 0 || (inMemory && unexplained === 0);
  const times = [p50 === null ? '' : `p50 ${millis(p50)}`, p99 === null ? '' : `p99 ${millis(p99)}`].filter(
    (text) => text !== '',
  );
  return {
    text: [who, befell ? describeFailures(part) : 'but nothing befell any server', ...times].join('; '),
    // Nobody lost where nothing happened says nothing.
    outcome: !kept ? 'broken' : befell && part.outcomes.ok > 0 ? 'holds' : 'unknown',
    tone: lost.count > 0 ? 'bad' : befell ? 'good' : 'neutral',
    lost: lost.count,
    errors: countErrors(part),
    ...(p99 === null ? {} : { p99Ms: p99 }),
    evidence: [
      ...listEvidence(part),
      ...(recoveryMs === null || recoveryMs === 0 ? [] : [`recovered after ${millis(recoveryMs)}`]),
    ],
  };
}
