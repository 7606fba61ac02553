// npm run docs:scaling [-- --measure]: writes the tables of docs/scaling.md from docs/scaling.json, which --measure makes
// anew on this machine (about 2 minutes). A test holds the page against the figures.

import { readFileSync, writeFileSync } from 'node:fs';
import { readArguments } from './arguments.ts';
import { type Measured, type Mode, measure } from './measure-scaling.ts';

const HELP = `npm run docs:scaling [-- --measure]
Writes the tables of docs/scaling.md from docs/scaling.json. --measure makes those figures anew first (Linux, 2 minutes;
leave the machine alone meanwhile). Exit code: 0, 64 for wrong usage.`;

const page = new URL('../docs/scaling.md', import.meta.url);
const figures = new URL('../docs/scaling.json', import.meta.url);

/** What the page assumes of people; everything else is measured. */
const ASSUMED = {
  /** Share of all users whose session is alive at the peak. */
  live: 0.1,
  /** s between two requests of such a user. */
  between: 30,
  /** Sign-ins of each user a day, and how much the busiest second has above the average. */
  signInsADay: 1,
  peak: 3,
  /** Share of a core that may be busy. */
  busy: 0.6,
  /** s after which a request moves the idle expiry: a tenth of SESSION_IDLE_SECONDS. */
  touch: 180,
} as const;

const NAMES: Record<Mode, string> = {
  jwt: '`jwt`',
  memory: '`memory`',
  redis: '`redis`',
  tracked: '`redis`, `SESSION_CACHE=tracked`',
};

const USERS = [10_000, 100_000, 1_000_000, 10_000_000, 100_000_000];

export function scalingTables(measured: Measured): Record<'measured' | 'sizes', string> {
  return { measured: measuredTable(measured), sizes: sizesTable(measured) };
}

/** The page with each table between its markers. */
export function withScalingTables(text: string, measured: Measured): string {
  return Object.entries(scalingTables(measured)).reduce((rest, [name, table]) => {
    const [begin, end] = [`<!-- generated:${name} -->`, `<!-- /generated:${name} -->`];
    const [from, to] = [rest.indexOf(begin), rest.indexOf(end)];
    return from < 0 || to < from ? rest : `${rest.slice(0, from + begin.length)}\n${table}\n${rest.slice(to)}`;
  }, text);
}

function measuredTable({ redis, request, signInMs, environment }: Measured): string {
  const { cpu, cores, system, node, redis: version, load, commit, measuredAt } = environment;
  return [
    '| | | |',
    '|---|--:|---|',
    row(
      'a session in Redis',
      `${redis.bytesPerSession} bytes`,
      `\`used_memory\`, ${n(redis.sessions)} users with one session of ${redis.jsonBytes} bytes of JSON, \`hash-max-listpack-value 1024\``,
    ),
    row(
      'the same with Redis’ default of 64',
      `${redis.bytesPerSessionByDefault} bytes`,
      `${n(redis.sessions / 5)} users`,
    ),
    row('a session on disk', `${redis.aofBytesPerSession} bytes`, 'the AOF after a rewrite'),
    row(
      'Redis starts with them in',
      `${redis.loadMs} ms`,
      `${n(redis.sessions)} sessions, from the process’ start to its first answer`,
    ),
    ...(['jwt', 'memory', 'redis', 'tracked'] as const).map((mode) =>
      row(
        `a request, ${NAMES[mode]}`,
        `${request[mode].appMicros} µs`,
        `processor time of the app for \`GET /auth/me\`, HTTP included; ${request[mode].appMicrosOfRounds.length} rounds, ${spread(request[mode].appMicrosOfRounds)}`,
      ),
    ),
    row('a request, `redis`, in Redis', `${request.redis.redisMicros} µs`, 'processor time of Redis for its `HGET`'),
    row(
      'a request, `SESSION_CACHE=tracked`, in Redis',
      `${request.tracked.redisMicros} µs`,
      `when the cache knows all who ask: what is left are sign-ins, heartbeats and the measuring itself`,
    ),
    row('a sign-in', `${signInMs} ms`, 'processor time, `PASSWORD_COST=12`'),
    '',
    `${cpu}, ${cores} cores, ${system}, Node ${node}, Redis ${version}, load ${load} as it ended, commit ${commit}, ${String(measuredAt).slice(0, 10)}. Again: \`npm run docs:scaling -- --measure\``,
  ].join('\n');
}

const spread = (rounds: readonly number[]) => `${Math.min(...rounds)} to ${Math.max(...rounds)}`;
const row = (...cells: string[]) => `| ${cells.join(' | ')} |`;

function sizesTable(measured: Measured): string {
  const columns = USERS.map((users) => sizeOf(users, measured));
  const line = (title: string, cell: (size: Size) => string) => row(title, ...columns.map(cell));
  return [
    row('users', ...USERS.map(n)),
    `|---|${'--:|'.repeat(USERS.length)}`,
    line('live sessions', ({ live }) => n(live)),
    line('Redis, memory', ({ memory }) => bytes(memory)),
    line('Redis, disk after a rewrite', ({ disk }) => bytes(disk)),
    line('requests a second', ({ requests }) => n(requests)),
    line('Redis, commands a second', ({ commands }) => n(commands)),
    line('Redis, cores at 60 %', ({ redisCores }) => cores(redisCores)),
    line('shards that follow from it', ({ redisCores }) => n(Math.max(1, Math.ceil(redisCores)))),
    line('cores for requests, `redis`', ({ appCores }) => cores(appCores.redis)),
    line('cores for requests, `jwt`', ({ appCores }) => cores(appCores.jwt)),
    line('sign-ins a second, at the peak', ({ signIns }) => (signIns < 10 ? signIns.toFixed(1) : n(signIns))),
    line('cores for passwords', ({ passwordCores }) => cores(passwordCores)),
  ].join('\n');
}

type Size = ReturnType<typeof sizeOf>;

function sizeOf(users: number, { redis, request, signInMs }: Measured) {
  const live = users * ASSUMED.live;
  const requests = live / ASSUMED.between;
  const commands = requests + live / ASSUMED.touch;
  const signIns = (users * ASSUMED.signInsADay * ASSUMED.peak) / 86_400;
  const coresFor = (perSecond: number, micros: number) => (perSecond * micros) / 1e6 / ASSUMED.busy;
  return {
    live,
    requests,
    commands,
    signIns,
    memory: live * redis.bytesPerSession,
    disk: live * redis.aofBytesPerSession,
    // A touch is a script on one key: reckoned as a read, which it costs at least.
    redisCores: coresFor(commands, request.redis.redisMicros),
    appCores: { redis: coresFor(requests, request.redis.appMicros), jwt: coresFor(requests, request.jwt.appMicros) },
    passwordCores: coresFor(signIns, signInMs * 1000),
  };
}

const n = (value: number): string => Math.round(value).toLocaleString('en-GB');
const cores = (value: number): string => (value < 10 ? value.toFixed(2) : n(value));
const bytes = (value: number): string =>
  value < 1e9 ? `${(value / 1e6).toFixed(value < 1e7 ? 1 : 0)} MB` : `${(value / 1e9).toFixed(1)} GB`;

/** As biome formats it. */
const listsOnOneLine = (json: string): string =>
  json.replaceAll(/\[\s+([\d.,\s]+?)\s+\]/g, (_whole, list: string) => `[${list.replaceAll(/\s+/g, ' ')}]`);

export const readFigures = (): Measured => JSON.parse(readFileSync(figures, 'utf8'));

if (import.meta.main) {
  const given = readArguments(process.argv.slice(2), { help: HELP, options: { measure: { type: 'boolean' } } });
  if (typeof given === 'number') process.exitCode = given;
  else {
    if (given.values.measure === true) {
      const measured = await measure((line) => process.stderr.write(`${line}\n`));
      writeFileSync(figures, `${listsOnOneLine(JSON.stringify(measured, undefined, 2))}\n`);
    }
    writeFileSync(page, withScalingTables(readFileSync(page, 'utf8'), readFigures()));
  }
}
