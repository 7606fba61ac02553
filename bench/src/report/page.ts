// docs/performance.md and the README's section, from one file of results. Every figure in them comes from there.

import type { Environment } from '../environment.ts';
import { goalsOf } from '../goals.ts';
import { type GrowthRow, growthRows, leftOut } from '../growth-rows.ts';
import type { AllResults } from '../results.ts';
import type { Run } from '../rounds.ts';
import type { BytesResult } from '../sections/bytes.ts';
import { SIGN_INS } from '../sections/sign-ins.ts';
import type { SweepResult } from '../sections/sweep.ts';
import { SIDES } from '../sides.ts';
import { type Row, summarise } from '../summary.ts';
import { between, count, interval, mib, ms, share, table, whole } from './format.ts';
import { HOW, INTRO, NOT_SAID } from './prose.ts';

export function pageOf(results: AllResults): string {
  const { load, bytes, sweep, 'sign-ins': signIns, 'growth-memory': inMemory, 'growth-redis': inRedis } = results;
  const parts = [
    INTRO,
    '![Shares of a bare route, as bars](performance.svg)',
    load && loadTable(summarise(SIDES, load.result)),
    load &&
      measuredOn(
        load.environment,
        `${roundsOf(load.result)} rounds of ${load.plan.seconds} s a side after ${load.plan.warmUpSeconds} s of warm-up, ${load.plan.people} users`,
      ),
    `## What we hold ourselves to\n\n${goals(results)}`,
    signIns && `## Sign-ins\n\n${SIGN_IN_WORDS}\n\n${signInTable(signIns.result)}`,
    signIns &&
      measuredOn(
        signIns.environment,
        `${roundsOf(signIns.result)} rounds of ${signIns.plan.seconds} s a side after ${signIns.plan.warmUpSeconds} s of warm-up`,
      ),
    bytes && `## Bytes\n\n${bytesTables(bytes.result)}`,
    bytes && measuredOn(bytes.environment),
    sweep && `## The sweep\n\n${sweepWords(sweep.result)}`,
    sweep && measuredOn(sweep.environment),
    growth(results),
    inMemory && measuredOn(inMemory.environment, 'sessions in memory'),
    inRedis && measuredOn(inRedis.environment, 'sessions in Redis'),
    HOW,
    NOT_SAID,
  ];
  return `${parts.filter((part) => part).join('\n\n')}\n`;
}

/** Between the README's markers. */
export function readmeSection(results: AllResults): string {
  const { load } = results;
  if (load === undefined) return '';
  const rows = summarise(SIDES, load.result).filter(({ group }) => group !== 'control');
  const lines = rows.map((row) => [named(row), share(row.share.mean), interval(row.share), commandsOf(row)]);
  return [
    '![Throughput for a signed-in user as a share of a bare Fastify route](docs/performance.svg)',
    table(['', 'share of bare', '95 % interval', 'Redis commands a request'], lines),
    `${measuredOn(load.environment, `${roundsOf(load.result)} interleaved rounds`)} Relative comparison, one machine.`,
  ].join('\n\n');
}

export const captionOf = (environment: Environment): string =>
  `${environment.cpu}, one core for the server · Node ${environment.node} · Redis ${environment.redis ?? '–'} · ${environment.generator} · ${environment.measuredAt.slice(0, 10)}`;

function loadTable(rows: readonly Row[]): string {
  const head = [
    '',
    'requests/s',
    'share of bare',
    '95 % interval',
    '10th–90th',
    'by CPU time',
    'p50 ms',
    'p99 ms',
    'Redis commands a request',
  ];
  return table(
    head,
    rows.map((row) => [named(row), ...figuresOf(row), commandsOf(row)]),
  );
}

function signInTable(runs: readonly Run[]): string {
  const head = ['', 'sign-ins/s', 'share of bare', '95 % interval', '10th–90th', 'by CPU time', 'p50 ms', 'p99 ms'];
  return table(
    head,
    summarise(SIGN_INS, runs).map((row) => [named(row), ...figuresOf(row)]),
  );
}

const SIGN_IN_WORDS = `A sign-in without its password: \`POST /sign-in\` carries the user's name, and no hash is computed. What is left is the
body, the new session or token, its write to the store, and the answer with the credential. It is kept apart by a server of
the bench (\`bench/src/peers/statecraft.ts\`) that composes the same service, plugins, strategies and stores as the apps and
has no accounts. A real sign-in computes a hash besides, which takes far longer than all of this, by design.`;

const named = ({ title, group }: Row): string =>
  group === 'ours' ? `**${title}**` : group === 'by hand' ? `by hand, no safety: ${title}` : title;

const figuresOf = (row: Row): string[] => [
  whole(row.perSecond),
  share(row.share.mean),
  interval(row.share),
  between(row.spread),
  row.cpuShare === undefined ? '–' : share(row.cpuShare.mean),
  ms(row.p50Ms),
  ms(row.p99Ms),
];

const commandsOf = ({ commands }: Row): string => (commands === undefined ? '' : commands.toFixed(2));

function goals(results: AllResults): string {
  const rows = goalsOf(results).map(({ title, wanted, reached, verdict }) => [
    title,
    wanted,
    reached,
    verdict === 'holds' ? 'holds' : `**${verdict}**`,
  ]);
  return table(['', 'goal', 'measured', ''], rows);
}

function bytesTables({ json, heap, redis }: BytesResult): string {
  const bare = redis[0]?.perSession ?? Number.NaN;
  const heapRows = heap.map(({ title, perSession }) => [title, whole(perSession), whole(perSession - json)]);
  const redisRows = redis.map(({ title, perSession }) => [title, whole(perSession), share(perSession / bare)]);
  return [
    `Heap after ${whole(heap[0]?.sessions ?? 0)} real sign-ins over HTTP, each a user's first, and a full collection of garbage before and after (\`--expose-gc\`). The data's own JSON is ${json} bytes of it.`,
    table(['heap', 'bytes a session', 'beyond the JSON'], heapRows),
    `Redis after ${whole(redis[0]?.sessions ?? 0)} sign-ins: \`MEMORY USAGE\` of every key there is, by the number of sessions. Redis runs with \`hash-max-listpack-value 1024\`, as infra/redis/redis.conf sets it and the API asks for at boot; its own default is 64.`,
    table(['Redis', 'bytes a session', 'of a bare SET'], redisRows),
  ].join('\n\n');
}

function sweepWords(results: readonly SweepResult[]): string {
  const rows = results.map(({ tookMs, slices, maxMs, over5, sweepingWallMs, idleWallMs }, at) => [
    `run ${at + 1}`,
    whole(tookMs),
    whole(slices),
    ms(maxMs),
    String(over5),
    ms(sweepingWallMs),
    ms(idleWallMs),
  ]);
  const wall = ['longest gap, wall ms', 'with nothing to sweep, wall ms'];
  const head = ['', 'swept in ms', 'slices', 'longest slice, CPU ms', 'over 5 ms', ...wall];
  return `${whole(results[0]?.sessions ?? 0)} sessions end at the same moment, and the store frees their room by its own timer, slice after slice. The longest
slice is in processor time of the thread, collections of garbage within it included. By the wall clock every gap between two
turns of the event loop counts, and other processes on the core are in it; the same gaps with nothing to sweep are the control.

${table(head, rows)}`;
}

function growth(results: AllResults): string {
  const rows = growthRows(results);
  if (rows.length === 0) return '';
  const missing = leftOut(results).map(
    ({ store, sessions, bytes, leftOut }) => `- ${store}, ${count(sessions)} sessions of ${bytes} bytes: ${leftOut}.`,
  );
  const plan = results['growth-memory']?.plan ?? results['growth-redis']?.plan;
  const slice = plan && (plan.seconds / plan.slices).toFixed(1);
  return `## As it grows

![Throughput and p99 by number of live sessions](performance-growth.svg)

All sessions are live, one of each user, begun in the server itself through the same strategy and store; then everybody's
are asked for in random order (${plan?.slices} slices of ${slice} s after ${plan?.warmUpSeconds} s of warm-up, in turn with the bare route): few
enough that neighbours differ by noise. – stands where in no slice both servers had their core.

${table(['', 'sessions', 'bytes each', 'requests/s', 'share of bare', 'p50 ms', 'p99 ms', 'taken, MiB'], rows.map(growthCells))}
${missing.length > 0 ? `\nLeft out, by the arithmetic of the point before, so that nothing is begun that this machine cannot hold:\n\n${missing.join('\n')}\n` : ''}`.trimEnd();
}

const growthCells = (row: GrowthRow): string[] => [
  row.store,
  count(row.sessions),
  whole(row.bytes),
  whole(row.perSecond),
  share(row.share),
  ms(row.p50Ms),
  ms(row.p99Ms),
  mib(row.taken),
];

/** "5", or "5 to 30" where some sides were measured more often. */
function roundsOf(runs: readonly Run[]): string {
  const sides = [...new Set(runs.map(({ side }) => side))];
  const counts = sides.map((name) => runs.filter(({ side }) => side === name).length);
  const [least, most] = [Math.min(...counts), Math.max(...counts)];
  return least === most ? String(most) : `${least} to ${most}`;
}

function measuredOn(environment: Environment, what?: string): string {
  const {
    cpu,
    cores,
    memoryGiB,
    system,
    node,
    redis,
    generator,
    pinned,
    priority,
    load,
    commit,
    lockfile,
    measuredAt,
  } = environment;
  const where = pinned
    ? `server pinned to core ${pinned.server}, generator and Redis to core ${pinned.generatorAndRedis}`
    : 'nothing pinned';
  return `Measured ${measuredAt.slice(0, 10)} on ${cpu}, ${cores} cores, ${memoryGiB} GiB, ${system}; Node ${node}, Redis ${redis ?? '–'}, ${generator}; ${where}${priority === 0 ? '' : `, at priority ${priority}`}; load average ${load} at the start; commit ${commit}, lockfile ${lockfile}${what === undefined ? '' : `; ${what}`}.`;
}
