// What both failover experiments share: users come and go, a master of Redis fails over a quarter into it, and a roll
// call of all users ends it.

import { setTimeout as delay } from 'node:timers/promises';
import type { ExperimentContext, Judgement, Part, PartSummary, Seen } from '../contracts/experiment.ts';
import { type Failover, failOver } from '../faults/failover.ts';
import {
  describeAffected,
  describeFailures,
  describeLongest,
  describeLosses,
  describeWorst,
  hasRecovered,
} from '../judge/failover.ts';
import { callRoll } from '../load/load.ts';
import { enterUsers } from '../load/sign-in.ts';
import { createTurnover, runTurnover } from '../load/turnover.ts';

export interface FailoverUnderLoad extends Failover {
  readonly scenario: string;
  /** The REDIS_URL of the servers. */
  readonly url: string;
}

export async function runFailover(context: ExperimentContext, failover: FailoverUnderLoad): Promise<void> {
  const { scenario, url, fault } = failover;
  const { servers: count, rate, seconds } = context.options;
  context.step(`starting ${count} servers`);
  const servers = await context.startServers(count, { env: { REDIS_URL: url, SESSION_MAX_PER_USER: '1000' } });
  const at = servers.map((server) => server.url);
  const turnover = createTurnover(context);
  const { population, residents } = turnover;
  await context.runPart(scenario, async (part) => {
    await enterUsers(part, population, { at, users: residents });
    await callRoll(part, population, { at, among: residents.length });
    context.step(`${rate} requests/s for ${seconds} s; after a quarter: ${fault?.text ?? 'kill -9 of the master'}`);
    await Promise.all([runTurnover(part, turnover, { at, label: scenario }), failLater(part, failover)]);
    await callRoll(part, population, { at });
  });
}

async function failLater(part: Part, failover: Failover): Promise<void> {
  const { signal, options } = part.context;
  await delay((options.seconds * 1000) / 4, undefined, { signal });
  await failOver(part, failover);
}

/** @param refusesWrites the new master refuses writes, by a setting */
export function judgeFailover(part: PartSummary, { refusesWrites = false } = {}): Judgement {
  const { failover, marks, outcomes, exposure } = part;
  if (failover === undefined || outcomes.ok === 0)
    return { text: 'no failover under load', outcome: 'unknown', tone: 'neutral' };
  const { reads, writes, signIns, signOuts } = failover;
  const promoted = marks.some(({ kind }) => kind === 'promoted');
  const writesAsPromised = refusesWrites ? writes.count > 0 : hasRecovered(writes);
  const meanwhile = promoted ? describeFailures(failover) + describeAffected(failover) : 'no replica became the master';
  return {
    text: `${describeLosses(failover)}; ${meanwhile}`,
    outcome: promoted && hasRecovered(reads) && writesAsPromised ? 'holds' : 'broken',
    tone: signIns.lost + signOuts.lost > 0 || !hasRecovered(writes) ? 'bad' : 'good',
    exposureMs: Math.round(exposure?.max ?? 0),
  };
}

/** The worst of the planned failovers, and of those by a kill. */
export function summarizeFailovers({ parts }: Pick<Seen, 'parts'>): string {
  const pick = (prefix: string) => parts.filter(({ scenario }) => scenario.startsWith(prefix));
  return [
    `Planned: ${describeWorst(pick('planned'))}; ${describeLongest(pick('planned'))}.`,
    `The master is killed: ${describeWorst(pick('kill'))}; ${describeLongest(pick('kill'))}.`,
    'No other user was signed out, and the servers followed the new master by themselves.',
  ].join(' ');
}
