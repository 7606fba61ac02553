// Redis cannot be reached for a while and comes back as it was: what do users see, for how long, and what is lost?

import type { Lab } from '../context/lab.ts';
import type { Experiment } from '../contracts/experiment.ts';
import type { Cell, PartSummary, Verdict } from '../contracts/report.ts';
import { startRedisProxy } from '../faults/redis.ts';
import { sides } from '../setup/sides.ts';
import {
  count,
  countAsked,
  countErrors,
  createCells,
  createSentence,
  describeFailures,
  judgeFailures,
  listEvidence,
  seconds,
} from './cells.ts';
import { underFault } from './under-fault.ts';

/** A 503 that takes longer than this, ms, is not quick: somebody waits for it. */
const QUICK_MS = 2_000;

export const redisOutage: Experiment<Lab> = {
  id: 'redis-outage',
  title: 'Redis away',
  question: 'Redis cannot be reached for a while. What do users see, for how long, and what is lost?',
  hypothesis:
    'Without Redis a request is answered with 503, quickly, and nobody is taken for signed out; when Redis is back, ' +
    'everybody is still signed in. Signed tokens do not notice.',
  summary: 'Redis cut off and back: 503s, how long, nobody signed out',
  sides: sides('jwt', 'redis', 'redis+tracked'),
  scenarios: [{ id: 'outage', text: 'Redis cut off for a third of {seconds} s' }],
  defaults: { servers: 2, users: 100, rate: 100, seconds: 6 },
  full: { servers: 3, users: 1_000, rate: 300, seconds: 18 },
  remote: false,
  // Who is signed out does not hang on some ms.
  latenessBoundMs: 250,
  ownRedis: true,

  async run(lab) {
    for (const { id } of lab.sides)
      await lab.on(id, async (context) => {
        context.step(`starting ${context.options.servers} servers`);
        const proxy = context.side.needsRedis ? await startRedisProxy(context) : undefined;
        const fleet = await context.servers(
          context.options.servers,
          proxy === undefined ? {} : { REDIS_URL: proxy.url },
        );
        await context.part('outage', (part) =>
          underFault(context, part, {
            fleet,
            what: 'Redis is cut off',
            fault: async () => proxy?.cut(part),
            heal: async () => proxy?.heal(part),
          }),
        );
      });
  },

  judge(plan, parts) {
    const cells = createCells(plan, parts, cellOf);
    const good = parts.map((part) => `${part.side}: ${cellOf(part).text}`).join('; ');
    return { sentence: createSentence(cells, `While Redis is away, ${good}.`), cells, checks: [] };
  },
};

function cellOf(part: PartSummary): Omit<Cell, 'scenario' | 'side'> {
  const errors = countErrors(part);
  const untouched = part.side === 'jwt';
  const { lost, recoveryMs } = part;
  const who = lost.count === 0 ? 'nobody signed out' : `${count(lost.count)} signed out`;
  const failed = errors === 0 ? describeFailures(part) : `${describeFailures(part)}, of ${count(countAsked(part))}`;
  const back = recoveryMs === null || recoveryMs === 0 ? '' : `, all well ${seconds(recoveryMs)} after the cut`;
  return {
    text: `${failed}; ${who}${back}`,
    outcome: untouched ? judgeFailures(part, lost.count === 0) : outcomeOf(part),
    tone: errors === 0 ? 'good' : 'bad',
    lost: lost.count,
    errors,
    evidence: listEvidence(part),
  };
}

/** Every failure a quick 503, nobody signed out, and all well in the end. Without a failure the cut proves nothing. */
function outcomeOf({ side, outcomes, lost, recoveryMs, responseTime }: PartSummary): Verdict {
  const others = outcomes.connectionRefused + outcomes.connectionBroken + outcomes.otherStatus;
  if (lost.count > 0 || others > 0 || recoveryMs === null) return 'broken';
  if ((responseTime.max ?? 0) > QUICK_MS) return outcomes.timedOut > 0 ? 'unknown' : 'broken';
  // A cache may answer for what it holds while Redis is away.
  const noticed = outcomes.serverError > 0 || side === 'redis+tracked';
  return outcomes.ok > 0 && noticed ? 'holds' : 'unknown';
}
