// Results as a run writes them, small and made up, from which reports are rendered.

import { bucketOf } from '../src/histogram.ts';
import type { Measured } from '../src/measured.ts';
import type { AllResults } from '../src/results.ts';
import type { Run } from '../src/rounds.ts';
import type { GrowthPoint, GrowthStore } from '../src/sections/growth.ts';
import { SIGN_INS } from '../src/sections/sign-ins.ts';
import { SIDES } from '../src/sides.ts';

const environment = {
  cpu: 'A CPU',
  cores: 2,
  memoryGiB: 8,
  system: 'linux 1 x64',
  node: '24.0.0',
  redis: '7.0.0',
  generator: 'wrk 4',
  pinned: { server: 1, generatorAndRedis: 0 },
  priority: 0,
  load: 0.5,
  commit: 'abc',
  lockfile: 'def',
  measuredAt: '2026-01-02T03:04:05.000Z',
};
const plan = { rounds: 3, people: 5, connections: 50, warmUpSeconds: 1, seconds: 2, slices: 2, quick: false };

export function measured(share: number, p99Ms = 4): Measured {
  const own = { requests: 1000 * share, seconds: 1, cpuMs: 1000 };
  const pair = { own, bare: { requests: 1000, seconds: 1, cpuMs: 1000 } };
  return {
    pairs: [pair, pair, pair, pair],
    histogram: `${bucketOf(1_000)}:980 ${bucketOf(1000 * p99Ms)}:20`,
    commands: { hget: 1 },
    not2xx: 0,
    errors: 0,
  };
}

const runs = (side: string, ...shares: readonly number[]): Run[] =>
  shares.map((share, at) => ({ side, round: at + 1, wrong: [], ...measured(share) }));

const thrice = (share: number) => [share, share, share] as const;

const points = (store: GrowthStore): GrowthPoint[] => [
  { store, sessions: 1_000, bytes: 1024, taken: 2e6, measured: measured(0.9) },
  { store, sessions: 10_000, bytes: 1024, taken: 2e7, measured: measured(0.8) },
  { store, sessions: 1_000_000, bytes: 1024, taken: 2e9, measured: measured(0.7, 9) },
  { store, sessions: 1_000, bytes: 8192, taken: 9e6, measured: measured(0.6, 12) },
  {
    store,
    sessions: 1_000_000,
    bytes: 8192,
    leftOut: 'at 9,000 bytes a session it takes 8.4 GiB, and 4.0 is the limit',
  },
];

const swept = { sessions: 1_000_000, tookMs: 2_000, slices: 1_000, over5: 0 };

export const FIXTURE = {
  load: {
    environment,
    plan,
    result: SIDES.flatMap(({ name }, at) =>
      name === 'bare' ? runs(name, 0.99, 1, 1.01) : runs(name, ...thrice(1 - at / 40)),
    ),
  },
  bytes: {
    environment,
    plan,
    result: {
      json: 90,
      heap: [{ title: 'memory', sessions: 100_000, perSession: 400 }],
      redis: [
        { title: 'a bare SET of the JSON', sessions: 3_000, perSession: 200 },
        { title: 'redis', sessions: 3_000, perSession: 300 },
      ],
    },
  },
  sweep: { environment, plan, result: [{ ...swept, maxMs: 3, sweepingWallMs: 4, idleWallMs: 2 }] },
  'sign-ins': { environment, plan, result: SIGN_INS.flatMap(({ name }) => runs(name, ...thrice(0.5))) },
  'growth-memory': { environment, plan, result: points('memory') },
  'growth-redis': { environment, plan, result: points('redis') },
} satisfies AllResults;
