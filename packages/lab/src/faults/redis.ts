// Faults of Redis: killed and restarted empty, cut off, slow. Each leaves a mark with its proof.

import type { RedisServer } from '@statecraft/infra-dev';
import type { ExperimentContext, Part } from '../contracts/context.ts';
import { startHelper } from '../processes/helper.ts';
import { readRedisFacts } from '../processes/redis-facts.ts';

/** Ended with the context. */
export async function startRedisProxy(context: ExperimentContext) {
  const { port } = new URL(context.redisUrl());
  const helper = await startHelper('redis-proxy', [port]);
  context.onEnd(() => helper.stop());
  const proof = { 'proxy pid': helper.pid, 'redis port': Number(port) };
  const change = async (part: Part, order: { delayMs: number; cut: boolean }, kind: string, text: string) => {
    await helper.send(order);
    part.mark({ kind, text, proof });
  };
  return {
    /** For the REDIS_URL of the servers. */
    url: helper.url,
    cut: (part: Part) => change(part, { delayMs: 0, cut: true }, 'redis-cut', 'Redis cut off'),
    slow: (part: Part, delayMs: number) =>
      change(part, { delayMs, cut: false }, 'slow', `Redis ${delayMs} ms away, each way`),
    heal: (part: Part) => change(part, { delayMs: 0, cut: false }, 'back', 'Redis as before'),
  };
}

/** kill -9, and a new empty process on the same port: every session is gone. */
export async function restartRedisEmpty(part: Part, redis: RedisServer): Promise<void> {
  const before = await readRedisFacts(redis.url);
  const at = part.now();
  await redis.restart();
  const after = await readRedisFacts(redis.url);
  part.mark({
    at,
    until: part.now(),
    kind: 'redis-restart',
    text: 'Redis killed (kill -9) and started again, without persistence',
    proof: {
      pid: before.pid,
      signal: 'SIGKILL',
      'pid after': after.pid,
      'run_id before': before.runId,
      'run_id after': after.runId,
    },
    excuses: { servers: 'all', cause: 'Redis was restarted without persistence' },
  });
}
