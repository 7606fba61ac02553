// The course's core question, asked of real processes: for each mode two servers, one person, and what happens to them
// when they ask again, ask elsewhere, when the server is killed, and after they signed out.

import { randomBytes } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { describeEnvironment } from '../environment.ts';
import { type ServerProcess, startServer } from '../fleet/server-process.ts';
import { createPerson, type Person, type Sight } from '../person.ts';
import { type Cell, MODES, type Mode, type Question, type Report, verdictOf } from '../report.ts';

const hypothesis =
  'A signed token and a shared store keep a person signed in across servers and restarts, a server’s own memory does ' +
  'not; a session ends at sign-out, a signed token does not until it expires.';

/** How long a token lives in this experiment, s: short, so that its end can be waited for and seen. */
const TOKEN_TTL_SECONDS = 6;
const POLL_MS = 50;

export interface TwoRequestsOptions {
  /** The built entry files of the two APIs. */
  readonly entries: { readonly stateless: string; readonly stateful: string };
  readonly modes?: readonly Mode[];
  /** The Redis to use, or why there is none and what to type. */
  readonly redis: { readonly url: string; readonly description: string } | { readonly missing: string };
  /** One line for each step. */
  readonly progress?: (line: string) => void;
  readonly again?: string;
}

const QUESTIONS = [
  { id: 'second-request', text: 'Ask twice on the same server' },
  { id: 'second-server', text: 'Ask a second server' },
  { id: 'restart', text: 'Server killed (kill -9), restarted, ask again' },
  { id: 'sign-out', text: 'Sign out, replay the old credential' },
] as const;
type QuestionId = (typeof QUESTIONS)[number]['id'];

/** What each mode promises. */
const EXPECTED: Record<Mode, Record<QuestionId, Cell['answer']>> = {
  jwt: {
    'second-request': 'signed-in',
    'second-server': 'signed-in',
    restart: 'signed-in',
    'sign-out': 'still-accepted',
  },
  memory: {
    'second-request': 'signed-in',
    'second-server': 'signed-out',
    restart: 'signed-out',
    'sign-out': 'refused',
  },
  redis: { 'second-request': 'signed-in', 'second-server': 'signed-in', restart: 'signed-in', 'sign-out': 'refused' },
};

/** @throws when a server does not come up (with its last log lines) or a sign-in fails. */
export async function runTwoRequests(options: TwoRequestsOptions): Promise<Report> {
  const began = performance.now();
  const modes = options.modes ?? MODES;
  const progress = options.progress ?? (() => {});
  const answers = new Map<Mode, Record<QuestionId, Cell>>();
  const notes: string[] = [];
  for (const mode of modes) {
    if (mode === 'redis' && 'missing' in options.redis) {
      notes.push(`redis was not measured: ${options.redis.missing}`);
      answers.set(mode, notMeasured());
      continue;
    }
    answers.set(mode, await askAll(mode, options, progress));
  }
  const questions: Question[] = QUESTIONS.map(({ id, text }) => ({
    id,
    text,
    cells: Object.fromEntries([...answers].map(([mode, cells]) => [mode, cells[id]])),
  }));
  return {
    schema: 'statecraft.report/1',
    experiment: 'two-requests',
    hypothesis,
    verdict: verdictOf(questions),
    modes,
    questions,
    notes,
    environment: describeEnvironment('url' in options.redis ? options.redis.description : undefined),
    durationMs: Math.round(performance.now() - began),
    again: options.again ?? 'npm start',
  };
}

async function askAll(mode: Mode, options: TwoRequestsOptions, progress: (line: string) => void) {
  const say = (line: string) => progress(`${mode}: ${line}`);
  const command = commandOf(mode, options);
  const servers: ServerProcess[] = [];
  try {
    say('starting two servers');
    for (const name of [`${mode}-a`, `${mode}-b`]) servers.push(await startServer(name, command));
    const [a, b] = servers;
    if (a === undefined || b === undefined) throw new Error('unreachable: two servers were started');
    return await questionsOf(mode, a, b, say);
  } finally {
    await Promise.all(servers.map((server) => server.stop()));
  }
}

async function questionsOf(mode: Mode, a: ServerProcess, b: ServerProcess, say: (line: string) => void) {
  const newPerson = () =>
    createPerson(mode, `person-${randomBytes(4).toString('hex')}`, 'correct horse battery staple');
  const ada = newPerson();
  say('signing in, asking twice');
  await ada.signUp(a.url);
  await ada.ask(a.url);
  const twice = await ada.ask(a.url);
  say('asking the second server');
  const elsewhere = await ada.ask(b.url);

  const ben = newPerson();
  await ben.signUp(a.url);
  say('kill -9, restart, asking again');
  const end = await a.kill();
  const tookMs = await a.start();
  const later = await ben.ask(a.url);
  const killed = `pid ${end.pid} ended by ${end.signal}, back as pid ${a.pid} after ${Math.round(tookMs)} ms`;

  const cy = newPerson();
  await cy.signUp(a.url);
  say('signing out, replaying the old credential');
  const signOut = await replayAfterSignOut(mode, cy, a);
  return {
    'second-request': cellOf(mode, 'second-request', twice),
    'second-server': cellOf(mode, 'second-server', elsewhere),
    restart: cellOf(mode, 'restart', later, [killed]),
    'sign-out': signOut,
  };
}

/** Exposure = last accepted use − acknowledged sign-out; watched until the credential is refused. */
async function replayAfterSignOut(mode: Mode, person: Person, server: ServerProcess): Promise<Cell> {
  await person.signOut(server.url);
  const acknowledged = performance.now();
  const deadline = acknowledged + (TOKEN_TTL_SECONDS + 3) * 1000;
  let lastAcceptedMs: number | undefined;
  let sight = await person.ask(server.url);
  while (sight.answer === 'signed-in' && performance.now() < deadline) {
    lastAcceptedMs = performance.now() - acknowledged;
    await delay(POLL_MS);
    sight = await person.ask(server.url);
  }
  const expected = EXPECTED[mode]['sign-out'];
  const evidence = [evidenceOf(sight)];
  if (sight.answer !== 'signed-out') return { answer: 'unknown', text: `unknown: ${sight.answer}`, expected, evidence };
  if (lastAcceptedMs === undefined) return { answer: 'refused', text: 'refused at once', expected, evidence };
  const seconds = (lastAcceptedMs / 1000).toFixed(1);
  const text = `still accepted for ${seconds} s (token life ${TOKEN_TTL_SECONDS} s)`;
  return { answer: 'still-accepted', exposureMs: Math.round(lastAcceptedMs), text, expected, evidence };
}

const TEXTS = {
  'signed-in': 'still signed in',
  'signed-out': 'signed out',
  'wrong-user': 'WRONG USER',
  unknown: 'unknown',
};

function cellOf(mode: Mode, question: QuestionId, sight: Sight, more: readonly string[] = []): Cell {
  const expected = EXPECTED[mode][question];
  return { answer: sight.answer, text: TEXTS[sight.answer], expected, evidence: [evidenceOf(sight), ...more] };
}

function evidenceOf(sight: Sight): string {
  return `GET /auth/me answered ${sight.status ?? 'nothing'}, served by ${sight.servedBy ?? 'nobody'}`;
}

function notMeasured(): Record<QuestionId, Cell> {
  const cell: Cell = { answer: 'not-measured', text: 'not measured', expected: 'not-measured', evidence: [] };
  return { 'second-request': cell, 'second-server': cell, restart: cell, 'sign-out': cell };
}

function commandOf(mode: Mode, { entries, redis }: TwoRequestsOptions) {
  // No production: the lab lowers the password cost, since it does not measure hashing.
  const env: Record<string, string> = { NODE_ENV: 'development', LOG_LEVEL: 'warn', PASSWORD_COST: '4' };
  if (mode === 'jwt') {
    const own = { JWT_SECRET: labSecret, JWT_TTL_SECONDS: String(TOKEN_TTL_SECONDS) };
    return { entry: entries.stateless, env: { ...env, ...own } };
  }
  const store = mode === 'redis' && 'url' in redis ? { REDIS_URL: redis.url } : {};
  return { entry: entries.stateful, env: { ...env, SESSION_STORE: mode, ...store } };
}

/** Shared by both servers, as any fleet of them must. */
const labSecret = randomBytes(32).toString('base64url');
