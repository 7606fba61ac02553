// Every error that leaves a server: one form, a stable code, and nothing of our side in it.

import type { FastifyInstance } from 'fastify';
import { describe, expect, it } from 'vitest';
import { SERVICE_ERRORS } from '../src/index.ts';
import { errorIn, openService } from './service.ts';

const CANARY = 'canary at 10.0.0.5';

/** GET / throws this. */
async function answerTo(thrown: unknown, how: 'throw' | 'reject' = 'throw') {
  const { app, lines } = await openService({
    routes: (app) => {
      app.get('/', how === 'throw' ? () => raise(thrown) : () => Promise.reject(thrown));
    },
  });
  return { answer: await app.inject('/'), lines };
}

function raise(thrown: unknown): never {
  throw thrown;
}

function coded(code: string, statusCode: number, message: string, more = {}): Error {
  return Object.assign(new Error(message), { code, statusCode, ...more });
}

describe('a body that breaks its schema', () => {
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
  ])('is 400 and names the field: %j', async (payload, field, problem) => {
    const { app } = await openService({ routes });
    const error = errorIn(await app.inject({ method: 'POST', url: '/', payload }));
    expect(error).toMatchObject({ statusCode: 400, code: 'ERR_VALIDATION', field, message: `${field}: ${problem}` });
  });

  it('is not mended: a number in a string stays a string, and nothing is left out', async () => {
    const { app } = await openService({ routes });
    const payload = { name: 'a', size: 1 };
    expect((await app.inject({ method: 'POST', url: '/', payload })).json()).toEqual(payload);
  });

  it('is told for the URL, too', async () => {
    const { app } = await openService({ routes });
    expect(errorIn(await app.inject('/list'))).toMatchObject({ code: 'ERR_VALIDATION', field: 'page' });
    expect(errorIn(await app.inject('/123'))).toMatchObject({ code: 'ERR_VALIDATION', field: 'id' });
  });

  it('does not send a field’s name of any length back', async () => {
    const { app } = await openService({ routes });
    const payload = { name: 'a', ['x'.repeat(100_000)]: 1 };
    const answer = await app.inject({ method: 'POST', url: '/', payload });
    expect(errorIn(answer).code).toBe('ERR_VALIDATION');
    expect(answer.body.length).toBeLessThan(1000);
  });
});

describe('a body that is none', () => {
  const routes = (app: FastifyInstance) => void app.post('/', ({ body }) => ({ body }));
  const send = async (payload: string, type = 'application/json') => {
    const { app } = await openService({ routes });
    return app.inject({ method: 'POST', url: '/', payload, headers: { 'content-type': type } });
  };

  it.each(['', '{', 'nul', '{"a":1}}', "{'a':1}"])('is 400: %j', async (text) => {
    expect(errorIn(await send(text))).toMatchObject({ statusCode: 400, code: 'ERR_BODY_MALFORMED' });
  });

  it.each(['text/plain', 'text/plain;charset=UTF-8', 'application/x-www-form-urlencoded', 'multipart/form-data', 'x'])(
    'is 415 as %s',
    async (type) => expect(errorIn(await send('{}', type))).toMatchObject({ statusCode: 415, code: 'ERR_MEDIA_TYPE' }),
  );

  it.each(['{"__proto__":{"admin":true}}', '{"a":{"constructor":{"prototype":{"admin":true}}}}'])(
    'is 400 when it would reach a prototype: %s',
    async (text) => {
      expect(errorIn(await send(text))).toMatchObject({ statusCode: 400, code: 'ERR_BODY_MALFORMED' });
      expect(({} as { admin?: unknown }).admin).toBeUndefined();
    },
  );

  it('is 413 above 1 MB, and is taken at 1 MB', async () => {
    const textOf = (bytes: number) => JSON.stringify('x'.repeat(bytes - 2));
    const atLimit = await send(textOf(1_048_576));
    expect(atLimit.statusCode).toBe(200);
    expect(errorIn(await send(textOf(1_048_577)))).toMatchObject({ statusCode: 413, code: 'ERR_BODY_TOO_LARGE' });
  });
});

describe('a route that is not there', () => {
  it.each(['GET', 'POST', 'PUT', 'DELETE', 'OPTIONS', 'PATCH'] as const)('is 404 to %s', async (method) => {
    const { app } = await openService();
    const answer = await app.inject({ method, url: '/canary?canary=1' });
    expect(errorIn(answer)).toMatchObject({ statusCode: 404, code: 'ERR_NOT_FOUND' });
    expect(answer.body).not.toContain('canary');
  });

  it.each(['/%', '/%zz', '/%E0%A4%A'])('is 400 when its URL cannot be read: %s', async (url) => {
    const { app } = await openService({ routes: (app) => void app.get('/:id', () => ({})) });
    const answer = await app.inject(url);
    expect(errorIn(answer)).toMatchObject({ statusCode: 400, code: 'ERR_BAD_REQUEST' });
    expect(answer.body).not.toContain(url);
  });

  it('is 414 when a part of its URL is too long', async () => {
    const { app } = await openService({ routes: (app) => void app.get('/:id', () => ({})) });
    expect(errorIn(await app.inject(`/${'x'.repeat(500)}`))).toMatchObject({
      statusCode: 414,
      code: 'ERR_URL_TOO_LONG',
    });
  });
});

describe('what a handler throws', () => {
  it.each(['throw', 'reject'] as const)('is 500 without a word of it, and logged (%s)', async (how) => {
    const { answer, lines } = await answerTo(new Error(CANARY), how);
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
  ])('may be %s instead of an error', async (_what, thrown) => {
    const { answer } = await answerTo(thrown, 'reject');
    expect(errorIn(answer)).toMatchObject({ statusCode: 500, code: 'ERR_INTERNAL' });
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
  ])('with the status %i keeps it, without its text', async (statusCode, code) => {
    const { answer } = await answerTo(Object.assign(new Error(CANARY), { statusCode }));
    expect(errorIn(answer)).toMatchObject({ statusCode, code });
    expect(answer.body).not.toContain('canary');
  });

  it.each([200, 302, 399, 600, 1000, 400.5, Number.NaN, '404', null])(
    'with the status %j, which is no error’s, is 500',
    async (statusCode) => {
      const { answer } = await answerTo(Object.assign(new Error(CANARY), { statusCode }));
      expect(errorIn(answer)).toMatchObject({ statusCode: 500, code: 'ERR_INTERNAL' });
    },
  );

  it('with a code of ours keeps code, text, field and the time to wait', async () => {
    const { answer } = await answerTo(coded('ERR_TEA', 429, 'Too much tea.', { field: 'cup', retryAfter: 7 }));
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

  it.each([500, 501, 503])('with a code of ours and %i keeps the code and not the text', async (statusCode) => {
    const { answer } = await answerTo(coded('ERR_TEA', statusCode, CANARY));
    expect(errorIn(answer)).toMatchObject({ statusCode, code: 'ERR_TEA' });
    expect(answer.body).not.toContain('canary');
  });

  it('with 503 says when to come back', async () => {
    const { answer } = await answerTo(coded('ERR_TEA', 503, ''));
    expect(answer.headers['retry-after']).toBe('1');
  });

  it('with a code that is not ours does not show it', async () => {
    const { answer } = await answerTo(coded('ECONNREFUSED', 400, CANARY));
    expect(errorIn(answer)).toMatchObject({ statusCode: 400, code: 'ERR_BAD_REQUEST' });
    expect(answer.body).not.toMatch(/canary|ECONN/);
  });
});

describe('a throw in a hook', () => {
  const HOOKS = ['onRequest', 'preParsing', 'preValidation', 'preHandler', 'preSerialization', 'onSend'] as const;

  it.each(HOOKS.flatMap((hook) => ['sync', 'async'].map((how) => [hook, how] as const)))(
    'of %s (%s) is 500, and the next request is served',
    async (hook, how) => {
      const { app } = await openService({
        routes: (app) => {
          const thrower = how === 'sync' ? () => raise(new Error(CANARY)) : async () => raise(new Error(CANARY));
          app.get('/bad', { [hook]: thrower }, async () => ({}));
          app.get('/good', async () => ({}));
        },
      });
      const answer = await app.inject('/bad');
      expect(errorIn(answer)).toMatchObject({ statusCode: 500, code: 'ERR_INTERNAL' });
      expect(answer.body).not.toContain('canary');
      expect((await app.inject('/good')).statusCode).toBe(200);
    },
  );

  it.each(['sync', 'async'])('of onResponse (%s), after the answer has gone, changes nothing', async (how) => {
    const { app } = await openService({
      routes: (app) => {
        const thrower = how === 'sync' ? () => raise(new Error(CANARY)) : async () => raise(new Error(CANARY));
        app.get('/bad', { onResponse: thrower }, async () => ({}));
      },
    });
    expect((await app.inject('/bad')).statusCode).toBe(200);
    expect((await app.inject('/bad')).statusCode).toBe(200);
  });

  it('of the serializer is 500', async () => {
    const { app } = await openService({
      routes: (app) => {
        const answer = { type: 'object', required: ['id'], properties: { id: { type: 'string' } } };
        app.get('/bad', { schema: { response: { 200: answer } } }, () => ({ other: CANARY }));
      },
    });
    const answer = await app.inject('/bad');
    expect(errorIn(answer).code).toBe('ERR_INTERNAL');
    expect(answer.body).not.toContain('canary');
  });
});
