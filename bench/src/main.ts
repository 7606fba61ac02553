// The bench on a terminal: parse, run, print. It computes nothing.

import { spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { howToInstall } from '@statecraft/infra-dev';
import { type Arguments, HELP, parseArguments } from './arguments.ts';
import { generatorHere } from './load/generate.ts';
import { openRedis } from './redis.ts';
import { toTable } from './report/table.ts';
import { type Run, runRounds } from './rounds.ts';
import { CORES, canPin, root } from './server.ts';
import { summarise } from './summary.ts';

const say = (line: string) => process.stderr.write(`${line}\n`);

process.exitCode = await main(process.argv.slice(2));

async function main(typed: readonly string[]): Promise<number> {
  let args: Arguments;
  try {
    args = parseArguments(typed);
  } catch (error) {
    say(`${(error as Error).message}\nTry: pnpm bench --help`);
    return 64;
  }
  if (args.help) {
    process.stdout.write(HELP);
    return 0;
  }
  pinSelf();
  return measure(args);
}

async function measure(args: Arguments): Promise<number> {
  const { sides, people, seconds, warmUpSeconds } = args;
  const needsRedis = sides.some((side) => side.redis);
  const redis = needsRedis ? await openRedis().catch((error: Error) => void say(error.message)) : undefined;
  if (needsRedis && redis === undefined) {
    say(`These sides need a Redis server of their own: ${howToInstall('redis-server')}`);
    return 3;
  }
  const generator = generatorHere();
  const total = sides.length * args.rounds;
  say(
    `${sides.length} sides, ${args.rounds} rounds of ${seconds} s after ${warmUpSeconds} s of warm-up, by ${generator}`,
  );
  const runs: Run[] = [];
  try {
    const plan = { people, connections: 50, warmUpSeconds, seconds };
    for await (const run of runRounds({ generator, plan, redis }, sides, 1, args.rounds)) {
      runs.push(run);
      say(`  ${runs.length}/${total}  ${run.side}: ${Math.round(run.perSecond).toLocaleString('en')} requests/s`);
      for (const line of run.wrong.slice(0, 3)) say(`    WRONG: ${line}`);
    }
  } catch (error) {
    say((error as Error).message);
    return 1;
  } finally {
    await redis?.stop();
  }
  const rows = summarise(sides, runs);
  const results = { generator, rows, runs };
  mkdirSync(`${root}bench/results`, { recursive: true });
  writeFileSync(`${root}bench/results/load.json`, `${JSON.stringify(results, undefined, 2)}\n`);
  process.stdout.write(args.json ? `${JSON.stringify(results, undefined, 2)}\n` : `\n${toTable(rows)}`);
  return rows.some((row) => row.failed > 0) ? 1 : 0;
}

/** Generator and Redis inherit the core of this process. */
function pinSelf(): void {
  if (canPin()) spawnSync('taskset', ['-a', '-c', '-p', String(CORES.generator), String(process.pid)]);
}
