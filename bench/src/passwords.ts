// npm run bench -- passwords: what a sign-in costs a server with each way to hash passwords, in one run.
//
//   for each round, in a new order: a new server ──> one user ──> sign-ins, two at a time ──> processor time
//
// The table is in docs/scaling.md. It is a sign-in over HTTP as a whole: hashing is nearly all of it.

import { existsSync, readFileSync } from 'node:fs';
import { formatCommand, readArguments, startNode } from '@statecraft/infra-dev';
import { parseProcessorMicros } from './measure.ts';
import { SECRET } from './plain-app.ts';
import { createProgress } from './progress.ts';
import { computeMedian, describeMachine, readCommit } from './results.ts';
import { toText } from './tables.ts';

const WAYS: readonly { readonly title: string; readonly env: Readonly<Record<string, string>> }[] = [
  { title: 'argon2id, 19 MiB, 2 passes (default)', env: {} },
  { title: 'argon2id, 46 MiB, 1 pass', env: { PASSWORD_MEMORY_KIB: '47104', PASSWORD_PASSES: '1' } },
  { title: 'argon2id, 64 MiB, 3 passes', env: { PASSWORD_MEMORY_KIB: '65536', PASSWORD_PASSES: '3' } },
  { title: 'bcrypt, cost 10', env: { PASSWORD_HASH: 'bcrypt', PASSWORD_COST: '10' } },
  { title: 'bcrypt, cost 12', env: { PASSWORD_HASH: 'bcrypt', PASSWORD_COST: '12' } },
];

const ROUNDS = 5;
/** s of processor time for each way and round; Linux counts it in hundredths. */
const SECONDS = 2;
const SERVER = new URL('../../apps/stateless-api/src/main.ts', import.meta.url);
const CREDENTIALS = { username: 'ada', password: 'correct horse battery staple' };

const HELP = `${formatCommand('bench', ['passwords'])}
Measures a sign-in at stateless-api with argon2id and with bcrypt: ${ROUNDS} rounds, about 2 minutes.
Exit codes: 0 measured; 1 a server failed; 3 there is no /proc; 64 wrong usage.`;

const given = readArguments(process.argv.slice(2), { help: HELP, options: {} });
process.exitCode = typeof given === 'number' ? given : await measure().catch(explainFailure);

async function measure(): Promise<number> {
  if (!existsSync('/proc/self/stat')) {
    process.stderr.write('The processor time of a server is read from /proc. This system has none: use Linux.\n');
    return 3;
  }
  /** Processor time of the server for one sign-in, ms: for each way, by round. */
  const samples = WAYS.map((): number[] => []);
  const progress = createProgress(ROUNDS * WAYS.length);
  for (let round = 1; round <= ROUNDS; round++) {
    for (const index of shuffle(WAYS.keys())) {
      const way = WAYS[index];
      if (way === undefined) continue;
      const label = `round ${round} of ${ROUNDS}  ${way.title}`;
      progress.show(label);
      const ms = await measureServer(way.env);
      samples[index]?.push(ms);
      progress.finish(`${label}  ${ms.toFixed(1)} ms`);
    }
  }
  progress.close();
  process.stdout.write(`${toText(createTable(samples))}\n\n${describeMachine()}, commit ${readCommit()}\n`);
  return 0;
}

function explainFailure(error: Error): number {
  process.stderr.write(`${error.message}\n`);
  return 1;
}

function createTable(samples: readonly (readonly number[])[]) {
  const rows = WAYS.map(({ title }, index) => {
    const ms = samples[index] ?? [];
    const median = computeMedian(ms);
    const spread = `${Math.min(...ms).toFixed(0)} to ${Math.max(...ms).toFixed(0)}`;
    return { own: false, cells: [title, median.toFixed(0), spread, (1000 / median).toFixed(1)] };
  });
  const head = ['a sign-in', 'ms of a core', 'rounds', 'sign-ins per s and core'];
  return { head, rows };
}

async function measureServer(env: Readonly<Record<string, string>>): Promise<number> {
  const usual = { LOG_LEVEL: 'warn', AUTH_EVENTS: '0', DOCS: '0', PORT: '0', JWT_SECRET: SECRET };
  const server = startNode(SERVER, { env: { ...usual, ...env } });
  try {
    const url = await server.url;
    await post(`${url}/auth/register`, 201);
    for (let count = 0; count < 5; count++) await post(`${url}/auth/login`, 200);
    return await measureSignIns(`${url}/auth/login`, server.pid);
  } finally {
    await server.stop();
  }
}

async function measureSignIns(url: string, pid: number): Promise<number> {
  const start = readProcessorMs(pid);
  let count = 0;
  const signInUntilEnd = async () => {
    while (readProcessorMs(pid) < start + SECONDS * 1000) {
      await post(url, 200);
      count += 1;
    }
  };
  await Promise.all([signInUntilEnd(), signInUntilEnd()]);
  return (readProcessorMs(pid) - start) / count;
}

async function post(url: string, expected: number): Promise<void> {
  const headers = { 'content-type': 'application/json' };
  const answer = await fetch(url, { method: 'POST', headers, body: JSON.stringify(CREDENTIALS) });
  const text = await answer.text();
  if (answer.status !== expected) throw new Error(`${url} answered ${answer.status} ${text}`);
}

function readProcessorMs(pid: number): number {
  return parseProcessorMicros(readFileSync(`/proc/${pid}/stat`, 'utf8')) / 1000;
}

function shuffle(indexes: Iterable<number>): number[] {
  const ranked = [...indexes].map((index) => ({ index, place: Math.random() }));
  return ranked.sort((a, b) => a.place - b.place).map(({ index }) => index);
}
