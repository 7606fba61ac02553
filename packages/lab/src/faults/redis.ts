// What can befall Redis: killed and restarted empty, cut off, slow. Each leaves a mark with its proof.

import type { RedisServer } from '@statecraft/infra-dev';
import type { ExperimentContext, Part } from '../context/lab.ts';
import { type HelperProcess, startHelper } from '../processes/helper.ts';
import { readRedisFacts } from '../processes/redis-facts.ts';

export interface RedisProxy {
  /** For the servers' REDIS_URL. */
  readonly url: string;
  cut(part: Part): Promise<void>;
  slow(part: Part, delayMs: number): Promise<void>;
  heal(part: Part): Promise<void>;
}

/** Ended with the context. */
export async function startRedisProxy(context: ExperimentContext): Promise<RedisProxy> {
  const { port } = new URL(context.redisUrl());
  const own: HelperProcess = await startHelper('redis-proxy', [port]);
  context.own(() => own.stop());
  const proof = { 'proxy pid': own.pid, 'redis port': Number(port) };
  return {
    url: own.hello.url,
    async cut(part) {
      await own.tell({ delayMs: 0, cut: true });
      part.mark({ kind: 'redis-cut', text: 'Redis cut off', proof });
    },
    async slow(part, delayMs) {
      await own.tell({ delayMs, cut: false });
      part.mark({ kind: 'slow', text: `Redis ${delayMs} ms away, each way`, proof });
    },
    async heal(part) {
      await own.tell({ delayMs: 0, cut: false });
      part.mark({ kind: 'back', text: 'Redis as before', proof });
    },
  };
}

/** kill -9, and a new process on the same port with nothing in it: everybody's session is gone, and that is the cause. */
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
