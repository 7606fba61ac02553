// Logs: one line of JSON per event, without secrets.

import { EventEmitter, once } from 'node:events';
import { connect } from 'node:net';
import type { FastifyInstance } from 'fastify';
import { describe, expect, it } from 'vitest';
import { logAuthEvents } from '../src/index.ts';
import { listenOnFreePort, openService, type Setup, type TestService } from './service.ts';

const CANARY = 'canary4711';

type Line = Record<string, unknown>;
const parseLines = ({ lines }: TestService): Line[] => lines.map((line) => JSON.parse(line));
const readRequests = (service: TestService) => parseLines(service).filter(({ msg }) => msg === 'request');

describe('the line of a request', () => {
  const routes = (app: FastifyInstance) => void app.get('/users/:id', () => ({}));

  it('has the instance, the route’s pattern, the status, the duration and the address', async () => {
    const service = await openService({ routes });
    await service.app.inject({ url: '/users/7?a=b', remoteAddress: '192.0.2.1' });
    expect(service.lines).toHaveLength(1);
    expect(parseLines(service)[0]).toEqual({
      level: 30,
      time: expect.any(Number),
      instance: 'one',
      reqId: expect.any(String),
      method: 'GET',
      route: '/users/:id',
      status: 200,
      ms: expect.any(Number),
      ip: '192.0.2.1',
      msg: 'request',
    });
  });

  it.each(['warn', 'error', 'silent'])('is not written at the level %s', async (logLevel) => {
    const service = await openService({ routes, logLevel });
    await service.app.inject('/users/7');
    expect(service.lines).toEqual([]);
  });

  it('has no path if no route matches', async () => {
    const service = await openService({ routes });
    await service.app.inject(`/${CANARY}/%0d%0a?${CANARY}`);
    expect(readRequests(service)).toHaveLength(1);
    expect(service.lines.join('')).not.toContain(CANARY);
  });

  it('is written for a URL that cannot be decoded', async () => {
    const service = await openService({ routes });
    await service.app.inject('/users/%zz');
    expect(readRequests(service)).toMatchObject([{ method: 'GET', status: 400 }]);
  });

  it('says that the client hung up, and has no status if no answer was sent', async () => {
    const service = await openService({ routes: (app) => void app.get('/slow', neverAnswer) });
    await hangUp(service, 'GET /slow HTTP/1.1\r\nhost: a\r\n\r\n');
    const [line] = await waitForLines(service, 'request');
    expect(line).toMatchObject({ method: 'GET', route: '/slow', aborted: true, ip: '127.0.0.1' });
    expect(line).not.toHaveProperty('status');
  });
});

/** A handler that never answers, and says when a request has reached it. */
const reached = new EventEmitter();
function neverAnswer(): Promise<never> {
  reached.emit('handler');
  return new Promise(() => undefined);
}

/** Sends a request and closes the connection when it has reached the handler `neverAnswer`. */
async function hangUp({ app }: TestService, text: string): Promise<void> {
  const { port } = await listenOnFreePort(app);
  const handled = once(reached, 'handler');
  const client = connect(port, '127.0.0.1').on('error', () => undefined);
  client.write(text);
  await handled;
  client.destroy();
}

async function waitForLines(service: TestService, msg: string): Promise<Line[]> {
  const read = () => parseLines(service).filter((line) => line.msg === msg);
  await expect.poll(read).not.toEqual([]);
  return read();
}

describe('secrets', () => {
  const routes = (app: FastifyInstance) => {
    app.post('/echo', ({ body }) => body);
    app.post('/fail', () => {
      throw new Error('it failed');
    });
    app.post('/strict', { schema: { body: { type: 'object', additionalProperties: false } } }, () => ({}));
  };

  it.each(['/echo', '/fail', '/strict', '/none', `/${CANARY}`])(
    'of a request to %s are not logged: password, cookie, token, authorization, query string',
    async (path) => {
      const service = await openService({ routes, logLevel: 'trace' });
      await service.app.inject({
        method: 'POST',
        url: `${path}?token=${CANARY}`,
        headers: { authorization: `Bearer ${CANARY}`, cookie: `session=${CANARY}`, 'x-api-key': CANARY },
        payload: { password: CANARY, [CANARY]: 1, nested: { token: CANARY } },
      });
      expect(service.lines.length).toBeGreaterThan(0);
      expect(service.lines.join('')).not.toContain(CANARY);
    },
  );

  it('in a URL that cannot be decoded are not logged', async () => {
    const service = await openService({ routes, logLevel: 'trace' });
    await service.app.inject(`/%zz${CANARY}?${CANARY}`);
    expect(service.lines.join('')).not.toContain(CANARY);
  });

  it('in a body that cannot be parsed are not logged', async () => {
    const service = await openService({ routes, logLevel: 'trace' });
    for (const payload of [`{"password":"${CANARY}`, `"${CANARY}`, CANARY]) {
      await service.app.inject({
        method: 'POST',
        url: '/echo',
        payload,
        headers: { 'content-type': 'application/json' },
      });
    }
    expect(service.lines.join('')).not.toContain(CANARY);
  });

  it.each([
    { password: CANARY },
    { token: CANARY },
    { user: { password: CANARY } },
    { headers: { cookie: CANARY, authorization: CANARY, 'set-cookie': CANARY } },
    { request: { headers: { cookie: CANARY, authorization: CANARY } } },
    { newPassword: CANARY, currentPassword: CANARY },
    { users: [{ password: CANARY }] },
    { user: Object.assign(new EventEmitter(), { password: CANARY }) },
    { accessToken: CANARY, refreshToken: CANARY, secret: CANARY },
  ])('in the fields of a line are replaced: %j', async (fields) => {
    const service = await openService();
    service.app.log.info(fields, 'logged');
    expect(service.lines.join('')).not.toContain(CANARY);
    expect(service.lines.join('')).toContain('[secret]');
  });

  it('do not change the other fields of a line', async () => {
    const service = await openService();
    const fields = { at: new Date(0), url: new URL('http://a/'), list: [1, 'two', null], deep: { a: { b: { c: 1 } } } };
    service.app.log.info(fields, 'logged');
    expect(parseLines(service)[0]).toMatchObject(JSON.parse(JSON.stringify(fields)));
  });

  it.each([
    `connect to redis://user:${CANARY}@10.0.0.5:6379 failed`,
    `GET /me with Authorization: Bearer ${CANARY} failed`,
    `bad token eyJhbGciOiJIUzI1NiJ9.${CANARY}.${CANARY}`,
  ])('in the text of an error are replaced: %s', async (message) => {
    const service = await openService({
      routes: (app) => {
        app.get('/', () => {
          throw new Error(message, { cause: new Error(message) });
        });
      },
    });
    await service.app.inject('/');
    expect(service.lines.join('')).not.toContain(CANARY);
    expect(service.lines.join('')).toContain('[secret]');
  });

  it('in other fields of an error are not logged: only its name, text, code, stack and cause', async () => {
    const service = await openService({
      routes: (app) => {
        app.get('/', () => {
          const command = { name: 'hset', args: [CANARY] };
          throw Object.assign(new Error('it failed', { cause: new Error('the reason') }), { command, code: 'EX' });
        });
      },
    });
    await service.app.inject('/');
    const [line] = parseLines(service).filter(({ err }) => err !== undefined);
    expect(line?.err).toMatchObject({
      type: 'Error',
      message: 'it failed',
      code: 'EX',
      cause: { message: 'the reason' },
    });
    expect(service.lines.join('')).not.toContain(CANARY);
  });
});

describe('the line of an answer of 500 and above', () => {
  const fail = (fields: object): Setup => ({
    routes: (app) => {
      app.get('/', () => {
        throw Object.assign(new Error('The store does not answer.', { cause: new Error('READONLY') }), fields);
      });
    },
  });
  const readFailures = async (setup: Setup, count = 1) => {
    const service = await openService({ ...setup, logLevel: 'warn' });
    for (let sent = 0; sent < count; sent++) await service.app.inject('/');
    return parseLines(service);
  };

  it('is at warn, with code and reason and without a stack, if the error has a code of this project', async () => {
    const [line, ...more] = await readFailures(fail({ code: 'ERR_STORE_UNAVAILABLE', statusCode: 503 }));
    expect(more).toEqual([]);
    expect(line).toEqual({
      level: 40,
      time: expect.any(Number),
      instance: 'one',
      reqId: expect.any(String),
      code: 'ERR_STORE_UNAVAILABLE',
      status: 503,
      reason: 'The store does not answer.: READONLY',
      method: 'GET',
      route: '/',
      msg: 'request refused',
    });
  });

  it('is written once for many refusals within a second', async () => {
    expect(await readFailures(fail({ code: 'ERR_PASSWORD_QUEUE_FULL', statusCode: 503 }), 20)).toHaveLength(1);
  });

  it.each([
    ['an error without a code', {}],
    ['an error without a code of this project', { code: 'ECONNREFUSED', statusCode: 503 }],
    ['an error of Node', { code: 'ERR_HTTP_HEADERS_SENT' }],
    ['a fault of the server with a code of this project', { code: 'ERR_OPTION_INVALID', statusCode: 500 }],
  ])('is at error, with the stack, each time, for %s', async (_what, fields) => {
    const lines = await readFailures(fail(fields), 3);
    expect(lines).toHaveLength(3);
    expect(lines[0]).toMatchObject({
      level: 50,
      msg: 'request failed',
      err: { stack: expect.stringContaining(' at ') },
    });
  });
});

describe('a text with line breaks and colours', () => {
  const hostile = `eve\r\n{"level":60,"msg":"forged"}\u001b[31m\u009b31m\u2028`;

  it('stays one line without control characters in an auth event', async () => {
    const service = await openService(signIn());
    await service.app.inject({ method: 'POST', url: '/sign-in', payload: { username: hostile } });
    for (const line of service.lines) expect(line.match(/\n/g)).toHaveLength(1);
    expect(service.lines.join('').replaceAll('\n', '')).not.toMatch(/[\p{C}\p{Zl}]/u);
    expect(parseLines(service).every(({ level }) => level === 30)).toBe(true);
  });

  it('has no control characters as a forwarded address, in the lines of a request and of an auth event', async () => {
    const service = await openService({ ...signIn(), trustProxy: '127.0.0.1' });
    const headers = { 'x-forwarded-for': 'evil" \u009b31m' };
    await service.app.inject({ method: 'POST', url: '/sign-in', payload: { username: 'ada' }, headers });
    expect(parseLines(service).map(({ msg, ip }) => [msg, ip])).toEqual([
      ['request', 'evil" \\u{9b}31m'],
      ['auth', 'evil" \\u{9b}31m'],
    ]);
    expect(service.lines.join('').replaceAll('\n', '')).not.toMatch(/[\p{C}\p{Zl}]/u);
  });

  it('stays one line without control characters in an error', async () => {
    const service = await openService({
      routes: (app) => {
        app.get('/', () => {
          throw new Error(hostile);
        });
      },
    });
    await service.app.inject('/');
    for (const line of service.lines) expect(line.match(/\n/g)).toHaveLength(1);
    expect(service.lines.join('')).not.toContain('\u001b');
  });
});

describe('the line of an auth event', () => {
  const readEvents = (service: TestService) => parseLines(service).filter(({ msg }) => msg === 'auth');
  const send = async (service: TestService, payload: object, url = '/sign-in') => {
    await service.app.inject({ method: 'POST', url, payload, remoteAddress: '192.0.2.1' });
    return readEvents(service);
  };

  it('has the time, the event, the user, the address and the outcome', async () => {
    expect(await send(await openService(signIn()), { username: 'ada' })).toEqual([
      {
        level: 30,
        time: expect.any(Number),
        instance: 'one',
        reqId: expect.any(String),
        event: 'sign-in',
        user: 'ada',
        outcome: 'ok',
        status: 200,
        ip: '192.0.2.1',
        msg: 'auth',
      },
    ]);
  });

  it.each(['warn', 'error', 'silent'])('is written at the level %s', async (logLevel) => {
    const events = await send(await openService({ ...signIn(), logLevel }), { username: 'ada' });
    expect(events).toMatchObject([{ level: 30, event: 'sign-in', user: 'ada' }]);
  });

  it.each([
    [401, 'refused'],
    [429, 'refused'],
    [503, 'failed'],
  ])('has an outcome: %i is %s', async (status, outcome) => {
    const [event] = await send(await openService(signIn(status)), { username: 'ada' });
    expect(event).toMatchObject({ user: 'ada', status, outcome });
  });

  it('is written with the outcome aborted if the client hung up', async () => {
    const service = await openService({
      routes: (app) => {
        logAuthEvents(app, () => 'ada');
        app.post('/sign-in', { config: { authEvent: 'sign-in' } }, neverAnswer);
      },
    });
    await hangUp(service, 'POST /sign-in HTTP/1.1\r\nhost: a\r\ncontent-length: 0\r\n\r\n');
    const [event] = await waitForLines(service, 'auth');
    expect(event).toMatchObject({ event: 'sign-in', user: 'ada', outcome: 'aborted', ip: '127.0.0.1' });
    expect(event).not.toHaveProperty('status');
  });

  it('has no user if the request failed before the user was read', async () => {
    const [event] = await send(await openService(signIn()), { name: 'ada' });
    expect(event).toMatchObject({ event: 'sign-in', outcome: 'refused', status: 400 });
    expect(event).not.toHaveProperty('user');
  });

  it('contains the first part of a long name', async () => {
    const [event] = await send(await openService(signIn()), { username: 'x'.repeat(10_000) });
    expect(String(event?.user).length).toBeLessThan(100);
  });

  it('is written for routes with an event, and the other hooks of these routes run', async () => {
    const service = await openService(signIn());
    expect(await send(service, {}, '/other')).toEqual([]);
    expect(
      (await service.app.inject({ method: 'POST', url: '/sign-in', payload: { username: 'a' } })).headers,
    ).toHaveProperty('x-hook');
  });
});

/** POST /sign-in, answering with this status. */
function signIn(status = 200): Setup {
  const body = { type: 'object', required: ['username'], properties: { username: { type: 'string' } } };
  return {
    routes: (app) => {
      logAuthEvents(app, (request) => (request.body as { username: string }).username);
      app.post(
        '/sign-in',
        {
          config: { authEvent: 'sign-in' },
          schema: { body },
          preHandler: async (_request, reply) => void reply.header('x-hook', '1'),
        },
        (_request, reply) => reply.code(status).send({}),
      );
      app.post('/other', () => ({}));
    },
  };
}
