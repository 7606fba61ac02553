// One of several servers is killed under load: lost users, lost requests, and how long until all answers are right.

import { formatCount, formatMs } from '../common/format.ts';
import type { Check, Experiment, Judgement, Part, PartSummary } from '../contracts/experiment.ts';
import { kill } from '../faults/end.ts';
import { describeFailures, describeLost } from '../judge/parts.ts';
import type { Gateway } from '../processes/gateway.ts';
import type { ServerProcess } from '../processes/server.ts';
import { pickSides } from '../setup/sides.ts';
import { type FaultUnderLoad, markScattered, runUnderFault, startFleet } from './under-fault.ts';

export const crash: Experiment = {
  id: 'crash',
  title: 'One server crashes',
  question: 'One of the servers is killed under load. Who is signed out, what is lost, and for how long?',
  hypothesis:
    'If sessions are in the memory of the servers, exactly the users of the killed server are signed out; with a signed ' +
    'token or a shared store no user is.',
  summary: 'one of three servers is killed under load: who is signed out, requests lost, time to recover',
  sides: pickSides('jwt', 'memory+affinity', 'redis', 'redis+tracked'),
  onRequest: pickSides('memory', 'sqlite', 'postgres'),
  scenarios: [{ id: 'crash', text: 'One server killed (kill -9) under load' }],
  defaults: { servers: 3, users: 300, rate: 200, seconds: 6 },
  full: { servers: 3, users: 1_000, rate: 300, seconds: 12 },
  takes: { defaults: 34, full: 64 },

  run: (lab) =>
    lab.onEachSide(async (context) => {
      const started = await startFleet(context);
      await context.runPart('crash', (part) => crashUnderLoad(part, started));
    }),
  judgePart: judgeCrash,
  summarize: ({ parts }) => `When one server is killed, ${describeKept(parts)}.`,
  check: ({ parts }) => checkExactSet(parts),
  notes: ({ parts }) => [
    ...(parts.some(({ side }) => side === 'memory') ? [SCATTERED_NOTE] : []),
    'Recovery counts from the kill to the first answer after the last failure (502, timeout).',
  ],
};

const SCATTERED_NOTE =
  'With memory and no affinity, a request reaches the server with the session only by chance: users are signed out before the kill, too. ' +
  'With memory+affinity only the users of the killed server are.';

export interface CrashUnderLoad extends Pick<FaultUnderLoad, 'population' | 'rate' | 'seconds'> {
  /** The first of them is killed. */
  readonly fleet: readonly [ServerProcess, ...ServerProcess[]];
  readonly gateway: Gateway;
}

export async function crashUnderLoad(part: Part, { fleet, gateway, ...load }: CrashUnderLoad): Promise<void> {
  const { context } = part;
  const [victim] = fleet;
  if (context.side.id === 'memory') markScattered(part);
  await runUnderFault(part, {
    ...load,
    at: gateway.url,
    servers: fleet,
    label: 'crash',
    what: `kill -9 ${victim.name}`,
    async fault() {
      const homes = load.population.listUsersAt(victim.name).length;
      part.recordFigure('signed_in_at_victim', homes, 'users', `signed in at ${victim.name}`);
      await kill(part, victim, { forgets: context.side.affinity });
    },
  });
}

export function judgeCrash(part: PartSummary): Judgement {
  const { lost, recoveryMs } = part;
  const promised = part.side.startsWith('memory') ? lost.count > 0 : lost.count === 0;
  return {
    text: `${describeLost(part)}${describeEarlierLosses(part)}; ${describeFailures(part)}`,
    outcome: part.outcomes.ok === 0 ? 'unknown' : promised ? 'holds' : 'broken',
    tone: lost.count === 0 ? 'good' : 'bad',
    evidence: recoveryMs === null ? [] : [`recovered after ${formatMs(recoveryMs)}`],
  };
}

/** Without affinity most users are lost before the kill. */
function describeEarlierLosses({ lost, marks, side }: PartSummary): string {
  const killedAt = marks.find(({ kind }) => kind === 'kill')?.at ?? 0;
  const before = lost.named.filter(({ at }) => at < killedAt).length;
  return side !== 'memory' || before === 0 ? '' : `, ${formatCount(before)} of them before the kill (no affinity)`;
}

/** The users who signed in at the killed server, and no other: the roll call asked all of them. */
export function checkExactSet(parts: readonly PartSummary[]): Check[] {
  const affected = parts.filter(({ side, scenario }) => side === 'memory+affinity' && scenario === 'crash');
  return affected.map(({ figures, lost }) => {
    const homes = figures.signed_in_at_victim?.value;
    return {
      id: 'exact-set',
      text: 'with memory and affinity, exactly the users of the killed server are signed out',
      kind: 'experiment',
      outcome: homes === undefined ? 'unknown' : homes === lost.count ? 'holds' : 'broken',
      detail: `${formatCount(homes ?? 0)} were signed in there, ${formatCount(lost.count)} are signed out, by a roll call of all users`,
    };
  });
}

/** "memory signs out 312 of 1,000 users; jwt and redis keep all users signed in" */
export function describeKept(parts: readonly PartSummary[]): string {
  const losses = parts
    .filter(({ lost }) => lost.count > 0)
    .map(({ side, lost, signIns }) => `${side} signs out ${formatCount(lost.count)} of ${formatCount(signIns)} users`);
  const kept = parts.filter(({ lost }) => lost.count === 0).map(({ side }) => side);
  const keeps = kept.length === 1 ? 'keeps' : 'keep';
  return [...losses, ...(kept.length === 0 ? [] : [`${kept.join(', ')} ${keeps} all users signed in`])].join('; ');
}
