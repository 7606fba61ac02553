// Watches a deployment that runs elsewhere, while its user kills servers or releases a version: docker kill, kubectl
// delete pod. The lab knows servers only by the header of their answers (x-served-by), so it also finds out which fell
// silent.

import { formatCount, formatMs } from '../common/format.ts';
import type { Experiment, Judgement, Part, PartSummary } from '../contracts/experiment.ts';
import { listCells } from '../judge/cells.ts';
import {
  adviseAffinity,
  countErrors,
  describeFailures,
  describeLatency,
  describeLost,
  describeServers,
} from '../judge/parts.ts';
import { callRoll, runOpenLoop } from '../load/load.ts';
import { createPopulation } from '../load/population.ts';
import { enterUsers } from '../load/sign-in.ts';
import { pickSides } from '../setup/sides.ts';
import { createSightings, type Sightings } from './sightings.ts';
import { markScattered } from './under-fault.ts';

const SCENARIOS = [{ id: 'watch', text: '{users} users ask for {seconds} s; you cause the fault' }];

export const watch: Experiment = {
  id: 'watch',
  title: 'Watching a deployment',
  question: 'Servers of a deployment are killed or replaced. Who is signed out, and what fails?',
  hypothesis:
    'With a signed token or a shared store no user is signed out, whatever happens to single servers; sessions in memory ' +
    'end with their own server only.',
  summary: 'users of a --target go on asking while you kill its servers: who is signed out, what fails',
  sides: pickSides('jwt', 'memory', 'memory+affinity', 'redis+tracked', 'redis'),
  scenarios: SCENARIOS,
  defaults: { servers: 1, users: 30, rate: 100, seconds: 20 },
  full: { servers: 1, users: 100, rate: 200, seconds: 60 },
  takes: { defaults: 22, full: 63 },
  remote: { scenarios: SCENARIOS, requests: ({ rate, seconds, users }) => rate * seconds + 2 * users },
  needsTarget: true,

  run: (lab) => lab.onEachSide((context) => context.runPart('watch', watchTarget)),
  judgePart: judgeWatch,
  summarize: ({ cells }) => `While it was watched, ${listCells(cells)}.`,
  notes: ({ parts }) => [
    describeServers(parts),
    ...adviseAffinity(parts),
    'The lab did not cause the fault: servers that fell silent or appeared, and requests that failed, show that there was one.',
    'Recovery counts from the last answer of the first server that fell silent.',
  ],
};

async function watchTarget(part: Part): Promise<void> {
  const { context } = part;
  const { users, rate, seconds, target: at = '' } = context.options;
  const population = createPopulation(context, users);
  await enterUsers(part, population, { at });
  const sightings = createSightings();
  const record: Part['record'] = (event) => {
    if (event.type === 'request' && event.server !== undefined)
      sightings.add(event.server, event.at + event.late + event.ms);
    part.record(event);
  };
  const watched = { ...part, record };
  if (context.side.id === 'memory') markScattered(part);
  await callRoll(watched, population, { at });
  context.step(`${rate} requests/s for ${seconds} s: now it is your turn (docker kill, kubectl delete pod)`);
  await runOpenLoop(watched, population, { at, label: 'watch' });
  await callRoll(part, population, { at });
  markSilences(part, sightings, context.side.affinity);
}

function markSilences(part: Part, sightings: Sightings, forgets: boolean): void {
  const proof = { 'seen by': 'x-served-by' };
  for (const { server, at, until } of sightings.listSilences()) {
    const cause = `the session was in the memory of ${server}, which fell silent`;
    const excuse = forgets ? { excuses: { servers: [server], cause } } : {};
    const back = until === undefined ? {} : { until };
    const text = until === undefined ? `${server} stopped answering` : `${server} did not answer for a while`;
    part.mark({ kind: 'stopped', text, proof, at, ...back, ...excuse });
  }
  for (const { server, at } of sightings.listNewcomers())
    part.mark({ kind: 'came', text: `${server} answered for the first time`, proof, at });
}

function judgeWatch(part: PartSummary): Judgement {
  const { lost, recoveryMs, outcomes, marks, responseTime } = part;
  const inMemory = part.side.startsWith('memory');
  // Memory may lose the users of a server that ended, and no others.
  const unexplained = inMemory ? lost.named.filter(({ cause }) => cause === null).length : 0;
  const others = unexplained === 0 ? '' : `, ${formatCount(unexplained)} of them although their server went on`;
  const happened = marks.some(({ kind }) => kind === 'stopped' || kind === 'came') || countErrors(part) > 0;
  const promised = lost.count === 0 || (inMemory && unexplained === 0);
  const fault = happened ? describeFailures(part) : 'but no server had a fault';
  return {
    text: [describeLost(part) + others, fault, describeLatency(responseTime)].join('; '),
    // If nothing happened, keeping all users proves nothing.
    outcome: !promised ? 'broken' : happened && outcomes.ok > 0 ? 'holds' : 'unknown',
    tone: lost.count > 0 ? 'bad' : happened ? 'good' : 'neutral',
    evidence: recoveryMs === null || recoveryMs === 0 ? [] : [`recovered after ${formatMs(recoveryMs)}`],
  };
}
