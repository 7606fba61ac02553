// A replica of Redis becomes the master: planned, or because the master was killed. The proof is the run_id of both.

import { setTimeout as delay } from 'node:timers/promises';
import type { RedisServer } from '@statecraft/infra-dev';
import type { Part } from '../contracts/context.ts';
import { FAILOVER } from '../fold/failover.ts';
import { readRedisFacts, sendToRedis } from '../processes/redis-facts.ts';

/**
 * ms. Redis replicates asynchronously, so sign-ins and sign-outs acknowledged at most so long before or after the
 * beginning of a failover may be lost. Any other that is lost breaks the run. (docs/production.md)
 */
export const LOSS_WITHIN_MS = 5_000;
/** Without a new master after this time there is none. */
const WAIT_MS = 15_000;
const POLL_MS = 20;

export interface Failover {
  readonly master: RedisServer;
  readonly replicas: readonly RedisServer[];
  /** What begins it; undefined: the master is killed. */
  readonly fault: { readonly text: string; begin(): Promise<unknown> } | undefined;
}

/** Ends when a replica has become the master, or after 15 s. */
export async function failOver(part: Part, { master, replicas, fault }: Failover): Promise<void> {
  const { pid, runId } = await readRedisFacts(master.url);
  const at = part.now();
  await (fault === undefined ? master.kill() : fault.begin());
  part.mark({
    at,
    kind: FAILOVER,
    text: fault?.text ?? 'kill -9 of the master',
    proof: { pid, ...(fault === undefined ? { signal: 'SIGKILL' } : {}), run_id: runId },
    excuses: { servers: 'all', cause: 'Redis failed over, and the new master lacks it', withinMs: LOSS_WITHIN_MS },
  });
  const promoted = await waitForMaster(replicas, part.context.signal);
  if (promoted === undefined) return;
  const found = part.now();
  const after = await readRedisFacts(promoted.url);
  part.mark({
    at: found,
    kind: 'promoted',
    text: `a replica is the master, ${Math.round(found - at)} ms later`,
    proof: { pid: after.pid, run_id: after.runId },
  });
}

async function waitForMaster(replicas: readonly RedisServer[], signal: AbortSignal): Promise<RedisServer | undefined> {
  const deadline = performance.now() + WAIT_MS;
  while (performance.now() < deadline && !signal.aborted) {
    const roles = await Promise.all(replicas.map(({ url }) => sendToRedis(url, 'ROLE').catch(() => [])));
    const promoted = roles.findIndex((role) => Array.isArray(role) && role[0] === 'master');
    if (promoted >= 0) return replicas[promoted];
    await delay(POLL_MS);
  }
  return undefined;
}
