// How long a session works on server B after its sign-out on server A was acknowledged: real processes, a real Redis, under
// load, with the tracked cache and without. The figures of docs/tracked-cache.md. To run it, from apps/stateful-api:
//
//   node --conditions=@statecraft/source bench/sign-out-exposure.ts [sign-outs]
//
//   four connections ask B without a pause ──┬── accepted ── accepted ── refused
//   sign-out at A ── acknowledged ───────────┘              └─ exposure: when the last accepted one was sent
//
// The load comes from a thread of its own: requests of other users at both servers, one in twenty a write.

import { Agent, request } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';
import { DEMO_PASSWORD } from '@statecraft/accounts';
import { type NodeProcess, startNode, startRedis } from '@statecraft/infra-dev';

const PROBES = 4;
const LOAD_CONNECTIONS = 8;
const LOAD_USERS = 40;
const DEFAULT_SIGN_OUTS = 300;
/** The two sides take turns, so that a noisy moment of the machine falls on both. Fresh servers for each turn. */
const TURNS = 4;
/** ms for which B must have refused everything before a sign-out counts as over. */
const QUIET_MS = 20;

const agent = new Agent({ keepAlive: true, maxSockets: 64 });

interface Answer {
  readonly status: number;
  readonly cookie: string;
}

function ask(url: string, method: string, path: string, cookie = '', body?: object): Promise<Answer> {
  const payload = body === undefined ? undefined : JSON.stringify(body);
  const headers = { cookie, ...(payload && { 'content-type': 'application/json', 'content-length': payload.length }) };
  return new Promise((resolve, reject) => {
    const sent = request(url + path, { method, agent, headers }, (answer) => {
      const given = answer.headers['set-cookie']?.[0]?.split(';')[0] ?? '';
      answer.resume().on('end', () => resolve({ status: answer.statusCode ?? 0, cookie: given }));
    });
    sent.on('error', reject);
    sent.end(payload);
  });
}

async function signIn(url: string, username: string): Promise<string> {
  const { status, cookie } = await ask(url, 'POST', '/auth/login', '', { username, password: DEMO_PASSWORD });
  if (status !== 200) throw new Error(`Signing in answered ${status}.`);
  return cookie;
}

async function exposureOfOne(a: string, b: string): Promise<number> {
  const cookie = await signIn(a, 'alice');
  for (let warm = 0; warm < 3; warm++) await ask(b, 'GET', '/auth/me', cookie);
  let over = false;
  let lastAccepted = Number.NEGATIVE_INFINITY;
  const probe = async () => {
    while (!over) {
      const sentAt = performance.now();
      if ((await ask(b, 'GET', '/auth/me', cookie)).status === 200) lastAccepted = Math.max(lastAccepted, sentAt);
    }
  };
  const probes = Array.from({ length: PROBES }, probe);
  await delay(5);
  await ask(a, 'POST', '/auth/logout', cookie);
  const acknowledged = performance.now();
  while (performance.now() - Math.max(lastAccepted, acknowledged) < QUIET_MS) await delay(QUIET_MS / 4);
  over = true;
  await Promise.all(probes);
  return Math.max(0, lastAccepted - acknowledged);
}

type Cache = 'none' | 'tracked';

/** What one turn of one side saw: the exposures in ms, and how many requests a second others got through beside it. */
interface Turn {
  readonly exposures: readonly number[];
  readonly besideIt: number;
}

async function measure(cache: Cache, signOuts: number): Promise<Turn> {
  const redis = await startRedis();
  const env = { PORT: '0', PASSWORD_COST: '4', DEMO_USERS: '1', DOCS: '0', LOG_LEVEL: 'warn', SESSION_STORE: 'redis' };
  const start = (): NodeProcess =>
    startNode(new URL('../src/main.ts', import.meta.url), {
      env: { ...env, REDIS_URL: redis.url, SESSION_CACHE: cache, SESSION_MAX_PER_USER: '1000' },
    });
  const servers = [start(), start()] as const;
  const [a, b] = await Promise.all([servers[0].url, servers[1].url]);
  const load = new Worker(new URL(import.meta.url), { workerData: [a, b] });
  await new Promise((resolve) => load.once('message', resolve));
  const all: number[] = [];
  for (let done = 0; done < signOuts; done++) all.push(await exposureOfOne(a, b));
  const besideIt = await new Promise<number>((resolve) => {
    load.once('message', resolve);
    load.postMessage('end');
  });
  await load.terminate();
  for (const server of servers) await server.stop();
  await redis.stop();
  return { exposures: all, besideIt };
}

function report(cache: Cache, turns: readonly Turn[]): void {
  const sorted = turns.flatMap((turn) => turn.exposures).toSorted((one, other) => one - other);
  const besideIt = turns.map((turn) => turn.besideIt).toSorted((one, other) => one - other);
  const at = (share: number) => (sorted[Math.ceil(share * sorted.length) - 1] ?? Number.NaN).toFixed(1);
  const exposed = sorted.filter((ms) => ms > 0).length;
  console.log(
    `SESSION_CACHE=${cache}: ${sorted.length} sign-outs, ${exposed} with a use after it; ` +
      `p50 ${at(0.5)} ms, p99 ${at(0.99)} ms, max ${at(1)} ms; beside ${besideIt[0]} to ${besideIt.at(-1)} requests/s of others`,
  );
}

/** In the thread: requests of other users at both servers, until told to end. Answers how many a second. */
async function makeLoad(urls: readonly string[]): Promise<void> {
  const cookies = await Promise.all(
    Array.from({ length: LOAD_USERS }, (_, user) => signIn(urls[user % 2] ?? '', user % 3 ? 'bob' : 'carol')),
  );
  let ended = false;
  let answered = 0;
  const connection = async (number: number) => {
    for (let turn = number; !ended; turn++) {
      const [url = '', cookie = ''] = [urls[turn % 2], cookies[turn % LOAD_USERS]];
      if (turn % 20 === 0) await ask(url, 'POST', '/cart/items', cookie, { sku: `sku-${turn % 9}`, quantity: 1 });
      else await ask(url, 'GET', '/auth/me', cookie);
      answered++;
    }
  };
  const began = performance.now();
  const connections = Array.from({ length: LOAD_CONNECTIONS }, (_, number) => connection(number));
  parentPort?.postMessage('begun');
  await new Promise((resolve) => parentPort?.once('message', resolve));
  ended = true;
  await Promise.all(connections);
  parentPort?.postMessage(Math.round((answered / (performance.now() - began)) * 1_000));
}

if (isMainThread) {
  const signOuts = Number(process.argv[2] ?? DEFAULT_SIGN_OUTS);
  const turns: Record<Cache, Turn[]> = { none: [], tracked: [] };
  for (let turn = 0; turn < TURNS; turn++) {
    const order = turn % 2 === 0 ? (['none', 'tracked'] as const) : (['tracked', 'none'] as const);
    for (const cache of order) {
      process.stderr.write(`turn ${turn + 1} of ${TURNS}: ${cache} …\n`);
      turns[cache].push(await measure(cache, Math.ceil(signOuts / TURNS)));
    }
  }
  for (const cache of ['none', 'tracked'] as const) report(cache, turns[cache]);
} else {
  await makeLoad(workerData as string[]);
}
