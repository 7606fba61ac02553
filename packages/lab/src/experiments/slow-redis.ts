// Redis is far away or slow: what a request takes then. And the proxy that makes it slow, standing idle, must show no
// difference to none.

import type { ExperimentContext, Lab } from '../context/lab.ts';
import type { Experiment } from '../contracts/experiment.ts';
import type { Cell, Check, PartSummary } from '../contracts/report.ts';
import { type RedisProxy, startRedisProxy } from '../faults/redis.ts';
import { runOpenLoop } from '../load/load.ts';
import { createPopulation, registerAccounts, signIn } from '../load/population.ts';
import { createRandom } from '../load/random.ts';
import { sides } from '../setup/sides.ts';
import {
  countErrors,
  createCells,
  createSentence,
  describeFailuresToo,
  findPart,
  judgeFailures,
  listEvidence,
  millis,
} from './cells.ts';

const DELAYS_MS = { near: 5, far: 50 } as const;
/** What an idle proxy may add to the median, ms: two hops on one machine. */
const HARMLESS_MS = 3;

export const slowRedis: Experiment<Lab> = {
  id: 'slow-redis',
  title: 'Redis slow',
  question: 'Redis is slow, or far away. What does a request take?',
  hypothesis:
    'A request takes one round trip to Redis longer, no more, and none fails; a signed token does not notice.',
  summary: 'Redis 5 and 50 ms away: what a request takes; an idle proxy as the control',
  sides: sides('jwt', 'redis', 'redis+tracked'),
  scenarios: [
    { id: 'direct', text: 'Redis beside the server' },
    { id: 'idle', text: 'The same through the idle proxy (control)' },
    { id: 'near', text: `Redis ${DELAYS_MS.near} ms away, each way` },
    { id: 'far', text: `Redis ${DELAYS_MS.far} ms away, each way` },
  ],
  defaults: { servers: 1, users: 100, rate: 100, seconds: 3 },
  full: { servers: 1, users: 500, rate: 200, seconds: 10 },
  remote: false,
  ownRedis: true,
  latenessBoundMs: 50,

  async run(lab) {
    for (const { id } of lab.sides) {
      await lab.on(id, (context) => measure(context, 'direct', undefined));
      await lab.on(id, async (context) => {
        const proxy = context.side.needsRedis ? await startRedisProxy(context) : undefined;
        await measure(context, 'idle', proxy);
      });
    }
  },

  judge(plan, parts) {
    const cells = createCells(plan, parts, (part) => cellOf(part, parts));
    const good = parts
      .filter(({ scenario }) => scenario === 'far')
      .map((part) => `${part.side} ${cellOf(part, parts).text}`);
    const sentence = createSentence(cells, `With Redis ${DELAYS_MS.far} ms away: ${good.join('; ')}.`);
    return { sentence, cells, checks: [harmless(parts)] };
  },
};

async function measure(
  context: ExperimentContext,
  first: 'direct' | 'idle',
  proxy: RedisProxy | undefined,
): Promise<void> {
  const { users, rate, seconds, seed } = context.options;
  context.step(`starting one server${proxy === undefined ? '' : ', with the proxy before Redis'}`);
  const fleet = await context.servers(1, proxy === undefined ? {} : { REDIS_URL: proxy.url });
  const at = fleet.map(({ url }) => url);
  const population = createPopulation(context, users, 50);
  await registerAccounts(population, at, context.signal);
  const steps = [first, ...(first === 'idle' ? (['near', 'far'] as const) : [])];
  for (const scenario of steps)
    await context.part(scenario, async (part) => {
      await signIn(context, part, population, { at });
      if (scenario === 'near' || scenario === 'far') await proxy?.slow(part, DELAYS_MS[scenario]);
      context.step(`${scenario}: ${rate} requests/s for ${seconds} s`);
      const random = createRandom(seed, 'slow');
      await runOpenLoop(context, part, population, {
        at,
        rate,
        seconds,
        warmUpSeconds: 1,
        arrivals: 'poisson',
        random,
      });
      if (scenario !== first) await proxy?.heal(part);
    });
}

/** A proxy that changes things while it does nothing would be measured, not Redis. */
function harmless(parts: readonly PartSummary[]): Check {
  const p50 = (side: string, scenario: string) => findPart(parts, side, scenario)?.serviceTime.p50 ?? undefined;
  const seen = ['redis', 'redis+tracked'].flatMap((side) => {
    const [direct, idle] = [p50(side, 'direct'), p50(side, 'idle')];
    return direct === undefined || idle === undefined ? [] : [{ side, direct, idle }];
  });
  const harms = seen.filter(({ direct, idle }) => idle - direct > HARMLESS_MS);
  return {
    id: 'idle-proxy',
    text: `the idle proxy adds at most ${HARMLESS_MS} ms to the median`,
    kind: 'control',
    outcome: seen.length === 0 || harms.length > 0 ? 'unknown' : 'holds',
    detail: seen.map(({ side, direct, idle }) => `${side}: ${millis(direct)} without, ${millis(idle)} with`).join('; '),
  };
}

function cellOf(part: PartSummary, parts: readonly PartSummary[]): Omit<Cell, 'scenario' | 'side'> {
  const errors = countErrors(part) + part.lost.count;
  const { p50, p99 } = part.serviceTime;
  const base = findPart(parts, part.side, 'idle')?.serviceTime.p50;
  const delayMs = part.scenario === 'near' || part.scenario === 'far' ? DELAYS_MS[part.scenario] : 0;
  const slower = p50 !== null && base != null ? p50 - base : undefined;
  // One round trip: the delay both ways, and half of that again for what the machine adds.
  const most = part.side === 'jwt' ? HARMLESS_MS : delayMs * 2 * 1.5 + HARMLESS_MS;
  // Without a cache every request asks Redis: one that takes no round trip longer was not delayed.
  const least = part.side === 'redis' ? delayMs * 2 * 0.9 - HARMLESS_MS : Number.NEGATIVE_INFINITY;
  const right = delayMs === 0 || (slower !== undefined && slower >= least && slower <= most);
  const times = `p50 ${p50 === null ? '–' : millis(p50)}, ${p99 === null ? 'too few for p99' : `p99 ${millis(p99)}`}`;
  return {
    text: `${times}${describeFailuresToo(part)}`,
    outcome: p50 === null ? 'unknown' : judgeFailures(part, right && part.lost.count === 0),
    tone: 'neutral',
    errors,
    ...(p99 === null ? {} : { p99Ms: p99 }),
    evidence: listEvidence(part),
  };
}
