// Errors before there is a request, limits, and the headers of every answer: on real sockets.

import type { FastifyInstance } from 'fastify';
import { describe, expect, it } from 'vitest';
import { listenOnFreePort, openService, type RawAnswer, sendRaw } from './service.ts';

/** 16 KiB of a client, and 1 KiB that a proxy adds. */
const LIMIT = 17 * 1024;

async function openPort(routes: (app: FastifyInstance) => void = () => undefined): Promise<number> {
  const { app } = await openService({ routes });
  return (await listenOnFreePort(app)).port;
}

/** Checks the form of every error, and the headers of every answer. */
function expectError(answer: RawAnswer, status: number, code: string): void {
  expect(answer.status).toBe(status);
  expect(JSON.parse(answer.body)).toEqual({
    statusCode: status,
    code,
    error: expect.any(String),
    message: expect.any(String),
  });
  expect(answer.headers).toMatchObject({
    'content-type': 'application/json; charset=utf-8',
    'x-content-type-options': 'nosniff',
    'x-served-by': 'one',
    connection: 'close',
  });
}

describe('a header block', () => {
  // Node counts the URL and the names and values of the headers, without the separators.
  const formatRequest = (bytes: number) => {
    const fixed = '/health'.length + 'host'.length + 'a'.length + 'connection'.length + 'close'.length + 'x'.length;
    return `GET /health HTTP/1.1\r\nhost: a\r\nconnection: close\r\nx: ${'y'.repeat(bytes - fixed)}\r\n\r\n`;
  };

  it.each([16 * 1024, 16 * 1024 + 1, LIMIT - 1])('of %i bytes is accepted', async (bytes) => {
    const answer = await sendRaw(await openPort(), formatRequest(bytes));
    expect([answer.status, answer.body]).toEqual([200, '{"status":"ok"}']);
  });

  it('of 17 KiB and more is answered with 431', async () => {
    expectError(await sendRaw(await openPort(), formatRequest(LIMIT)), 431, 'ERR_HEADERS_TOO_LARGE');
    expectError(await sendRaw(await openPort(), formatRequest(LIMIT + 1)), 431, 'ERR_HEADERS_TOO_LARGE');
  });

  it('of one long cookie is answered with 431', async () => {
    const text = `GET /health HTTP/1.1\r\nhost: a\r\ncookie: session=${'y'.repeat(LIMIT)}\r\n\r\n`;
    expectError(await sendRaw(await openPort(), text), 431, 'ERR_HEADERS_TOO_LARGE');
  });
});

describe('a body without a content-length', () => {
  const formatChunked = (bytes: number) => {
    const chunk = JSON.stringify('x'.repeat(bytes - 2));
    const head = 'POST / HTTP/1.1\r\nhost: a\r\ncontent-type: application/json\r\nconnection: close\r\n';
    return `${head}transfer-encoding: chunked\r\n\r\n${bytes.toString(16)}\r\n${chunk}\r\n0\r\n\r\n`;
  };
  const routes = (app: FastifyInstance) => void app.post('/', ({ body }) => ({ length: String(body).length }));

  it('of 1 MB is accepted', async () => {
    const answer = await sendRaw(await openPort(routes), formatChunked(1_048_576));
    expect(answer.status).toBe(200);
  });

  it('above 1 MB is answered with 413', async () => {
    const answer = await sendRaw(await openPort(routes), formatChunked(1_048_577));
    expectError(answer, 413, 'ERR_BODY_TOO_LARGE');
  });
});

describe('a message that is not a valid request', () => {
  it.each([
    ['not HTTP', 'hello\r\n\r\n'],
    ['a bad header name', 'GET / HTTP/1.1\r\nhost: a\r\nb d: c\r\n\r\n'],
    ['two lengths', 'POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\nab'],
    [
      'a length and chunks',
      'POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 1\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n',
    ],
    ['a header folded over two lines', 'GET / HTTP/1.1\r\nhost: a\r\nx: b\r\n c\r\n\r\n'],
    ['a bare line feed', 'GET / HTTP/1.1\r\nhost: a\nx: b\r\n\r\n'],
  ])('is answered with 400 in the form of every error: %s', async (_what, text) => {
    expectError(await sendRaw(await openPort(), text), 400, 'ERR_BAD_REQUEST');
  });

  it('because it has no Host header is answered with 400 and the headers of every answer', async () => {
    const answer = await sendRaw(await openPort(), 'GET /health HTTP/1.1\r\nconnection: close\r\n\r\n');
    expect([answer.status, answer.headers['x-served-by']]).toEqual([400, 'one']);
  });

  it('does not disturb other connections', async () => {
    const port = await openPort();
    await sendRaw(port, 'hello\r\n\r\n');
    expect((await fetch(`http://127.0.0.1:${port}/health`)).status).toBe(200);
  });
});

describe('the headers of every answer', () => {
  const routes = (app: FastifyInstance) => {
    app.get('/ok', () => ({ ok: true }));
    app.get('/empty', (_request, reply) => reply.code(204).send());
    app.get('/moved', (_request, reply) => reply.redirect('/ok'));
    app.get('/broken', () => {
      throw new Error('canary');
    });
    app.get('/denied', () => {
      throw Object.assign(new Error('No.'), { statusCode: 401, code: 'ERR_NO' });
    });
    app.get('/stream', (_request, reply) => reply.send(new Blob(['text']).stream()));
    app.get('/by-hand', (_request, reply) => {
      reply.hijack().raw.setHeader('x-own', '1').writeHead(200).end('x');
    });
  };

  it.each([
    ['GET', '/ok', 200],
    ['HEAD', '/ok', 200],
    ['GET', '/empty', 204],
    ['GET', '/moved', 302],
    ['GET', '/denied', 401],
    ['GET', '/none', 404],
    ['POST', '/ok', 404],
    ['GET', '/broken', 500],
    ['GET', '/stream', 200],
    ['GET', '/by-hand', 200],
    ['GET', '/health', 200],
    ['GET', '/ready', 200],
    ['GET', '/metrics', 200],
    ['GET', '/%', 400],
    ['GET', `/${'x'.repeat(200)}`, 404],
  ])('are on the answer to %s %s', async (method, path, status) => {
    const port = await openPort(routes);
    const answer = await fetch(`http://127.0.0.1:${port}${path}`, { method, redirect: 'manual' });
    await answer.text();
    expect(answer.status).toBe(status);
    expect(answer.headers.get('x-served-by')).toBe('one');
    expect(answer.headers.get('x-content-type-options')).toBe('nosniff');
    expect(answer.headers.get('x-powered-by') ?? answer.headers.get('server')).toBeNull();
  });

  it('cannot be set if the instance’s id contains a line break', async () => {
    await expect(openService({ instanceId: 'one\r\nset-cookie: a=b' })).rejects.toThrow(/Invalid character/);
  });
});

describe('X-Forwarded-For', () => {
  const routes = (app: FastifyInstance) => void app.get('/ip', ({ ip, protocol }) => ({ ip, protocol }));
  const headers = { 'x-forwarded-for': '203.0.113.7', 'x-forwarded-proto': 'https' };

  it('is trusted from the configured proxy only', async () => {
    const { app } = await openService({ routes, trustProxy: '10.0.0.0/8' });
    const proxied = await app.inject({ url: '/ip', headers, remoteAddress: '10.1.2.3' });
    const direct = await app.inject({ url: '/ip', headers, remoteAddress: '192.0.2.1' });
    expect(proxied.json()).toEqual({ ip: '203.0.113.7', protocol: 'https' });
    expect(direct.json()).toEqual({ ip: '192.0.2.1', protocol: 'http' });
  });

  it('is ignored if no proxy is configured', async () => {
    const { app } = await openService({ routes });
    const answer = await app.inject({ url: '/ip', headers, remoteAddress: '127.0.0.1' });
    expect(answer.json()).toEqual({ ip: '127.0.0.1', protocol: 'http' });
  });
});
