// Redis cannot be reached for a while and comes back as it was: what do users see, for how long, and what is lost?

import { formatCount, formatMs } from '../common/format.ts';
import type { Experiment, ExperimentContext, Judgement, PartSummary, Verdict } from '../contracts/experiment.ts';
import { startRedisProxy } from '../faults/redis.ts';
import { listCells } from '../judge/cells.ts';
import { countAsked, countErrors, describeFailures, judgeFailures } from '../judge/parts.ts';
import { createPopulation } from '../load/population.ts';
import { pickSides } from '../setup/sides.ts';
import { runUnderFault } from './under-fault.ts';

/** A 503 that takes longer than this, ms, is not quick: a user waits for it. */
const QUICK_MS = 2_000;

export const redisOutage: Experiment = {
  id: 'redis-outage',
  title: 'Redis away',
  question: 'Redis cannot be reached for a while. What do users see, for how long, and what is lost?',
  hypothesis:
    'Without Redis a request is answered with 503, quickly, and no user is treated as signed out; when Redis is back, all ' +
    'users are still signed in. Signed tokens are not affected.',
  summary: 'Redis cut off and back: 503s, how long, no user signed out',
  sides: pickSides('jwt', 'redis', 'redis+tracked'),
  scenarios: [{ id: 'outage', text: 'Redis cut off for a third of {seconds} s' }],
  defaults: { servers: 2, users: 100, rate: 100, seconds: 6 },
  full: { servers: 3, users: 1_000, rate: 300, seconds: 18 },
  takes: { defaults: 22, full: 64 },
  ownRedis: true,

  run: (lab) => lab.onEachSide(cutRedisOff),
  judgePart: judgeOutage,
  summarize: ({ cells }) => `While Redis is away, ${listCells(cells)}.`,
};

async function cutRedisOff(context: ExperimentContext): Promise<void> {
  const { servers: count, users } = context.options;
  context.step(`starting ${count} servers`);
  const proxy = context.side.needsRedis ? await startRedisProxy(context) : undefined;
  const servers = await context.startServers(count, proxy === undefined ? {} : { env: { REDIS_URL: proxy.url } });
  const population = createPopulation(context, users);
  await context.runPart('outage', (part) =>
    runUnderFault(part, {
      at: servers.map(({ url }) => url),
      servers,
      population,
      label: 'Redis is cut off',
      what: 'Redis is cut off',
      fault: () => proxy?.cut(part),
      heal: () => proxy?.heal(part),
    }),
  );
}

function judgeOutage(part: PartSummary): Judgement {
  const { lost, recoveryMs } = part;
  const errors = countErrors(part);
  const signedOut = lost.count === 0 ? 'no user signed out' : `${formatCount(lost.count)} signed out`;
  const asked = errors === 0 ? '' : `, of ${formatCount(countAsked(part))}`;
  const back = recoveryMs === null || recoveryMs === 0 ? '' : `, all well ${formatMs(recoveryMs)} after the cut`;
  return {
    text: `${describeFailures(part)}${asked}; ${signedOut}${back}`,
    outcome: part.side === 'jwt' ? judgeFailures(part, lost.count === 0) : judgeRedisSide(part),
    tone: errors === 0 ? 'good' : 'bad',
  };
}

/** Every failure a quick 503, no user signed out, and all well in the end. Without a failure the cut proves nothing. */
function judgeRedisSide({ side, outcomes, lost, recoveryMs, responseTime }: PartSummary): Verdict {
  const others = outcomes.connectionRefused + outcomes.connectionBroken + outcomes.otherStatus;
  if (lost.count > 0 || others > 0 || recoveryMs === null) return 'broken';
  if ((responseTime.max ?? 0) > QUICK_MS) return outcomes.timedOut > 0 ? 'unknown' : 'broken';
  // A cache may answer for what it holds while Redis is away.
  const noticed = outcomes.serverError > 0 || side === 'redis+tracked';
  return outcomes.ok > 0 && noticed ? 'holds' : 'unknown';
}
