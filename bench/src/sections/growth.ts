// Sections `growth-memory` and `growth-redis`: what a request costs when many people are signed in. Sessions are begun in
// the server itself, and then everybody's are asked for, in random order, in turn with a bare route.

import { freemem, totalmem } from 'node:os';
import type { Bench } from '../bench.ts';
import { withLines } from '../lines.ts';
import { type Asked, compare, type Measured } from '../measured.ts';
import { somebody } from '../peers/somebody.ts';
import { isAnswered, seed } from '../people.ts';
import { startSide, withBare } from '../rounds.ts';
import type { ServerProcess } from '../server.ts';
import { shuffled } from '../statistics.ts';
import { textOf } from '../summary.ts';

export type GrowthStore = 'memory' | 'redis';

export interface GrowthPoint {
  readonly store: GrowthStore;
  readonly sessions: number;
  /** Of each session's data. */
  readonly bytes: number;
  /** What all sessions took of the server's or Redis's memory, bytes; undefined when the point was left out. */
  readonly taken?: number;
  /** Undefined when the point was left out. */
  readonly measured?: Measured;
  /** Why it was. */
  readonly leftOut?: string;
}

const COUNTS = [1_000, 10_000, 100_000, 1_000_000];
const SIZES = [1_024, 8_192];
/** Node's heap has about this on a 64-bit machine unless a flag says otherwise; Redis is held to the same. */
const MOST_BYTES = 4 * 1024 ** 3;
const SEED_AT_ONCE = 20_000;
/** Answers that are looked at before each point. */
const CHECKED = 200;

export async function runGrowth(bench: Bench, store: GrowthStore): Promise<GrowthPoint[]> {
  const counts = bench.plan.quick ? COUNTS.slice(0, 2) : COUNTS;
  const points: GrowthPoint[] = [];
  for (const bytes of SIZES) {
    for (const sessions of counts) {
      const leftOut = whyNot(points, sessions, bytes);
      const head = { store, sessions, bytes };
      const measure = () => withBare(bench, (bare) => runPoint(bench, head, bare));
      const point = leftOut ? { ...head, leftOut } : { ...head, ...(await measure()) };
      points.push(point);
      const said = 'measured' in point ? textOf(point.measured) : `left out: ${leftOut}`;
      bench.say(`  ${sessions.toLocaleString('en')} sessions of ${bytes} bytes: ${said}`);
    }
  }
  return points;
}

/** Arithmetic from the point before, so that no point is begun that the machine cannot hold. */
export function whyNot(points: readonly GrowthPoint[], sessions: number, bytes: number): string | undefined {
  const before = points.findLast((point) => point.bytes === bytes && point.taken !== undefined);
  if (before?.taken === undefined) return undefined;
  const each = before.taken / before.sessions;
  const most = Math.min(MOST_BYTES, 0.6 * freemem(), totalmem() / 2);
  if (each * sessions <= most) return undefined;
  const [needed, there] = [each * sessions, most].map((value) => (value / 1024 ** 3).toFixed(1));
  return `at ${Math.round(each).toLocaleString('en')} bytes a session it takes ${needed} GiB, and ${there} is the limit`;
}

async function runPoint(bench: Bench, { store, sessions, bytes }: GrowthPoint, bare: Asked) {
  const redis = store === 'redis';
  const server = await startSide(bench, { entry: 'bench/src/peers/statecraft.ts', env: { MODE: store }, redis });
  try {
    const before = await takenBy(bench, server, redis);
    const tokens: string[] = [];
    for (let from = 0; from < sessions; from += SEED_AT_ONCE) {
      const more = await seed(server.url, from, Math.min(SEED_AT_ONCE, sessions - from), bytes);
      for (const token of more) tokens.push(`session=${token}`);
    }
    await checkSome(server.url, tokens);
    const taken = (await takenBy(bench, server, redis)) - before;
    const own = { server, each: 'cookie', path: '/auth/me', redis } as const;
    return { taken, measured: await withLines(shuffled(tokens), (file) => compare(bench, { ...own, file }, bare)) };
  } finally {
    await server.stop();
  }
}

async function checkSome(url: string, tokens: readonly string[]): Promise<void> {
  for (let check = 0; check < CHECKED; check++) {
    const at = Math.floor(Math.random() * tokens.length);
    if (await isAnswered(url, somebody(at), { cookie: tokens[at] ?? '' })) continue;
    throw new Error(`The answer to user ${at} of ${tokens.length} was not that user's.`);
  }
}

async function takenBy(bench: Bench, server: ServerProcess, redis: boolean): Promise<number> {
  return redis && bench.redis ? bench.redis.used() : server.rss();
}
