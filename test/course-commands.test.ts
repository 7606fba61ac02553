// Every command on the pages of the course and of the exercises runs here, in the smallest size that keeps its meaning.
// A new command on a page needs a line in one of the three tables below.

import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, it, onTestFinished, vi } from 'vitest';
import { freePort, spawnBound } from '../infra/dev/src/index.ts';
import { findCommands, listCourseCommands } from './fixtures/course-commands.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'statecraft-course-'));

interface Run {
  /** Arguments that make it small. */
  readonly add?: string;
  /** What the page says to do before. */
  readonly before?: string;
  /** The exit codes that are right; default 0. */
  readonly codes?: readonly number[];
  /** What it must print. */
  readonly prints?: RegExp;
}

const SMALL = '--users 6 --seconds 1';

/** 2: the machine was too busy for a verdict. 1 would say that the experiment does not hold. */
const lab = (add: string): Run => ({ add, codes: [0, 2], prints: /^Again: npm run /m });

/** Commands that end by themselves. */
const RUNS: Readonly<Record<string, Run>> = {
  'npm run lab -- run two-requests': lab('--mode memory'),
  'npm run lab -- run restart': lab('--mode memory --users 2'),
  'npm run lab -- run scale': lab(`${SMALL} --servers 2 --mode jwt`),
  'npm run simulation:scale-stateless': lab(`${SMALL} --servers 2`),
  'npm run simulation:scale-stateful': lab(`${SMALL} --servers 2`),
  'npm run simulation:scale-compare': lab(`${SMALL} --servers 2 --mode memory,redis`),
  'npm run lab -- run scale --mode redis': lab(`${SMALL} --servers 2`),
  'npm run lab -- run crash --mode redis': lab(`${SMALL} --servers 2`),
  // Its verdict is about response times, and other tests run beside it: 1 says that they were too long.
  'npm run lab -- run slow-redis': { ...lab(`${SMALL} --mode redis`), codes: [0, 1, 2] },
  'npm run lab -- run redis-outage': lab('--users 6 --seconds 3 --mode redis'),
  'npm run lab -- run redis-restart': lab('--users 6 --seconds 3 --mode redis'),
  'npm run lab -- run race': lab('--users 2 --mode memory'),
  'npm run test:performance': { ...lab('--users 6 --seconds 1 --mode jwt'), prints: /\[Stateless\]/ },
  'npm run lab': { prints: /^ +restart /m },
  'npm run lab -- run scale --json ana.json': lab(`${SMALL} --servers 2 --mode jwt`),
  'npm run lab -- compare class/*.json --html class.html': {
    before: 'mkdir class; cp ana.json class; cp ana.json class/ben.json; ',
    prints: /ana/,
  },
  'npm run bench': { add: '--rounds 1 --only memory', codes: [0, 2, 3] },
  'npm run doctor': { codes: [0, 3], prints: /Node/ },
  'npm run learn': { prints: /of 12 exercises pass/ },
  'npm run learn -- next': { prints: /# 1\. / },
  'npm run learn -- show 1': { prints: /# 1\. / },
  'npm run learn -- check 1': { codes: [1], prints: /does not pass yet/ },
  'npm run learn -- hint 1': { prints: /^1\. /m },
  'npm run learn -- --help': { prints: /Exit code/ },
  'npm run learn -- solution 12': { codes: [1], prints: /Your own solution first/ },
  'npm run learn -- assess': { codes: [1], prints: /Success checklist/ },
};

interface Server {
  readonly path: string;
  /** Arguments with the ports that the test has found. */
  readonly add?: (port: number, second: number) => string;
  /** The address on the pages. */
  readonly url: string;
  /** The commands that need this server, with what they must print. */
  readonly clients?: Readonly<Record<string, RegExp>>;
}

const GATEWAY = {
  path: '/api/stateful/health',
  add: (port: number, second: number) => `--http-port ${port} --https-port ${second}`,
  url: 'http://127.0.0.1:8080',
};
const STATELESS = { path: '/health', url: 'http://127.0.0.1:3000' };
const STATEFUL = { path: '/health', url: 'http://127.0.0.1:3001' };
const signIn = (url: string): string =>
  `curl -c jar -H 'content-type: application/json' -d '{"username":"alice","password":"keep-me-signed-in"}' ${url}/auth/login`;
const SIX_TIMES = `for n in 1 2 3 4 5 6; do
  curl -s -b jar -o /dev/null -w '%{http_code} %header{x-served-by}\\n' http://127.0.0.1:8080/api/stateful/auth/me
done`;

/** Commands that run until they are ended. */
const SERVERS: Readonly<Record<string, Server>> = {
  'npm run server:stateless': {
    ...STATELESS,
    clients: {
      'npm run test:client-stateless': /Still accepted/,
      'npm run test:client-stateless -- --reveal': /accessToken":"ey/,
    },
  },
  'npm run server:stateful': { ...STATEFUL, clients: { 'npm run test:client-stateful': /Refused/ } },
  'DEMO_USERS=1 npm run server:stateful': {
    ...STATEFUL,
    clients: {
      [signIn(STATEFUL.url)]: /"username":"alice"/,
      [`curl -b jar ${STATEFUL.url}/auth/me`]: /"username":"alice"/,
    },
  },
  'DEMO_USERS=1 npm run gateway -- --stateful 3 --affinity none': {
    ...GATEWAY,
    clients: {
      [signIn(`${GATEWAY.url}/api/stateful`)]: /"username":"alice"/,
      // One server of three has the session: two of six requests reach it.
      [SIX_TIMES]: /^(?=(?:.*\n)*200 )(?:(?:401|200) stateful-[123]\n){6}$/,
    },
  },
  'DEMO_USERS=1 npm run gateway -- --stateful 3 --redis --affinity none': GATEWAY,
  'PORT=4000 npm run server:stateless': { ...STATELESS, url: 'http://127.0.0.1:4000' },
};

/** Commands that do not run here, and why. */
const NOT_RUN: Readonly<Record<string, string>> = {
  'npm install':
    'needs the npm registry; it starts the same setup as every script, which each command here starts, too',
  'npm test': 'this test is a part of it',
  'npm test -- apps/stateful-api/test/mine.test.ts': 'this test is a part of npm test; the learner writes that file',
  'kill -9': 'needs the id of a process; crash and restart of the lab send this signal',
  'kill -STOP': 'needs the id of a process; the lab sends this signal in pause',
  'kill -CONT': 'needs the id of a process; the lab sends this signal in pause',
  'npm run docs -- two-servers': 'writes into the repository; two-servers.test.ts compares what it would write',
  'base64 -d': 'a filter without input; the test of the walk-through decodes a token',
  'git status': 'shows the changes of the user, and is not of this project',
};

const ENV = {
  PATH: process.env.PATH ?? '',
  HOME: process.env.HOME ?? folder,
  NO_COLOR: '1',
  LOG_LEVEL: 'warn',
  PASSWORD_MEMORY_KIB: '8',
  DATABASE_URL: `sqlite:${join(folder, 'users.sqlite')}`,
  STATECRAFT_BUILT: '1',
  STATECRAFT_RUNS: join(folder, 'runs'),
  STATECRAFT_LEARNER: folder,
};

afterAll(() => rmSync(folder, { recursive: true, force: true }));

function start(command: string, env: NodeJS.ProcessEnv = {}) {
  // From a folder of its own, where a command leaves its files. A group of its own: npm, its shell and what they start
  // end together.
  const script = command.replaceAll('npm run ', `npm --prefix '${root}' run `);
  const child = spawnBound(
    'sh',
    ['-c', script],
    {
      cwd: folder,
      env: { ...ENV, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
      detached: true,
    },
    'SIGTERM',
  );
  let output = '';
  const closed = once(child, 'close').then(([code]) => code as number | null);
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding('utf8').on('data', (text: string) => {
      output += text;
    });
  }
  onTestFinished(() => endGroup(child, closed));
  return { closed, readOutput: () => output };
}

async function endGroup({ pid, exitCode }: ChildProcess, closed: Promise<unknown>): Promise<void> {
  if (pid !== undefined && exitCode === null) process.kill(-pid, 'SIGTERM');
  await closed;
}

async function runToEnd(command: string, { before = '', codes = [0], prints = /(?:)/ }: Run): Promise<void> {
  const { closed, readOutput } = start(before + command);
  const code = await closed;
  expect(codes, `${command}\n${readOutput().slice(-2_000)}`).toContain(code);
  expect(readOutput()).toMatch(prints);
}

const append = (command: string, more = ''): string =>
  more === '' ? command : `${command}${command.includes(' -- ') ? '' : ' --'} ${more}`;

it('finds commands in blocks and in text, also those of more than one line', () => {
  const page =
    '1. a\n\n   ```sh\n   npm start   # 1\n\n   curl -b jar \\\n     url\n   for n in 1; do\n     x\n   done\n   ```\n`kill -9`, `npm`';
  expect(findCommands(page)).toEqual(['npm start', 'curl -b jar url', 'for n in 1; do\n  x\ndone', 'kill -9']);
});

it('every command of the course has a line in the tables, and every line has a command', () => {
  const clients = Object.values(SERVERS).flatMap(({ clients: own = {} }) => Object.keys(own));
  const lines = [...Object.keys(RUNS), ...Object.keys(SERVERS), ...clients, ...Object.keys(NOT_RUN)];
  expect(lines.toSorted()).toEqual(listCourseCommands().sort());
});

describe('commands that end by themselves', { timeout: 300_000 }, () => {
  it.each(Object.entries(RUNS))('%s', (command, run) => runToEnd(append(command, run.add), run));
});

describe('servers, and the commands that need one', { timeout: 300_000 }, () => {
  it.each(Object.entries(SERVERS))('%s', async (command, { path, add, url, clients = {} }) => {
    const [port, second] = [await freePort(), await freePort()];
    const own = `http://127.0.0.1:${port}`;
    const ported = command.replace(/^PORT=\d+/, `PORT=${port}`);
    const server = start(append(ported, add?.(port, second)), { PORT: `${port}` });
    await vi.waitFor(
      async () => {
        const answer = await fetch(own + path).catch(() => undefined);
        expect(answer?.status, server.readOutput()).toBe(200);
      },
      { timeout: 120_000, interval: 100 },
    );
    for (const [client, prints] of Object.entries(clients)) {
      const isWalk = client.startsWith('npm ');
      await runToEnd(isWalk ? append(client, own) : client.replaceAll(url, own), { prints });
    }
  });
});
