// Redis is far away or slow: how long does a request take then? The idle proxy must show no difference to none.

import { formatMs } from '../common/format.ts';
import type { Check, Experiment, ExperimentContext, Judgement, PartSummary, Seen } from '../contracts/experiment.ts';
import { startRedisProxy } from '../faults/redis.ts';
import { describeAnyFailures, describeLatency, findPart, judgeFailures } from '../judge/parts.ts';
import { runOpenLoop } from '../load/load.ts';
import { createPopulation } from '../load/population.ts';
import { enterUsers } from '../load/sign-in.ts';
import { pickSides } from '../setup/sides.ts';

const DELAYS_MS: Readonly<Record<string, number>> = { near: 5, far: 50 };
/** What an idle proxy may add to the median, ms: two hops on one machine. */
const HARMLESS_MS = 3;
/** For what the machine adds to a round trip. */
const MARGIN = 0.5;
const ACCOUNTS = 50;

export const slowRedis: Experiment = {
  id: 'slow-redis',
  title: 'Redis slow',
  question: 'Redis is slow, or far away. What does a request take?',
  hypothesis:
    'A request takes one round trip to Redis longer, no more, and none fails; a signed token is not affected.',
  summary: 'Redis 5 and 50 ms away: what a request takes; an idle proxy as the control',
  sides: pickSides('jwt', 'redis', 'redis+tracked'),
  scenarios: [
    { id: 'direct', text: 'Redis beside the server' },
    { id: 'idle', text: 'The same through the idle proxy (control)' },
    { id: 'near', text: 'Redis 5 ms away, each way' },
    { id: 'far', text: 'Redis 50 ms away, each way' },
  ],
  defaults: { servers: 1, users: 100, rate: 100, seconds: 3 },
  full: { servers: 1, users: 500, rate: 200, seconds: 10 },
  takes: { defaults: 56, full: 143 },
  ownRedis: true,
  latenessBoundMs: 50,

  run: (lab) => lab.onEachSide(measureDelays),
  judgePart: judgeDelay,
  summarize({ cells }) {
    const far = cells.filter(({ scenario }) => scenario === 'far');
    return `With Redis ${DELAYS_MS.far} ms away: ${far.map(({ side, text }) => `${side} ${text}`).join('; ')}.`;
  },
  check: ({ parts }) => [checkIdleProxy(parts)],
};

async function measureDelays(context: ExperimentContext): Promise<void> {
  const { rate, seconds } = context.options;
  const proxy = context.side.needsRedis ? await startRedisProxy(context) : undefined;
  for (const scenario of ['direct', 'idle', 'near', 'far']) {
    const delayMs = DELAYS_MS[scenario];
    context.step('starting one server');
    const env = scenario === 'direct' || proxy === undefined ? {} : { REDIS_URL: proxy.url };
    const [server] = await context.startServers(1, { env });
    const at = server.url;
    const population = createPopulation(context, context.options.users, ACCOUNTS);
    await context.runPart(scenario, async (part) => {
      await enterUsers(part, population, { at });
      if (delayMs !== undefined) await proxy?.slow(part, delayMs);
      context.step(`${scenario}: ${rate} requests/s for ${seconds} s`);
      await runOpenLoop(part, population, { at, label: 'slow', warmUpSeconds: 1 });
      if (delayMs !== undefined) await proxy?.heal(part);
    });
    await server.kill();
  }
}

/** If the idle proxy changed the times, the figures would be those of the proxy, not of Redis. */
function checkIdleProxy(parts: readonly PartSummary[]): Check {
  const readMedian = (side: string, scenario: string) => findPart(parts, side, scenario)?.serviceTime.p50 ?? undefined;
  const medians = ['redis', 'redis+tracked'].flatMap((side) => {
    const [direct, idle] = [readMedian(side, 'direct'), readMedian(side, 'idle')];
    return direct === undefined || idle === undefined ? [] : [{ side, direct, idle }];
  });
  const harmless = medians.length > 0 && medians.every(({ direct, idle }) => idle - direct <= HARMLESS_MS);
  return {
    id: 'idle-proxy',
    text: `the idle proxy adds at most ${HARMLESS_MS} ms to the median`,
    kind: 'control',
    outcome: harmless ? 'holds' : 'unknown',
    detail: medians
      .map(({ side, direct, idle }) => `${side}: ${formatMs(direct)} without, ${formatMs(idle)} with`)
      .join('; '),
  };
}

function judgeDelay(part: PartSummary, { parts }: Seen): Judgement {
  const { side, scenario, lost } = part;
  const { p50 } = part.serviceTime;
  const base = findPart(parts, side, 'idle')?.serviceTime.p50;
  const added = p50 !== null && base != null ? p50 - base : undefined;
  const roundTripMs = (DELAYS_MS[scenario] ?? 0) * 2;
  const most = side === 'jwt' ? HARMLESS_MS : roundTripMs * (1 + MARGIN) + HARMLESS_MS;
  // Without a cache every request asks Redis: one that takes no round trip longer was not delayed.
  const least = side === 'redis' ? roundTripMs * 0.9 - HARMLESS_MS : Number.NEGATIVE_INFINITY;
  const promised = roundTripMs === 0 || (added !== undefined && added >= least && added <= most);
  return {
    text: describeLatency(part.serviceTime) + describeAnyFailures(part),
    outcome: p50 === null ? 'unknown' : judgeFailures(part, promised && lost.count === 0),
    tone: 'neutral',
  };
}
