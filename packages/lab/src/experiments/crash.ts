// One of several servers is killed while everybody asks: who is signed out, exactly, which requests are lost, and how long
// it takes until every answer is an answer again.

import { setTimeout as delay } from 'node:timers/promises';
import type { ExperimentContext, Lab, Part } from '../context/lab.ts';
import type { Experiment } from '../contracts/experiment.ts';
import type { Cell, Check, PartSummary } from '../contracts/report.ts';
import { kill } from '../faults/kill.ts';
import { callRoll, runOpenLoop } from '../load/load.ts';
import { createPopulation, type Population, registerAccounts, signIn } from '../load/population.ts';
import { createRandom } from '../load/random.ts';
import { type Gateway, startGateway } from '../processes/gateway.ts';
import type { ServerProcess } from '../processes/server.ts';
import { sides } from '../setup/sides.ts';
import { count, countErrors, createCells, createSentence, describeFailures, listEvidence, millis } from './cells.ts';

export const crash: Experiment<Lab> = {
  id: 'crash',
  title: 'One server crashes',
  question: 'One of the servers is killed under load. Who is signed out, what is lost, and for how long?',
  hypothesis:
    'The users of the killed server are signed out when sessions live in its memory, and nobody else; with a signed ' +
    'token or a shared store nobody is.',
  summary: 'one of three servers is killed under load: who is signed out, requests lost, time to recover',
  sides: sides('jwt', 'memory+affinity', 'redis', 'redis+tracked'),
  scenarios: [{ id: 'crash', text: 'One server killed (kill -9) under load' }],
  defaults: { servers: 3, users: 300, rate: 200, seconds: 6 },
  full: { servers: 3, users: 1_000, rate: 300, seconds: 12 },
  remote: false,
  // Who is signed out does not hang on some ms.
  latenessBoundMs: 250,

  async run(lab) {
    for (const { id } of lab.sides) await lab.on(id, crashOne);
  },

  judge(plan, parts) {
    const cells = createCells(plan, parts, crashCell);
    return {
      sentence: createSentence(cells, describeSuccess(parts)),
      cells,
      checks: checkExactSet(parts),
      notes: ['Recovery counts from the kill to the first answer after the last failure (502, timeout).'],
    };
  },
};

async function crashOne(context: ExperimentContext): Promise<void> {
  const { servers, users } = context.options;
  context.step(`starting ${servers} servers and the gateway`);
  const fleet = await context.servers(servers);
  const gateway = await startGateway(context, fleet);
  const population = createPopulation(context, users);
  await context.part('crash', (part) => crashUnderLoad(context, part, { fleet, gateway, population }));
}

export interface CrashUnderLoad {
  /** The first of them is killed. */
  readonly fleet: readonly ServerProcess[];
  readonly gateway: Gateway;
  readonly population: Population;
  /** Undefined: as the options say. */
  readonly rate?: number;
  readonly seconds?: number;
}

export async function crashUnderLoad(context: ExperimentContext, part: Part, crashing: CrashUnderLoad): Promise<void> {
  const { fleet, gateway, population, rate, seconds, seed } = { ...context.options, ...crashing };
  const [victim] = fleet;
  if (victim === undefined) throw new Error('There is no server to kill.');
  context.step(`signing ${count(population.users)} users in at ${fleet.length} servers`);
  await registerAccounts(
    population,
    fleet.map(({ url }) => url),
    context.signal,
  );
  await signIn(context, part, population, { at: gateway.url });
  part.figure(
    'signed_in_at_victim',
    population.listUsersAt(victim.name).length,
    'users',
    `signed in at ${victim.name}`,
  );
  await callRoll(context, part, population, { at: gateway.url });
  context.step(`${rate} requests/s for ${seconds} s, kill -9 ${victim.name} after a third`);
  const random = createRandom(seed, 'crash');
  const load = runOpenLoop(context, part, population, { at: gateway.url, rate, seconds, arrivals: 'poisson', random });
  await Promise.race([load, delay((seconds * 1000) / 3)]);
  const scattered = context.side.id === 'memory';
  await kill(part, victim, { forgets: context.side.affinity });
  if (scattered) part.mark({ kind: 'scattered', text: 'no affinity', proof: {}, at: 0, excuses: SCATTERED });
  await load;
  context.step('roll call: who is still signed in');
  await callRoll(context, part, population, { at: gateway.url });
}

const SCATTERED = {
  servers: 'all',
  cause: 'the session is in the memory of one server, and nothing leads the user there',
} as const;

export function crashCell(part: PartSummary): Omit<Cell, 'scenario' | 'side'> {
  const { signIns, lost, recoveryMs } = part;
  const errors = countErrors(part);
  const forgetful = part.side.startsWith('memory');
  const right = forgetful ? lost.count > 0 : lost.count === 0;
  const who =
    lost.count === 0 ? 'all stay signed in' : `${count(lost.count)} of ${count(signIns)} signed out${already(part)}`;
  return {
    text: `${who}; ${describeFailures(part)}`,
    outcome: part.outcomes.ok === 0 ? 'unknown' : right ? 'holds' : 'broken',
    tone: lost.count === 0 ? 'good' : 'bad',
    lost: lost.count,
    errors,
    ...(part.responseTime.p99 === null ? {} : { p99Ms: part.responseTime.p99 }),
    evidence: [...listEvidence(part), ...(recoveryMs === null ? [] : [`recovered after ${millis(recoveryMs)}`])],
  };
}

/** Without affinity a kill adds little: most were strangers at most servers before it. */
function already({ lost, marks, side }: PartSummary): string {
  const killedAt = marks.find(({ kind }) => kind === 'kill')?.at ?? 0;
  const before = lost.named.filter(({ at }) => at < killedAt).length;
  return side !== 'memory' || before === 0 ? '' : `, ${count(before)} of them before the kill (no affinity)`;
}

/** Those who signed in at the killed server, and no other: the roll call asked everybody. */
export function checkExactSet(parts: readonly PartSummary[]): Check[] {
  const affected = parts.filter(({ side, scenario }) => side === 'memory+affinity' && scenario === 'crash');
  return affected.map((part) => {
    const homes = part.figures.signed_in_at_victim?.value;
    const { lost } = part;
    return {
      id: 'exact-set',
      text: 'with memory and affinity, exactly the users of the killed server are signed out',
      kind: 'experiment',
      outcome: homes === undefined ? 'unknown' : homes === lost.count ? 'holds' : 'broken',
      detail: `${count(homes ?? 0)} were signed in there, ${count(lost.count)} are signed out, by a roll call of everybody`,
    };
  });
}

function describeSuccess(parts: readonly PartSummary[]): string {
  const lost = parts.filter((part) => part.lost.count > 0);
  const kept = parts.filter((part) => part.lost.count === 0).map(({ side }) => side);
  const ofLost = lost.map((part) => `${part.side} signs out ${count(part.lost.count)} of ${count(part.signIns)} users`);
  return `When one server is killed, ${[...ofLost, ...(kept.length === 0 ? [] : [`${kept.join(', ')} ${kept.length === 1 ? 'loses' : 'lose'} nobody`])].join('; ')}.`;
}
