// Logs: one line of JSON per event, without secrets.

import type { FastifyInstance } from 'fastify';
import { describe, expect, it } from 'vitest';
import { logAuthEvents } from '../src/index.ts';
import { openService, type Setup, type TestService } from './service.ts';

const CANARY = 'canary4711';

type Line = Record<string, unknown>;
const parsed = ({ lines }: TestService): Line[] => lines.map((line) => JSON.parse(line));
const requestsIn = (service: TestService) => parsed(service).filter(({ msg }) => msg === 'request');

describe('a request', () => {
  const routes = (app: FastifyInstance) => void app.get('/users/:id', () => ({}));

  it('is one line: who answered, what was asked by its pattern, how it went, from where', async () => {
    const service = await openService({ routes });
    await service.app.inject({ url: '/users/7?a=b', remoteAddress: '192.0.2.1' });
    expect(service.lines).toHaveLength(1);
    expect(parsed(service)[0]).toEqual({
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

  it.each(['warn', 'error', 'silent'])('is none at %s', async (logLevel) => {
    const service = await openService({ routes, logLevel });
    await service.app.inject('/users/7');
    expect(service.lines).toEqual([]);
  });

  it('that no route knows is logged without its path', async () => {
    const service = await openService({ routes });
    await service.app.inject(`/${CANARY}/%0d%0a?${CANARY}`);
    expect(requestsIn(service)).toHaveLength(1);
    expect(service.lines.join('')).not.toContain(CANARY);
  });
});

describe('secrets', () => {
  const routes = (app: FastifyInstance) => {
    app.post('/echo', ({ body }) => body);
    app.post('/fail', () => {
      throw new Error('it failed');
    });
    app.post('/strict', { schema: { body: { type: 'object', additionalProperties: false } } }, () => ({}));
  };

  it.each(['/echo', '/fail', '/strict', '/none', `/${CANARY}`])(
    'of a request to %s are in no line: password, cookie, token, authorization, query string',
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

  it('of a URL that cannot be read are in no line', async () => {
    const service = await openService({ routes, logLevel: 'trace' });
    await service.app.inject(`/%zz${CANARY}?${CANARY}`);
    expect(service.lines.join('')).not.toContain(CANARY);
  });

  it('of a body that cannot be read are in no line', async () => {
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
    { accessToken: CANARY, refreshToken: CANARY, secret: CANARY },
  ])('that an app logs by name are cut out: %j', async (fields) => {
    const service = await openService();
    service.app.log.info(fields, 'logged');
    expect(service.lines.join('')).not.toContain(CANARY);
    expect(service.lines.join('')).toContain('[secret]');
  });

  it.each([
    `connect to redis://user:${CANARY}@10.0.0.5:6379 failed`,
    `GET /me with Authorization: Bearer ${CANARY} failed`,
    `bad token eyJhbGciOiJIUzI1NiJ9.${CANARY}.${CANARY}`,
  ])('in the text of an error are cut out: %s', async (message) => {
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

  it('that an error carries as fields are in no line: only its name, text, code, stack and cause', async () => {
    const service = await openService({
      routes: (app) => {
        app.get('/', () => {
          const command = { name: 'hset', args: [CANARY] };
          throw Object.assign(new Error('it failed', { cause: new Error('the reason') }), { command, code: 'EX' });
        });
      },
    });
    await service.app.inject('/');
    const [line] = parsed(service).filter(({ err }) => err !== undefined);
    expect(line?.err).toMatchObject({
      type: 'Error',
      message: 'it failed',
      code: 'EX',
      cause: { message: 'the reason' },
    });
    expect(service.lines.join('')).not.toContain(CANARY);
  });
});

describe('a name with line breaks and colours', () => {
  const evil = `eve\r\n{"level":60,"msg":"forged"}\u001b[31m\u009b31m\u2028`;

  it('stays one line, and obeys no terminal, in an auth event', async () => {
    const service = await openService(signIn());
    await service.app.inject({ method: 'POST', url: '/sign-in', payload: { username: evil } });
    for (const line of service.lines) expect(line.match(/\n/g)).toHaveLength(1);
    expect(service.lines.join('').replaceAll('\n', '')).not.toMatch(/[\p{C}\p{Zl}]/u);
    expect(parsed(service).every(({ level }) => level === 30)).toBe(true);
  });

  it('stays one line in an error', async () => {
    const service = await openService({
      routes: (app) => {
        app.get('/', () => {
          throw new Error(evil);
        });
      },
    });
    await service.app.inject('/');
    for (const line of service.lines) expect(line.match(/\n/g)).toHaveLength(1);
    expect(service.lines.join('')).not.toContain('\u001b');
  });
});

describe('auth events', () => {
  const eventsIn = (service: TestService) => parsed(service).filter(({ msg }) => msg === 'auth');
  const ask = async (service: TestService, payload: object, url = '/sign-in') => {
    await service.app.inject({ method: 'POST', url, payload, remoteAddress: '192.0.2.1' });
    return eventsIn(service);
  };

  it('say when, what, who, from where, and what came of it', async () => {
    expect(await ask(await openService(signIn()), { username: 'ada' })).toEqual([
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

  it.each([
    [401, 'refused'],
    [429, 'refused'],
    [503, 'failed'],
  ])('tell a refusal from a failure: %i is %s', async (status, outcome) => {
    const [event] = await ask(await openService(signIn(status)), { username: 'ada' });
    expect(event).toMatchObject({ user: 'ada', status, outcome });
  });

  it('know nobody when the request was refused before anybody looked', async () => {
    const [event] = await ask(await openService(signIn()), { name: 'ada' });
    expect(event).toMatchObject({ event: 'sign-in', outcome: 'refused', status: 400 });
    expect(event).not.toHaveProperty('user');
  });

  it('cut a name that is long', async () => {
    const [event] = await ask(await openService(signIn()), { username: 'x'.repeat(10_000) });
    expect(String(event?.user).length).toBeLessThan(100);
  });

  it('are of routes that say so, and run the hooks that these have', async () => {
    const service = await openService(signIn());
    expect(await ask(service, {}, '/other')).toEqual([]);
    expect(
      (await service.app.inject({ method: 'POST', url: '/sign-in', payload: { username: 'a' } })).headers,
    ).toHaveProperty('x-own-hook');
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
          preHandler: async (_request, reply) => void reply.header('x-own-hook', '1'),
        },
        (_request, reply) => reply.code(status).send({}),
      );
      app.post('/other', () => ({}));
    },
  };
}
