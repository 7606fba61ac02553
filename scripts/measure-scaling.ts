// What docs/scaling.md reckons with, measured here: what a session weighs in Redis, what a request and a sign-in cost in
// processor time. Costs are times of the measured process itself (/proc, INFO), so what else the machine does weighs less
// than it does on requests per second. Linux only.

import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { createRequire } from 'node:module';
import { cpus, loadavg, release, tmpdir } from 'node:os';
import { join } from 'node:path';
import { type NodeProcess, startNode, startRedis } from '../infra/dev/src/index.ts';
import { mintSessionToken, sessionIdOf } from '../packages/auth-core/src/index.ts';
import { createRedisStore, redisClientOptions } from '../packages/auth-core/src/stores/redis.ts';

export interface Measured {
  readonly environment: Readonly<Record<string, string | number>>;
  /** One session of each user, written by the store; bytes of Redis' used_memory. */
  readonly redis: {
    readonly sessions: number;
    readonly jsonBytes: number;
    readonly bytesPerSession: number;
    readonly bytesPerSessionByDefault: number;
    readonly aofBytesPerSession: number;
    readonly loadMs: number;
  };
  /** µs of processor time per GET /auth/me, of the app and of Redis. */
  readonly request: Readonly<Record<Mode, RequestCost>>;
  /** ms of processor time per sign-in with PASSWORD_COST=12. */
  readonly signInMs: number;
}
interface RequestCost {
  /** The median of the rounds; modes take turns within a round. */
  readonly appMicros: number;
  readonly redisMicros: number;
  readonly appMicrosOfRounds: readonly number[];
}
/** tracked: redis with SESSION_CACHE=tracked. */
export type Mode = 'jwt' | 'memory' | 'redis' | 'tracked';

/** µs of processor time per request. */
interface Cost {
  readonly app: number;
  readonly redis: number;
}
interface Side {
  requests(): Promise<Cost>;
  /** ms of processor time of one. */
  signIns(): Promise<number>;
  close(): Promise<void>;
}

type RedisServer = Awaited<ReturnType<typeof startRedis>>;
const { Redis } = createRequire(new URL('../packages/auth-core/package.json', import.meta.url))(
  'ioredis',
) as typeof import('../packages/auth-core/node_modules/ioredis/built/index.js');

const SESSIONS = 250_000;
const USERS = 20;
const IN_FLIGHT = 32;
const SECONDS = 3;
const ROUNDS = 5;
const SIGN_INS = 10;
const MODES = ['jwt', 'memory', 'redis', 'tracked'] as const;
const PASSWORD = 'correct horse battery';
const SMALL_HASHES = ['--hash-max-listpack-value', '1024'];
/** Said, because `startRedis` sets the other. */
const REDIS_DEFAULT = ['--hash-max-listpack-value', '64'];

export async function measure(say: (line: string) => void): Promise<Measured> {
  say(`${SESSIONS} sessions in Redis …`);
  const large = await population(SESSIONS, SMALL_HASHES);
  const byDefault = await population(SESSIONS / 5, REDIS_DEFAULT);
  const redis = await startRedis(SMALL_HASHES);
  const sides: Side[] = [];
  try {
    for (const mode of MODES) sides.push(await openSide(mode, redis));
    const signIns: number[] = [];
    const costs = MODES.map(() => [] as Cost[]);
    for (let round = 0; round < ROUNDS; round++) {
      say(`requests, round ${round + 1} of ${ROUNDS} …`);
      for (const [index, side] of sides.entries()) costs[index]?.push(await side.requests());
      for (const side of sides.slice(1, 2)) signIns.push(await side.signIns());
    }
    const [jwt, memory, byRedis, tracked] = costs.map(middle);
    if (!jwt || !memory || !byRedis || !tracked) throw new Error('A mode was not measured.');
    return report(large, byDefault, { jwt, memory, redis: byRedis, tracked }, median(signIns));
  } finally {
    for (const side of sides) await side.close();
    await redis.stop();
  }
}

function middle(costs: readonly Cost[]) {
  return {
    appMicros: median(costs.map(({ app }) => app)),
    redisMicros: median(costs.map(({ redis }) => redis)),
    appMicrosOfRounds: costs.map(({ app }) => app),
  };
}

const median = (values: readonly number[]): number =>
  [...values].sort((a, b) => a - b)[values.length >> 1] ?? Number.NaN;

type Population = Awaited<ReturnType<typeof population>>;

function report(large: Population, byDefault: Population, request: Measured['request'], signInMs: number): Measured {
  return {
    environment: environment(large.version),
    redis: {
      sessions: SESSIONS,
      jsonBytes: large.jsonBytes,
      bytesPerSession: large.bytes,
      bytesPerSessionByDefault: byDefault.bytes,
      aofBytesPerSession: large.aofBytes,
      loadMs: large.loadMs,
    },
    request,
    signInMs,
  };
}

function environment(redis: string) {
  return {
    cpu: cpus()[0]?.model.trim() ?? 'unknown',
    cores: cpus().length,
    system: `${process.platform} ${release()}`,
    node: process.versions.node,
    redis,
    load: Math.round((loadavg()[0] ?? 0) * 10) / 10,
    commit: execFileSync('git', ['rev-parse', '--short=12', 'HEAD'], { encoding: 'utf8' }).trim(),
    measuredAt: new Date().toISOString(),
  };
}

/** What the stateful API writes at a sign-in. */
const dataOf = (id: string, username: string) => JSON.stringify({ user: { id, username, roles: ['user'] } });
const newUserId = () => randomBytes(16).toString('base64url');

async function population(count: number, args: readonly string[]) {
  const folder = mkdtempSync(join(tmpdir(), 'statecraft-scaling-'));
  const server = await startRedis([...args, '--dir', folder, '--appendonly', 'yes']);
  const client = new Redis(server.url, redisClientOptions({ deadlineMs: 60_000 }));
  client.on('error', () => undefined);
  try {
    await new Promise((resolve) => client.once('ready', resolve));
    const store = createRedisStore({ client });
    const before = await info(client, 'memory', 'used_memory');
    const now = Date.now();
    await inParallel(count, async (index) => {
      const userId = newUserId();
      const data = dataOf(userId, `user-${index}`);
      const id = sessionIdOf(mintSessionToken(userId)) ?? '';
      await store.create({
        id,
        userId,
        data,
        createdAt: now,
        idleExpiresAt: now + 1.8e6,
        absoluteExpiresAt: now + 4.32e7,
      });
    });
    const bytes = ((await info(client, 'memory', 'used_memory')) - before) / count;
    await client.bgrewriteaof();
    while ((await info(client, 'persistence', 'aof_rewrite_in_progress')) === 1 || aofBytes(folder) === 0)
      await pause(50);
    const version = /redis_version:(\S+)/.exec(await client.info('server'))?.[1] ?? '';
    const size = aofBytes(folder);
    await client.shutdown().catch(() => undefined);
    const began = performance.now();
    await server.restart();
    const again = new Redis(server.url, redisClientOptions());
    await new Promise((resolve) => again.once('ready', resolve));
    const loadMs = performance.now() - began;
    if ((await again.dbsize()) !== count) throw new Error('The AOF did not bring everybody back.');
    again.disconnect();
    return {
      bytes: Math.round(bytes),
      aofBytes: Math.round(size / count),
      loadMs: Math.round(loadMs),
      version,
      jsonBytes: dataOf(newUserId(), 'user-100000').length,
    };
  } finally {
    client.disconnect();
    await server.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

/** The rewritten image; 0 while there is none. */
function aofBytes(folder: string): number {
  const home = join(folder, 'appendonlydir');
  const bases = readdirSync(home).filter((name) => /\.[2-9]\d*\.base\.rdb$/.test(name));
  return bases.reduce((sum, name) => sum + statSync(join(home, name)).size, 0);
}

async function info(client: InstanceType<typeof Redis>, section: string, field: string): Promise<number> {
  return Number(new RegExp(`^${field}:([\\d.]+)`, 'm').exec(await client.info(section))?.[1]);
}

async function inParallel(count: number, work: (index: number) => Promise<unknown>): Promise<void> {
  let next = 0;
  const worker = async () => {
    while (next < count) await work(next++);
  };
  await Promise.all(Array.from({ length: IN_FLIGHT }, worker));
}

/** One mode's server, with everybody signed in. */
async function openSide(mode: Mode, redis: RedisServer): Promise<Side> {
  const app = mode === 'jwt' ? 'stateless-api' : 'stateful-api';
  const stateful = {
    SESSION_STORE: mode === 'memory' ? 'memory' : 'redis',
    SESSION_CACHE: mode === 'tracked' ? 'tracked' : 'none',
    REDIS_URL: redis.url,
    SESSION_COOKIE_SECURE: '1',
  };
  const own = mode === 'jwt' ? { JWT_SECRET: 'x'.repeat(48) } : stateful;
  const env = { NODE_ENV: 'production', LOG_LEVEL: 'warn', DOCS: '0', PORT: '0', ...own };
  const server = startNode(new URL(`../apps/${app}/src/main.ts`, import.meta.url), { env });
  const client = new Redis(redis.url);
  const url = await server.url;
  const credentials = await signInAll(url, mode);
  return {
    async requests() {
      await ask(url, credentials, 500);
      const [redisBefore, before] = [await redisMicros(client), cpuMicros(server)];
      const count = await ask(url, credentials, SECONDS * 1_000);
      const app = (cpuMicros(server) - before) / count;
      return {
        app: round(app),
        redis: mode === 'redis' || mode === 'tracked' ? round(((await redisMicros(client)) - redisBefore) / count) : 0,
      };
    },
    async signIns() {
      const before = cpuMicros(server);
      for (let i = 0; i < SIGN_INS; i++) await signIn(url, i);
      return round((cpuMicros(server) - before) / SIGN_INS / 1_000);
    },
    async close() {
      client.disconnect();
      await server.stop();
    },
  };
}

const round = (value: number) => Math.round(value * 10) / 10;

async function signInAll(url: string, mode: Mode): Promise<Record<string, string>[]> {
  const all: Record<string, string>[] = [];
  for (let user = 0; user < USERS; user++) {
    await post(`${url}/auth/register`, user);
    const answer = await signIn(url, user);
    const cookie = answer.headers.getSetCookie()[0]?.split(';')[0] ?? '';
    all.push(
      mode === 'jwt'
        ? { authorization: `Bearer ${((await answer.json()) as { accessToken: string }).accessToken}` }
        : { cookie },
    );
  }
  return all;
}

const signIn = (url: string, user: number) => post(`${url}/auth/login`, user);

async function post(url: string, user: number): Promise<Response> {
  const body = JSON.stringify({ username: `user-${user}`, password: PASSWORD });
  const answer = await fetch(url, { method: 'POST', headers: { 'content-type': 'application/json' }, body });
  if (!answer.ok) throw new Error(`${url}: ${answer.status} ${await answer.text()}`);
  return answer;
}

/** GET /auth/me of one user after the other, IN_FLIGHT at once. @returns how many were answered with 200. */
async function ask(url: string, credentials: readonly Record<string, string>[], ms: number): Promise<number> {
  const until = performance.now() + ms;
  let done = 0;
  const worker = async () => {
    while (performance.now() < until) {
      const answer = await fetch(`${url}/auth/me`, { headers: credentials[done++ % USERS] ?? {} });
      if (answer.status !== 200) throw new Error(`GET /auth/me: ${answer.status}`);
      await answer.arrayBuffer();
    }
  };
  await Promise.all(Array.from({ length: IN_FLIGHT }, worker));
  return done;
}

/** Hundredths of a second (proc_pid_stat(5)), as µs. */
function cpuMicros({ pid }: NodeProcess): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? [];
  return 10_000 * (Number(fields[11]) + Number(fields[12]));
}

async function redisMicros(client: InstanceType<typeof Redis>): Promise<number> {
  const [user, system] = [await info(client, 'cpu', 'used_cpu_user'), await info(client, 'cpu', 'used_cpu_sys')];
  return 1e6 * (user + system);
}
