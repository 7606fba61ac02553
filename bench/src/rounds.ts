// Interleaved rounds: each round runs every side once, in random order, each in a process of its own.

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Generator, generate } from './load/generate.ts';
import type { LoadResult } from './load/load.ts';
import { checkPeople, mintTokens, type SignedIn, signInPeople } from './people.ts';
import { type BenchRedis, type CommandCounts, perRequest } from './redis.ts';
import { type ServerProcess, startServer } from './server.ts';
import type { Side } from './sides.ts';
import { shuffled } from './statistics.ts';

interface Plan {
  readonly people: number;
  readonly connections: number;
  readonly warmUpSeconds: number;
  readonly seconds: number;
}

export interface Run extends LoadResult {
  readonly side: string;
  readonly round: number;
  /** Requests for each second of the server's processor time: what other work on the machine took is not in it. */
  readonly perCpuSecond?: number;
  /** The share of the time in which the server's core worked for it. Well below 1: it was not the server that was full. */
  readonly busy?: number;
  /** Redis commands for each request, by name; those of a script count beside it. */
  readonly commands?: CommandCounts;
  /** What the look at every user's answer found; empty when all was well. */
  readonly wrong: readonly string[];
}

/** A server that answers more than this in a second would be shown a token twice. */
const MOST_PER_SECOND = 70_000;

export interface Bench {
  readonly generator: Generator;
  readonly plan: Plan;
  readonly redis: BenchRedis | undefined;
}

export async function* runRounds(bench: Bench, sides: readonly Side[], first: number, rounds: number) {
  for (let round = first; round < first + rounds; round++) {
    for (const side of shuffled(sides)) yield await runOnce(bench, side, round);
  }
}

async function runOnce(bench: Bench, side: Side, round: number): Promise<Run> {
  const redisEnv = side.redis ? { REDIS_URL: await emptied(bench, side) } : {};
  const server = await startServer({ entry: side.entry, env: { ...side.env, ...redisEnv } });
  const folder = mkdtempSync(join(tmpdir(), 'statecraft-bench-'));
  try {
    const people = await signInPeople(side, server.url, bench.plan.people);
    const wrong = await checkPeople(side, server.url, people);
    const file = join(folder, 'credentials');
    writeFileSync(file, `${linesFor(side, people, bench.plan).join('\n')}\n`);
    return { side: side.name, round, wrong, ...(await measure(bench, side, server, file)) };
  } finally {
    await server.stop();
    rmSync(folder, { recursive: true });
  }
}

async function emptied({ redis }: Bench, { name }: Side): Promise<string> {
  if (redis === undefined) throw new Error(`${name} needs a Redis server.`);
  await redis.empty();
  return redis.url;
}

function linesFor(side: Side, people: readonly SignedIn[], { warmUpSeconds, seconds }: Plan): string[] {
  if (!side.fresh) return people.map(({ credential }) => credential);
  const count = Math.ceil((warmUpSeconds + seconds) * MOST_PER_SECOND);
  return mintTokens(
    people.map(({ person }) => person),
    count,
  );
}

async function measure({ generator, plan, redis }: Bench, side: Side, server: ServerProcess, file: string) {
  const header = side.signIn === 'none' ? 'none' : side.header;
  const load = { url: server.url, header, file, connections: plan.connections };
  const warmUp = await generate(generator, { ...load, from: 0, seconds: plan.warmUpSeconds });
  if (side.redis) await redis?.resetCounts();
  const cpuBefore = server.cpuMs();
  const began = performance.now();
  const result = await generate(generator, {
    ...load,
    from: warmUp.requests + plan.connections,
    seconds: plan.seconds,
  });
  const took = performance.now() - began;
  const cpuMs = (server.cpuMs() ?? Number.NaN) - (cpuBefore ?? Number.NaN);
  const commands = side.redis && redis ? { commands: perRequest(await redis.counts(), result.requests) } : {};
  const cpu = Number.isNaN(cpuMs) ? {} : { perCpuSecond: (result.requests * 1000) / cpuMs, busy: cpuMs / took };
  return { ...result, ...cpu, ...commands };
}
