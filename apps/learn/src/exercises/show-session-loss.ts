// 2. Write a test that shows session loss on scale. It is graded on systems that lose sessions and on systems that do
// not.

import { randomBytes } from 'node:crypto';
import type { FastifyInstance } from 'fastify';
import Fastify from 'fastify';
import { type Exercise, expectThat } from '../exercise.ts';
import { loadFunctions } from '../load-module.ts';

/** Throws if users of the system at this URL lose their sessions. */
type Test = (baseUrl: string) => Promise<void>;

const READ = 'docs/course/3-scaling.md';

/** A system behind one address. */
interface System {
  readonly name: string;
  readonly servers: number;
  readonly store: 'own memory' | 'shared';
  /** Requests that one server gets before it is the next one's turn. */
  readonly inARow: number;
  readonly losesSessions: boolean;
}

const SYSTEMS: readonly System[] = [
  { name: 'one server with its own memory', servers: 1, store: 'own memory', inARow: 1, losesSessions: false },
  {
    name: 'three servers, each with its own memory, in turn',
    servers: 3,
    store: 'own memory',
    inARow: 1,
    losesSessions: true,
  },
  {
    name: 'three servers with one shared store, in turn',
    servers: 3,
    store: 'shared',
    inARow: 1,
    losesSessions: false,
  },
  {
    name: 'three servers, each with its own memory, that get three requests each in turn',
    servers: 3,
    store: 'own memory',
    inARow: 3,
    losesSessions: true,
  },
  {
    name: 'two servers, each with its own memory, in turn',
    servers: 2,
    store: 'own memory',
    inARow: 1,
    losesSessions: true,
  },
];

/** A test that passes by luck once does not pass ten times. */
const REPEATS = 10;

export const showSessionLoss: Exercise = {
  name: '02-show-session-loss',
  title: 'Write a test that shows session loss',
  minutes: 40,
  hints: [
    'What must a user do, in which order, so that a lost session shows?',
    'Sign in, keep the cookie, and ask GET /me more than once: the first answers may come from the server that has the session.',
    'Ask ten times with the cookie. Throw an error as soon as an answer is 401. A second server must have had its turn by then.',
  ],
  learned: 'A test is worth something when it fails on a broken system and passes on a good one, every time.',

  async check(folder) {
    const { test } = await loadFunctions<{ test: Test }>(folder, 'session-loss.ts', ['test']);
    for (const system of SYSTEMS) for (let run = 1; run <= REPEATS; run += 1) await checkSystem(test, system, run);
  },
};

async function checkSystem(test: Test, system: System, run: number): Promise<void> {
  await using running = await startSystem(system);
  // Also a test that is not async, or throws before its first await.
  const thrown = await (async () => test(running.url))().then(
    () => undefined,
    (error: unknown) => (error instanceof Error ? error.message : String(error)),
  );
  const which = `run ${run} of your test on ${system.name}`;
  expectThat((thrown !== undefined) === system.losesSessions, {
    did: which,
    saw: thrown === undefined ? 'it passed' : `it failed: ${thrown}`,
    expected: system.losesSessions ? 'it fails: users lose their sessions here' : 'it passes: no session is lost here',
    why: system.losesSessions
      ? 'A test that passes on a broken system hides the fault.'
      : 'A test that fails on a good system will soon be ignored.',
    read: READ,
  });
  expectThat(running.count() > 0, {
    did: which,
    saw: 'it sent no request',
    expected: 'requests to the URL that it gets',
    why: 'Only the system can show whether it loses sessions.',
    read: READ,
  });
}

/** Small servers behind a gateway that gives each its turn. They have POST /login and GET /me. */
async function startSystem({ servers, store, inARow }: System) {
  const shared = new Map<string, string>();
  const apps = Array.from({ length: servers }, () => createServer(store === 'shared' ? shared : new Map()));
  let count = 0;
  const gateway = Fastify();
  gateway.all('/*', async (request, reply) => {
    const server = apps[Math.floor(count / inARow) % apps.length];
    count += 1;
    const { cookie = '' } = request.headers;
    const options = { method: request.method as 'GET', url: request.url, headers: { cookie } };
    const answer = await server?.inject({
      ...options,
      ...(request.body === undefined ? {} : { payload: request.body as object }),
    });
    const { 'set-cookie': setCookie, 'content-type': type } = answer?.headers ?? {};
    if (setCookie !== undefined) reply.header('set-cookie', setCookie);
    return reply
      .code(answer?.statusCode ?? 502)
      .header('content-type', type ?? 'text/plain')
      .send(answer?.body);
  });
  const url = await gateway.listen({ port: 0, host: '127.0.0.1' });
  return { url, count: () => count, [Symbol.asyncDispose]: () => gateway.close() };
}

function createServer(sessions: Map<string, string>): FastifyInstance {
  const app = Fastify();
  app.post<{ Body: { username?: string } }>('/login', async (request, reply) => {
    const id = randomBytes(16).toString('hex');
    sessions.set(id, request.body?.username ?? 'ada');
    return reply.header('set-cookie', `session=${id}; Path=/; HttpOnly`).send({ ok: true });
  });
  app.get('/me', async (request, reply) => {
    const username = sessions.get(request.headers.cookie?.replace('session=', '') ?? '');
    return username === undefined ? reply.code(401).send({ message: 'Sign in first.' }) : { username };
  });
  return app;
}
