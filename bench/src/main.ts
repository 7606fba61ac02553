// The bench on a terminal: parse, run, print. It computes nothing.

import { howToInstall } from '@statecraft/infra-dev';
import { type Arguments, HELP, parseArguments } from './arguments.ts';
import type { Bench } from './bench.ts';
import { failuresIn } from './failures.ts';
import { generatorHere } from './load/generate.ts';
import { publish } from './publish.ts';
import { type BenchRedis, openRedis } from './redis.ts';
import { toText } from './report/text.ts';
import { type AllResults, readAllResults, toJson } from './results.ts';
import { runSections } from './run.ts';
import { pinSelf } from './server.ts';

const say = (line: string) => void process.stderr.write(`${line}\n`);

process.exitCode = await main(process.argv.slice(2));

async function main(typed: readonly string[]): Promise<number> {
  let args: Arguments;
  try {
    args = parseArguments(typed);
  } catch (error) {
    say(`${(error as Error).message}\nTry: pnpm bench --help`);
    return 64;
  }
  if (args.command === 'help') process.stdout.write(HELP);
  if (args.command === 'report') print(args, readAllResults());
  if (args.command === 'publish') say(`Written: ${publish().join(', ')}`);
  return args.command === 'measure' ? measure(args) : 0;
}

async function measure(args: Arguments): Promise<number> {
  pinSelf();
  let redis: BenchRedis | undefined;
  try {
    if (needsRedis(args)) redis = await openRedis();
  } catch (error) {
    say(`${(error as Error).message}\nRedis is needed by what is to be measured: ${howToInstall('redis-server')}`);
    return 3;
  }
  try {
    const bench: Bench = { generator: generatorHere(), plan: args.plan, redis, say };
    const results = await runSections(bench, args);
    print(args, results);
    const failures = failuresIn(results);
    for (const line of failures) say(`FAILED: ${line}`);
    return failures.length > 0 ? 1 : 0;
  } catch (error) {
    say((error as Error).message);
    return 1;
  } finally {
    await redis?.stop();
  }
}

function print({ json }: Arguments, results: AllResults): void {
  process.stdout.write(json ? toJson(results) : toText(results));
}

function needsRedis({ sections, sides }: Arguments): boolean {
  return sections.some((name) => (name === 'load' ? sides.some(({ redis }) => redis) : !/memory|sweep/.test(name)));
}
