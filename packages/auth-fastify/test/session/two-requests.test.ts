// Two requests of one user, forced to overlap. The libraries' own memory stores are asked first, so that the difference
// is seen and not only claimed.

import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import fastifyCookie from '@fastify/cookie';
import fastifySession from '@fastify/session';
import expressSession from 'express-session';
import Fastify from 'fastify';
import { afterEach, describe, expect, it } from 'vitest';
import { createSessionIdGenerator, toSessionCallbackStore } from '../../src/compat.ts';
import { appWith, browserOf, gate, memory } from './app.ts';

const SECRET = 'a secret of thirty-two characters or more';
const closing: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0)) await close();
});

/** A server under test: asked with or without the signed-in user's cookie. */
interface Server {
  readonly slow: ReturnType<typeof gate>;
  ask(method: 'GET' | 'POST', path: string): Promise<{ status: number; body: Record<string, unknown> }>;
}

interface Fields {
  note?: string;
  count?: number;
}

type FastifyStore = NonNullable<Parameters<typeof fastifySession>[1]['store']>;

async function onFastifySession(store?: FastifyStore): Promise<Server> {
  const app = Fastify();
  const slow = gate();
  await app.register(fastifyCookie);
  await app.register(fastifySession, {
    secret: SECRET,
    cookie: { secure: false },
    saveUninitialized: false,
    rolling: false,
    idGenerator: createSessionIdGenerator(),
    ...(store && { store }),
  });
  app.post('/login', (request) => {
    request.session.note = 'signed in';
    return {};
  });
  app.post('/logout', async (request) => {
    await request.session.destroy();
    return {};
  });
  app.post('/slow', async (request) => {
    await slow.wait();
    request.session.count = (request.session.count ?? 0) + 1;
    return {};
  });
  app.post('/reload', async (request) => {
    await slow.wait();
    await request.session.reload();
    request.session.note = 'back again';
    return {};
  });
  app.post('/count', async (request) => {
    request.session.count = (request.session.count ?? 0) + 1;
    return {};
  });
  app.get('/session', (request) => ({ note: request.session.note, count: request.session.count }));
  let cookie: string | undefined;
  const ask: Server['ask'] = async (method, url) => {
    const answer = await app.inject({ method, url, headers: { ...(cookie !== undefined && { cookie }) } });
    const [given] = [answer.headers['set-cookie'] ?? []].flat();
    if (url === '/login') cookie = given?.split(';')[0];
    return { status: answer.statusCode, body: answer.json() };
  };
  return { slow, ask };
}

/** express-session is a function of (request, response, next); a bare HTTP server is enough to run it. */
async function onExpressSession(store?: expressSession.Store): Promise<Server> {
  const slow = gate();
  const options = { secret: SECRET, resave: false, saveUninitialized: false, genid: createSessionIdGenerator() };
  const middleware = expressSession({ ...options, ...(store && { store }) });
  const server = createServer((request, response) => {
    const send = (status: number, body: object) => {
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
    };
    const fail = (error: { statusCode?: number; code?: string }) => send(error.statusCode ?? 500, { code: error.code });
    const next = (error?: unknown) => {
      const { session } = request as unknown as { session: expressSession.Session & Fields };
      if (error) return fail(error);
      const count = () => {
        session.count = (session.count ?? 0) + 1;
        session.save((problem) => (problem ? fail(problem) : send(200, {})));
      };
      const routes: Record<string, () => unknown> = {
        '/login': () => {
          session.note = 'signed in';
          send(200, {});
        },
        '/logout': () => session.destroy((problem) => (problem ? fail(problem) : send(200, {}))),
        '/count': count,
        '/slow': () => slow.wait().then(count),
        '/session': () => send(200, { note: session.note, count: session.count }),
      };
      return routes[request.url ?? '']?.();
    };
    middleware(request as never, response as never, next);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  closing.push(() => server.close());
  const { port } = server.address() as AddressInfo;
  let cookie: string | undefined;
  const ask: Server['ask'] = async (method, path) => {
    const headers = { ...(cookie !== undefined && { cookie }) };
    const answer = await fetch(`http://127.0.0.1:${port}${path}`, { method, headers });
    if (path === '/login') cookie = answer.headers.get('set-cookie')?.split(';')[0];
    return { status: answer.status, body: (await answer.json()) as Record<string, unknown> };
  };
  return { slow, ask };
}

async function onOurs(onConflict?: 'retry'): Promise<Server> {
  const slow = gate();
  const app = await appWith({
    ...(onConflict && { onConflict }),
    routes: (on) => {
      on.post('/slow', async (request) => {
        const before = request.session.count ?? 0;
        await slow.wait();
        request.session.count = before + 1;
        return {};
      });
      on.post('/slow-note', async (request) => {
        request.session.note = 'mine';
        await slow.wait();
        return {};
      });
    },
  });
  // The cookie of the sign-in for good, also after a sign-out took it away.
  let cookie: string | undefined;
  const ask: Server['ask'] = async (method, url) => {
    const browser = browserOf(app, cookie);
    const answer = await browser(method, url);
    if (url === '/login') cookie = browser.cookie();
    return { status: answer.statusCode, body: answer.json() };
  };
  return { slow, ask };
}

const foreign = () => toSessionCallbackStore(memory());
const foreignExpress = () => toSessionCallbackStore(memory(), { base: expressSession.Store });

/** Slow request begins, sign-out happens, slow request ends. Is anybody signed in by the old cookie? */
async function slowRequestBesideSignOut({ ask, slow }: Server, path = '/slow') {
  await ask('POST', '/login');
  const slowAnswer = ask('POST', path);
  await slow.reached;
  await ask('POST', '/logout');
  slow.open();
  const { status, body } = await slowAnswer;
  const after = await ask('GET', '/session');
  return { status, code: body.code, alive: after.body.note !== undefined };
}

describe('a slow request that ends after the sign-out', () => {
  it('of @fastify/session on its own store: the session is back', async () => {
    expect(await slowRequestBesideSignOut(await onFastifySession())).toMatchObject({ status: 200, alive: true });
  });

  it('of express-session on its own store: the session is back', async () => {
    expect(await slowRequestBesideSignOut(await onExpressSession())).toMatchObject({ status: 200, alive: true });
  });

  const dead = { status: 401, code: 'ERR_SESSION_GONE', alive: false };

  it('of our plugin: the session stays dead, the request is told', async () => {
    expect(await slowRequestBesideSignOut(await onOurs())).toEqual(dead);
  });

  it('of our plugin that retries conflicts: the session stays dead', async () => {
    expect(await slowRequestBesideSignOut(await onOurs('retry'))).toEqual(dead);
  });

  it('of @fastify/session on our store: the session stays dead, the request is told', async () => {
    expect(await slowRequestBesideSignOut(await onFastifySession(foreign()))).toEqual(dead);
  });

  it('of express-session on our store: the session stays dead, the request is told', async () => {
    expect(await slowRequestBesideSignOut(await onExpressSession(foreignExpress()))).toEqual(dead);
  });

  it('and reloads: @fastify/session makes the session anew on its own store, and cannot on ours', async () => {
    const theirs = await slowRequestBesideSignOut(await onFastifySession(), '/reload');
    const ours = await slowRequestBesideSignOut(await onFastifySession(foreign()), '/reload');
    expect([theirs, ours]).toEqual([
      { status: 200, code: undefined, alive: true },
      { ...dead, code: 'ENOENT' },
    ]);
  });
});

/** A slow request has read count, a quick one raises it, the slow one raises what it read. */
async function twoWriters({ ask, slow }: Server, path = '/slow') {
  await ask('POST', '/login');
  const slowAnswer = ask('POST', path);
  await slow.reached;
  await ask('POST', '/count');
  slow.open();
  const { status, body } = await slowAnswer;
  return { status, code: body.code, ...(await ask('GET', '/session')).body };
}

describe('two writers of one session', () => {
  it('our plugin answers 409 to the later one', async () => {
    const end = await twoWriters(await onOurs());
    expect(end).toMatchObject({ status: 409, code: 'ERR_SESSION_CONFLICT', count: 1 });
  });

  it('our plugin that retries still answers 409 when both changed the same property', async () => {
    expect(await twoWriters(await onOurs('retry'))).toMatchObject({ status: 409, count: 1 });
  });

  it('our plugin that retries keeps both when they changed different properties', async () => {
    const end = await twoWriters(await onOurs('retry'), '/slow-note');
    expect(end).toMatchObject({ status: 200, count: 1, note: 'mine' });
  });

  it('express-session loses one on its own store', async () => {
    expect(await twoWriters(await onExpressSession())).toMatchObject({ status: 200, count: 1 });
  });

  it('express-session on our store answers 409', async () => {
    const end = await twoWriters(await onExpressSession(foreignExpress()));
    expect(end).toMatchObject({ status: 409, code: 'ERR_SESSION_CONFLICT', count: 1 });
  });

  it('@fastify/session on our store answers 409', async () => {
    const end = await twoWriters(await onFastifySession(foreign()));
    expect(end).toMatchObject({ status: 409, code: 'ERR_SESSION_CONFLICT', count: 1 });
  });
});
