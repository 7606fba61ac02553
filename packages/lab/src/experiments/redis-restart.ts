// Redis is killed and comes back empty: every session is gone. How fast do users get a clear answer, and a new sign-in?

import type { Lab } from '../context/lab.ts';
import type { Experiment } from '../contracts/experiment.ts';
import type { Cell, PartSummary } from '../contracts/report.ts';
import { restartRedisEmpty } from '../faults/redis.ts';
import { sides } from '../setup/sides.ts';
import { count, countErrors, createCells, createSentence, describeFailuresToo, listEvidence, millis } from './cells.ts';
import { underFault } from './under-fault.ts';

export const redisRestart: Experiment<Lab> = {
  id: 'redis-restart',
  title: 'Redis restarted, empty',
  question: 'Redis is killed and started again without persistence. Who is signed out?',
  hypothesis:
    'Everybody whose session was in Redis is signed out, and nobody stays signed in with a session that is gone.',
  summary: 'Redis killed and restarted without persistence: who is signed out, how long it takes',
  sides: sides('jwt', 'redis', 'redis+tracked'),
  scenarios: [{ id: 'restart', text: 'Redis killed (kill -9), started again, empty' }],
  defaults: { servers: 2, users: 100, rate: 100, seconds: 6 },
  full: { servers: 3, users: 1_000, rate: 300, seconds: 12 },
  remote: false,
  // Who is signed out does not hang on some ms.
  latenessBoundMs: 250,
  ownRedis: true,

  async run(lab) {
    for (const { id } of lab.sides)
      await lab.on(id, async (context) => {
        context.step(`starting ${context.options.servers} servers`);
        const fleet = await context.servers(context.options.servers);
        await context.part('restart', (part) =>
          underFault(context, part, {
            fleet,
            what: 'Redis is killed and restarted',
            fault: async () => (context.side.needsRedis ? restartRedisEmpty(part, context.redis()) : undefined),
          }),
        );
      });
  },

  judge(plan, parts) {
    const cells = createCells(plan, parts, cellOf);
    const good = parts.map((part) => `${part.side}: ${cellOf(part).text}`).join('; ');
    return { sentence: createSentence(cells, `When Redis comes back empty, ${good}.`), cells, checks: [] };
  },
};

function cellOf(part: PartSummary): Omit<Cell, 'scenario' | 'side'> {
  const { lost, signIns, recoveryMs } = part;
  const errors = countErrors(part);
  const expected = part.side === 'jwt' ? 0 : signIns;
  const who = lost.count === 0 ? 'all stay signed in' : `${count(lost.count)} of ${count(signIns)} signed out`;
  const failed =
    errors === 0
      ? ''
      : `${describeFailuresToo(part)}${recoveryMs === null ? '' : `, all within ${millis(recoveryMs)}`}`;
  return {
    text: who + failed,
    outcome: part.outcomes.ok === 0 ? 'unknown' : lost.count === expected ? 'holds' : 'broken',
    tone: lost.count === 0 ? 'good' : 'bad',
    lost: lost.count,
    errors,
    evidence: listEvidence(part),
  };
}
