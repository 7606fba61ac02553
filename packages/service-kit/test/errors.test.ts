// Every error answer has one form and a stable code, and shows no detail of the server.

import type { FastifyInstance } from 'fastify';
import { describe, expect, it } from 'vitest';
import { SERVICE_ERRORS } from '../src/index.ts';
import { openService, readError } from './service.ts';

const CANARY = 'canary at 10.0.0.5';

/** Sends GET / to a route that throws this. */
async function getThrown(thrown: unknown, how: 'throw' | 'reject' = 'throw') {
  const { app, lines } = await openService({
    routes: (app) => {
      app.get('/', how === 'throw' ? () => throwValue(thrown) : () => Promise.reject(thrown));
    },
  });
  return { answer: await app.inject('/'), lines };
}

function throwValue(thrown: unknown): never {
  throw thrown;
}

function createCoded(code: string, statusCode: number, message: string, more = {}): Error {
  return Object.assign(new Error(message), { code, statusCode, ...more });
}

describe('a request that does not match its schema', () => {
  const schema = {
    type: 'object',
    required: ['name'],
    additionalProperties: false,
    properties: {
      name: { type: 'string', maxLength: 3 },
      size: { type: 'integer' },
      kind: { enum: ['a', 'b'] },
      owner: { type: 'object', required: ['id'], properties: { id: { type: 'string' } } },
      tags: { type: 'array', items: { type: 'string' } },
    },
  };
  const routes = (app: FastifyInstance) => {
    app.post('/', { schema: { body: schema } }, ({ body }) => body);
    app.get(
      '/:id',
      { schema: { params: { type: 'object', properties: { id: { type: 'string', maxLength: 2 } } } } },
      () => ({}),
    );
    const query = { type: 'object', required: ['page'], properties: { page: { type: 'string' } } };
    app.get('/list', { schema: { querystring: query } }, () => ({}));
  };

  it.each([
    [{}, 'name', 'is missing'],
    [{ name: 7 }, 'name', 'must be string'],
    [{ name: 'long' }, 'name', 'must NOT have more than 3 characters'],
    [{ name: 'a', size: '1' }, 'size', 'must be integer'],
    [{ name: 'a', kind: 'c' }, 'kind', 'must be one of a, b'],
    [{ name: 'a', extra: 1 }, 'extra', 'is not allowed'],
    [{ name: 'a', owner: {} }, 'owner.id', 'is missing'],
    [{ name: 'a', tags: ['x', 1] }, 'tags.1', 'must be string'],
    [[], 'body', 'must be object'],
  ])('is answered with 400 and the name of the field: %j', async (payload, field, problem) => {
    const { app } = await openService({ routes });
    const error = readError(await app.inject({ method: 'POST', url: '/', payload }));
    expect(error).toMatchObject({ statusCode: 400, code: 'ERR_VALIDATION', field, message: `${field}: ${problem}` });
  });

  it('is not changed so that it matches, and neither is one that matches', async () => {
    const { app } = await openService({ routes });
    const payload = { name: 'a', size: 1 };
    expect((await app.inject({ method: 'POST', url: '/', payload })).json()).toEqual(payload);
  });

  it('is answered with 400 also for parameters and the query', async () => {
    const { app } = await openService({ routes });
    expect(readError(await app.inject('/list'))).toMatchObject({ code: 'ERR_VALIDATION', field: 'page' });
    expect(readError(await app.inject('/123'))).toMatchObject({ code: 'ERR_VALIDATION', field: 'id' });
  });

  it('is answered with the first part of a long field name', async () => {
    const { app } = await openService({ routes });
    const payload = { name: 'a', ['x'.repeat(100_000)]: 1 };
    const answer = await app.inject({ method: 'POST', url: '/', payload });
    expect(readError(answer).code).toBe('ERR_VALIDATION');
    expect(answer.body.length).toBeLessThan(1000);
  });
});

describe('a body that cannot be parsed', () => {
  const routes = (app: FastifyInstance) => void app.post('/', ({ body }) => ({ body }));
  const send = async (payload: string, type = 'application/json') => {
    const { app } = await openService({ routes });
    return app.inject({ method: 'POST', url: '/', payload, headers: { 'content-type': type } });
  };

  it.each(['', '{', 'nul', '{"a":1}}', "{'a':1}"])('is answered with 400: %j', async (text) => {
    expect(readError(await send(text))).toMatchObject({ statusCode: 400, code: 'ERR_BODY_MALFORMED' });
  });

  it.each(['text/plain', 'text/plain;charset=UTF-8', 'application/x-www-form-urlencoded', 'multipart/form-data', 'x'])(
    'is answered with 415 if its type is %s',
    async (type) =>
      expect(readError(await send('{}', type))).toMatchObject({ statusCode: 415, code: 'ERR_MEDIA_TYPE' }),
  );

  it.each(['{"__proto__":{"admin":true}}', '{"a":{"constructor":{"prototype":{"admin":true}}}}'])(
    'is answered with 400 if it would change a prototype: %s',
    async (text) => {
      expect(readError(await send(text))).toMatchObject({ statusCode: 400, code: 'ERR_BODY_MALFORMED' });
      expect(({} as { admin?: unknown }).admin).toBeUndefined();
    },
  );

  it('is answered with 413 if it is longer than 1 MB', async () => {
    const createBody = (bytes: number) => JSON.stringify('x'.repeat(bytes - 2));
    const atLimit = await send(createBody(1_048_576));
    expect(atLimit.statusCode).toBe(200);
    expect(readError(await send(createBody(1_048_577)))).toMatchObject({ statusCode: 413, code: 'ERR_BODY_TOO_LARGE' });
  });
});

describe('a URL without a route', () => {
  it.each(['GET', 'POST', 'PUT', 'DELETE', 'OPTIONS', 'PATCH'] as const)(
    'is answered with 404, the method and the path without the query: %s',
    async (method) => {
      const { app } = await openService();
      const answer = await app.inject({ method, url: '/none?canary=1' });
      expect(readError(answer)).toMatchObject({
        statusCode: 404,
        code: 'ERR_NOT_FOUND',
        message: `Not found: ${method} /none`,
      });
    },
  );

  it('is answered with the first part of a long path', async () => {
    const { app } = await openService();
    const answer = await app.inject(`/${'x'.repeat(5000)}`);
    expect(readError(answer).message.length).toBeLessThan(250);
  });

  it.each(['/%', '/%zz', '/%E0%A4%A'])('is answered with 400 if it cannot be decoded: %s', async (url) => {
    const { app } = await openService({ routes: (app) => void app.get('/:id', () => ({})) });
    const answer = await app.inject(url);
    expect(readError(answer)).toMatchObject({ statusCode: 400, code: 'ERR_BAD_REQUEST' });
    expect(answer.body).not.toContain(url);
  });

  it('is answered with 414 if a part of it is too long', async () => {
    const { app } = await openService({ routes: (app) => void app.get('/:id', () => ({})) });
    expect(readError(await app.inject(`/${'x'.repeat(500)}`))).toMatchObject({
      statusCode: 414,
      code: 'ERR_URL_TOO_LONG',
    });
  });
});

describe('an error that a handler throws', () => {
  it.each(['throw', 'reject'] as const)('is answered with 500 without its text, and logged (%s)', async (how) => {
    const { answer, lines } = await getThrown(new Error(CANARY), how);
    expect(answer.json()).toEqual({
      statusCode: 500,
      code: 'ERR_INTERNAL',
      error: 'Internal Server Error',
      message: SERVICE_ERRORS.ERR_INTERNAL.message,
    });
    expect(lines.join('')).toContain(CANARY);
  });

  it.each([
    ['text', CANARY],
    ['nothing', undefined],
    ['null', null],
    ['a number', 400],
    ['an object', { canary: CANARY }],
  ])('is answered with 500 if it is %s', async (_what, thrown) => {
    const { answer } = await getThrown(thrown, 'reject');
    expect(readError(answer)).toMatchObject({ statusCode: 500, code: 'ERR_INTERNAL' });
    expect(answer.body).not.toContain('canary');
  });

  it.each([
    [400, 'ERR_BAD_REQUEST'],
    [404, 'ERR_NOT_FOUND'],
    [413, 'ERR_BODY_TOO_LARGE'],
    [418, 'ERR_BAD_REQUEST'],
    [500, 'ERR_INTERNAL'],
    [502, 'ERR_INTERNAL'],
    [503, 'ERR_UNAVAILABLE'],
  ])('keeps the status %i, and its text is not sent', async (statusCode, code) => {
    const { answer } = await getThrown(Object.assign(new Error(CANARY), { statusCode }));
    expect(readError(answer)).toMatchObject({ statusCode, code });
    expect(answer.body).not.toContain('canary');
  });

  it.each([200, 302, 399, 600, 1000, 400.5, Number.NaN, '404', null])(
    'is answered with 500 if its status is %j, which is not that of an error',
    async (statusCode) => {
      const { answer } = await getThrown(Object.assign(new Error(CANARY), { statusCode }));
      expect(readError(answer)).toMatchObject({ statusCode: 500, code: 'ERR_INTERNAL' });
    },
  );

  it('keeps its code, text, field and time to wait if its code is one of this project', async () => {
    const { answer } = await getThrown(createCoded('ERR_TEA', 429, 'Too much tea.', { field: 'cup', retryAfter: 7 }));
    expect(answer.json()).toEqual({
      statusCode: 429,
      code: 'ERR_TEA',
      error: 'Too Many Requests',
      message: 'Too much tea.',
      field: 'cup',
      retryAfter: 7,
    });
    expect(answer.headers['retry-after']).toBe('7');
  });

  it.each([500, 501, 503])('keeps its code but not its text if its status is %i', async (statusCode) => {
    const { answer } = await getThrown(createCoded('ERR_TEA', statusCode, CANARY));
    expect(readError(answer)).toMatchObject({ statusCode, code: 'ERR_TEA' });
    expect(answer.body).not.toContain('canary');
  });

  it('is answered with retry-after if its status is 503', async () => {
    const { answer } = await getThrown(createCoded('ERR_TEA', 503, ''));
    expect(answer.headers['retry-after']).toBe('1');
  });

  it('does not keep a code of another program', async () => {
    const { answer } = await getThrown(createCoded('ECONNREFUSED', 400, CANARY));
    expect(readError(answer)).toMatchObject({ statusCode: 400, code: 'ERR_BAD_REQUEST' });
    expect(answer.body).not.toMatch(/canary|ECONN/);
  });
});

describe('an error that a hook throws', () => {
  const HOOKS = ['onRequest', 'preParsing', 'preValidation', 'preHandler', 'preSerialization', 'onSend'] as const;

  it.each(HOOKS.flatMap((hook) => ['sync', 'async'].map((how) => [hook, how] as const)))(
    'is answered with 500, and the next request is served: %s (%s)',
    async (hook, how) => {
      const { app } = await openService({
        routes: (app) => {
          const thrower =
            how === 'sync' ? () => throwValue(new Error(CANARY)) : async () => throwValue(new Error(CANARY));
          app.get('/bad', { [hook]: thrower }, async () => ({}));
          app.get('/good', async () => ({}));
        },
      });
      const answer = await app.inject('/bad');
      expect(readError(answer)).toMatchObject({ statusCode: 500, code: 'ERR_INTERNAL' });
      expect(answer.body).not.toContain('canary');
      expect((await app.inject('/good')).statusCode).toBe(200);
    },
  );

  it.each(['sync', 'async'])('changes nothing after the answer was sent: onResponse (%s)', async (how) => {
    const { app } = await openService({
      routes: (app) => {
        const thrower =
          how === 'sync' ? () => throwValue(new Error(CANARY)) : async () => throwValue(new Error(CANARY));
        app.get('/bad', { onResponse: thrower }, async () => ({}));
      },
    });
    expect((await app.inject('/bad')).statusCode).toBe(200);
    expect((await app.inject('/bad')).statusCode).toBe(200);
  });

  it('is logged each time if the hooks of the error’s answer fail, too', async () => {
    const { app, lines } = await openService({
      routes: (app) => {
        let calls = 0;
        app.get('/bad', { onSend: () => throwValue(new Error(`failure ${++calls}`)) }, async () => ({}));
      },
    });
    await app.inject('/bad');
    const logged = lines.map((line) => JSON.parse(line).err?.message).filter(Boolean);
    expect(logged).toEqual(['failure 1', 'failure 2']);
  });

  it('is answered by a plugin’s own error handler on the routes of the plugin', async () => {
    const { app } = await openService({
      routes: (app) => {
        app.register(async (plugin) => {
          plugin.setErrorHandler((_error, _request, reply) => reply.code(418).send('own'));
          plugin.get('/', () => throwValue(new Error(CANARY)));
        });
      },
    });
    const answer = await app.inject('/');
    expect([answer.statusCode, answer.body]).toEqual([418, 'own']);
  });

  it('is answered with 500 if the serializer throws it', async () => {
    const { app } = await openService({
      routes: (app) => {
        const schema = { type: 'object', required: ['id'], properties: { id: { type: 'string' } } };
        app.get('/bad', { schema: { response: { 200: schema } } }, () => ({ other: CANARY }));
      },
    });
    const answer = await app.inject('/bad');
    expect(readError(answer).code).toBe('ERR_INTERNAL');
    expect(answer.body).not.toContain('canary');
  });
});
