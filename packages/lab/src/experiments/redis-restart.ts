// Redis is killed and comes back empty: every session is gone. How fast do users get a clear answer?

import { formatMs } from '../common/format.ts';
import type { Experiment, ExperimentContext, Judgement, PartSummary } from '../contracts/experiment.ts';
import { restartRedisEmpty } from '../faults/redis.ts';
import { listCells } from '../judge/cells.ts';
import { countErrors, describeAnyFailures, describeLost } from '../judge/parts.ts';
import { createPopulation } from '../load/population.ts';
import { pickSides } from '../setup/sides.ts';
import { runUnderFault } from './under-fault.ts';

export const redisRestart: Experiment = {
  id: 'redis-restart',
  title: 'Redis restarted, empty',
  question: 'Redis is killed and started again without persistence. Who is signed out?',
  hypothesis:
    'All users whose session was in Redis are signed out, and no user stays signed in with a session that is gone.',
  summary: 'Redis killed and restarted without persistence: who is signed out, how long it takes',
  sides: pickSides('jwt', 'redis', 'redis+tracked'),
  scenarios: [{ id: 'restart', text: 'Redis killed (kill -9), started again, empty' }],
  defaults: { servers: 2, users: 100, rate: 100, seconds: 6 },
  full: { servers: 3, users: 1_000, rate: 300, seconds: 12 },
  takes: { defaults: 22, full: 47 },
  ownRedis: true,

  run: (lab) => lab.onEachSide(emptyRedis),
  judgePart: judgeRestart,
  summarize: ({ cells }) => `When Redis comes back empty, ${listCells(cells)}.`,
};

async function emptyRedis(context: ExperimentContext): Promise<void> {
  const { servers: count, users } = context.options;
  context.step(`starting ${count} servers`);
  const servers = await context.startServers(count);
  const population = createPopulation(context, users);
  await context.runPart('restart', (part) =>
    runUnderFault(part, {
      at: servers.map(({ url }) => url),
      servers,
      population,
      label: 'Redis is killed and restarted',
      what: 'Redis is killed and restarted',
      fault: () => (context.side.needsRedis ? restartRedisEmpty(part, context.redis()) : undefined),
    }),
  );
}

function judgeRestart(part: PartSummary): Judgement {
  const { lost, signIns, recoveryMs } = part;
  const promised = part.side === 'jwt' ? 0 : signIns;
  const recovered = countErrors(part) === 0 || recoveryMs === null ? '' : `, all within ${formatMs(recoveryMs)}`;
  return {
    text: describeLost(part) + describeAnyFailures(part) + recovered,
    outcome: part.outcomes.ok === 0 ? 'unknown' : lost.count === promised ? 'holds' : 'broken',
    tone: lost.count === 0 ? 'good' : 'bad',
  };
}
