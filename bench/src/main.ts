// npm run bench: measures round by round, prints both tables, and publishes them if asked.

import { existsSync, writeFileSync } from 'node:fs';
import { type FoundRedis, findOrStartRedis, howToInstall } from '@statecraft/infra-dev';
import type { Contender } from './contenders.ts';
import { formatJson, publish, writeDocs } from './docs.ts';
import { measureContender, PLAN, pinBench, type Sample } from './measure.ts';
import { type Options, readOptions } from './options.ts';
import { createProgress } from './progress.ts';
import { createResult, describeMachine, hasSteadyBare, NO_RATIOS, type Results, readCommit } from './results.ts';
import { createApiTable, createPlainTable, type Table, toText } from './tables.ts';

process.once('SIGINT', () => process.exit(130));
process.once('SIGTERM', () => process.exit(143));
process.exitCode = await main(process.argv.slice(2));

async function main(args: readonly string[]): Promise<number> {
  // npm changes to the root of the repository; INIT_CWD is where the user was.
  const options = readOptions(args, process.env.INIT_CWD ?? process.cwd());
  return typeof options === 'number' ? options : measure(options);
}

async function measure(options: Options): Promise<number> {
  if (!existsSync('/proc/self/stat')) {
    say('The processor time of a server is read from /proc. This system has none: use Linux, or a Linux container.');
    return 3;
  }
  pinBench();
  const wanting = options.contenders.filter(({ needsRedis }) => needsRedis);
  const redis = wanting.length > 0 ? await findRedis() : undefined;
  try {
    const contenders = options.contenders.filter(({ needsRedis }) => redis !== undefined || !needsRedis);
    if (contenders.length < options.contenders.length) {
      say(`There is no Redis. Not measured: ${wanting.map(({ name }) => name).join(', ')}.`);
      say(`To measure them, too: ${howToInstall('redis-server')}`);
      if (options.write) return 3;
    }
    return report(await runRounds(contenders, options.rounds, redis?.url), options);
  } catch (error) {
    say((error as Error).message);
    return 1;
  } finally {
    await redis?.stop();
  }
}

function findRedis(): Promise<FoundRedis | undefined> {
  return findOrStartRedis({ allowDocker: false }).catch((error: Error) => {
    say(error.message);
    return undefined;
  });
}

/** Each round measures every contender once, in an order that is drawn anew. */
async function runRounds(contenders: readonly Contender[], rounds: number, redisUrl?: string): Promise<Results> {
  const start = { measuredAt: new Date().toISOString(), commit: readCommit() };
  const samples = new Map<Contender, Sample[]>(contenders.map((contender) => [contender, []]));
  const progress = createProgress(rounds * contenders.length);
  for (let round = 1; round <= rounds; round++) {
    for (const contender of shuffle(contenders)) {
      const label = `round ${round} of ${rounds}  ${contender.name}`;
      progress.show(label);
      const sample = await measureContender(contender, contender.needsRedis ? redisUrl : undefined).catch((error) => {
        progress.close();
        throw new Error(`${contender.name} failed in round ${round}: ${error.message}`);
      });
      samples.get(contender)?.push(sample);
      progress.finish(`${label}  ${sample.micros.toFixed(1)} µs`);
    }
  }
  progress.close();
  return {
    ...start,
    machine: describeMachine(),
    plan: PLAN,
    contenders: [...samples].map(([contender, found]) => createResult(contender, found)),
  };
}

function report(results: Results, { json, write }: Options): number {
  if (json !== undefined) writeFileSync(json, formatJson(results));
  printTable(createPlainTable(results));
  printTable(createApiTable(results));
  process.stdout.write('* this project. Processor time of the server; all on one machine: compare the rows.\n');
  if (!hasSteadyBare(results)) {
    say(NO_RATIOS);
    return 2;
  }
  if (write) {
    publish(results);
    say(`Written: ${['bench/results.json', ...writeDocs(results)].join(', ')}`);
  }
  return 0;
}

function printTable(table: Table): void {
  if (table.rows.length > 0) process.stdout.write(`${toText(table)}\n\n`);
}

function shuffle<T>(values: readonly T[]): T[] {
  return values
    .map((value) => ({ value, place: Math.random() }))
    .sort((a, b) => a.place - b.place)
    .map(({ value }) => value);
}

function say(text: string): void {
  process.stderr.write(`${text}\n`);
}
