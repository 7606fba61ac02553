// npm run bench -- cpu: µs of processor time of the server's main thread for one request. Where other programs share the
// machine this says more than throughput: waiting for a core does not count, only what was computed on it.
//
// All servers run at once, on one core; load goes to one of them at a time, in windows of a third of a second, in a new
// random order each round. What other programs leave in the caches can only add, so the lower quartile of the windows is
// given, and the median beside it. `--beside ../other` starts the same sides out of another checkout, which is how a change is
// weighed: before and after in one run.

import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { wholeNumberOf } from './arguments.ts';
import type { Bench } from './bench.ts';
import { generate, generatorHere } from './load/generate.ts';
import { checkPeople, signInPeople } from './people.ts';
import { openRedis } from './redis.ts';
import { linesFor, startSide } from './rounds.ts';
import { pinSelf, root, type ServerProcess } from './server.ts';
import { BASE, SIDES, type Side, sidesNamed } from './sides.ts';
import { quantile, shuffled } from './statistics.ts';

const HELP = `µs of processor time for one request, of servers that are asked in turn.

  npm run bench -- cpu [sides] [--rounds <n>] [--beside <checkout>] [--json]

Sides: ${SIDES.map(({ name }) => name).join(', ')}.
With --beside, each of ours is started out of that (built) checkout, too. Linux only: it reads /proc/<pid>/schedstat.
`;
const PLAN = { quick: true, connections: 50, seconds: 1, slices: 2, warmUpSeconds: 3, rounds: 1, people: 500 };
const WINDOW_SECONDS = 0.35;
const WARM_UP_SECONDS = 3;

interface Subject {
  readonly name: string;
  readonly server: ServerProcess;
  /** Answers how many requests were answered. */
  readonly ask: (seconds: number) => Promise<number>;
  readonly windows: number[];
}

interface Asked {
  readonly sides: readonly Side[];
  readonly rounds: number;
  /** Roots of other checkouts, with a slash at their end. */
  readonly beside: readonly string[];
  readonly json: boolean;
}

const ending: (() => unknown)[] = [];
process.exitCode = await main(process.argv.slice(2));

async function main(typed: string[]): Promise<number> {
  let asked: Asked | undefined;
  try {
    asked = parse(typed);
  } catch (error) {
    process.stderr.write(`${(error as Error).message}\nTry: npm run bench -- cpu --help\n`);
    return 64;
  }
  if (asked === undefined) process.stdout.write(HELP);
  if (asked === undefined) return 0;
  if (!existsSync('/proc/self/schedstat')) {
    process.stderr.write('This system does not say how long a thread ran: there is no /proc/self/schedstat.\n');
    return 3;
  }
  try {
    await measure(asked);
    return 0;
  } catch (error) {
    process.stderr.write(`${(error as Error).message}\n`);
    return 1;
  } finally {
    for (const end of ending.reverse()) await end();
  }
}

/** Undefined for --help. @throws in words for whoever typed it */
function parse(args: string[]): Asked | undefined {
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: {
      rounds: { type: 'string' },
      beside: { type: 'string', multiple: true, default: [] },
      json: { type: 'boolean', default: false },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
  if (values.help) return undefined;
  const beside = values.beside.map((place) => `${resolve(process.env.INIT_CWD ?? '.', place)}/`);
  const unbuilt = beside.find((place) => !existsSync(`${place}apps/stateful-api/dist/main.js`));
  if (unbuilt !== undefined) throw new RangeError(`${unbuilt} is no checkout that is built: npm run build, there.`);
  return {
    sides: sidesNamed(positionals.length > 0 ? positionals : ['jwt', 'jwt-fresh', 'memory']),
    rounds: wholeNumberOf('--rounds', values.rounds, 15, [1, 1_000]),
    beside,
    json: values.json,
  };
}

async function measure({ sides, rounds, beside, json }: Asked): Promise<void> {
  pinSelf();
  const subjects: Subject[] = [];
  for (const side of sides) {
    subjects.push(await start(side, side.name, root));
    if (side.group !== 'ours') continue;
    for (const place of beside) subjects.push(await start(side, `${side.name} in ${place}`, place));
  }
  for (const { ask } of subjects) await ask(WARM_UP_SECONDS);
  for (let round = 1; round <= rounds; round++) {
    for (const one of shuffled(subjects)) one.windows.push(await windowOf(one));
    process.stderr.write(`round ${round} of ${rounds}\n`);
  }
  report(subjects, json);
}

/** With a Redis of its own, where it needs one: starting a side empties it. */
async function start(side: Side, name: string, from: string): Promise<Subject> {
  const redis = side.redis ? await openRedis() : undefined;
  ending.push(() => redis?.stop());
  const bench: Bench = { generator: generatorHere(), plan: PLAN, redis, say: () => undefined };
  const server = await startSide(bench, side, [], from);
  ending.push(() => server.stop());
  const people = await signInPeople(side, server.url, PLAN.people);
  const [wrong] = await checkPeople(side, server.url, people);
  if (wrong !== undefined) throw new Error(`${name}: ${wrong}`);
  const file = fileOf(linesFor(side, people, bench));
  const each = side.signIn === 'none' ? 'none' : side.header;
  let next = 0;
  const ask = async (seconds: number): Promise<number> => {
    const load = {
      url: `${server.url}/auth/me`,
      each,
      file,
      from: next,
      seconds,
      connections: PLAN.connections,
    } as const;
    const { requests, not2xx, errors } = await generate(bench.generator, load);
    if (not2xx + errors > 0) throw new Error(`${name}: ${not2xx} answers were not 2xx, ${errors} failed.`);
    next += requests;
    return requests;
  };
  return { name, server, ask, windows: [] };
}

function fileOf(lines: readonly string[]): string {
  const folder = mkdtempSync(join(tmpdir(), 'statecraft-bench-'));
  ending.push(() => rmSync(folder, { recursive: true }));
  writeFileSync(join(folder, 'lines'), `${lines.join('\n')}\n`);
  return join(folder, 'lines');
}

async function windowOf({ server, ask }: Subject): Promise<number> {
  const before = threadNs(server.pid);
  const requests = await ask(WINDOW_SECONDS);
  return (threadNs(server.pid) - before) / 1000 / requests;
}

/** proc(5), /proc/pid/schedstat: ns on a processor, of the main thread. */
function threadNs(pid: number): number {
  return Number(readFileSync(`/proc/${pid}/schedstat`, 'utf8').split(' ')[0]);
}

function report(subjects: readonly Subject[], json: boolean): void {
  const rows = subjects
    .map(({ name, windows }) => ({ name, low: quantile(windows, 0.25), median: quantile(windows, 0.5) }))
    .sort((a, b) => a.low - b.low);
  if (json) return void process.stdout.write(`${JSON.stringify(rows, null, 2)}\n`);
  const base = rows.find(({ name }) => name === BASE)?.low ?? Number.NaN;
  for (const { name, low, median } of rows) {
    const share = (base / low).toFixed(3);
    console.log(`${name.padEnd(40)} ${low.toFixed(2)} µs (median ${median.toFixed(2)})  ${share} of bare`);
  }
}
