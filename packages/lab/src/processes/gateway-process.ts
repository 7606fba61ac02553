// The embedded gateway: @fastify/reply-from over undici, in a process of its own so that it takes no time from the
// generator. Its servers come over IPC and may change at any time.
//
//   request ──> the user's server (cookie `affinity`) or the next one ──> no answer? another, where that is safe
//
// Its own answers are 502 and 504, with `x-served-by: gateway`.

import { setTimeout as delay } from 'node:timers/promises';
import replyFrom from '@fastify/reply-from';
import Fastify, { type FastifyReply, type FastifyRequest } from 'fastify';
import { request as ask } from 'undici';
import { createUpstreams, type Upstream } from './upstreams.ts';

const affinity = process.argv.includes('--affinity');
/** Servers are told that users come over TLS, as by a gateway that ends it. */
const forwarded = process.argv.includes('--tls') ? { 'x-forwarded-proto': 'https' } : {};
const TRIES = 3;
/** Only idempotent requests may be sent again when no answer came (RFC 9110, 9.2.2). */
const IDEMPOTENT = new Set(['GET', 'HEAD', 'OPTIONS', 'PUT', 'DELETE']);
/** The request was not sent. */
const NOT_SENT = new Set(['ECONNREFUSED', 'UND_ERR_CONNECT_TIMEOUT', 'EHOSTUNREACH']);
const ANSWER_MS = 10_000;
const CHECK_EVERY_MS = 250;
const CHECK_MS = 1_000;

const upstreams = createUpstreams();
const app = Fastify({ logger: false, forceCloseConnections: true });

app.removeAllContentTypeParsers();
app.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, done) => done(null, body));
await app.register(replyFrom, {
  disableCache: true,
  disableRequestLogging: true,
  undici: { connections: 256, pipelining: 1, headersTimeout: ANSWER_MS, bodyTimeout: ANSWER_MS, connectTimeout: 1_000 },
});
app.all('/*', (request, reply) => {
  forward(request, reply, []);
  return reply;
});

function forward(request: FastifyRequest, reply: FastifyReply, tried: readonly Upstream[]): void {
  const own = affinity ? /\baffinity=([\w.-]+)/.exec(request.headers.cookie ?? '')?.[1] : undefined;
  const upstream = upstreams.choose(own, tried);
  if (upstream === undefined) {
    refuse(reply, 502, 'No server answers.');
    return;
  }
  const { body } = request;
  const contentType = request.headers['content-type'] ?? 'application/octet-stream';
  reply.from(`${upstream.url}${request.url}`, {
    ...(Buffer.isBuffer(body) && body.length > 0 ? { body, contentType } : {}),
    rewriteRequestHeaders: (_request, headers) => ({ ...headers, ...forwarded }),
    // A 503 of a server is an answer, which the experiment must see.
    retryDelay: () => null,
    onResponse: (_request, _reply, { stream }) => {
      if (affinity && isSignIn(request, reply.statusCode))
        reply.header('set-cookie', `affinity=${upstream.name}; Path=/; HttpOnly; SameSite=Lax`);
      reply.send(stream);
    },
    onError: (_reply, { error }) => {
      const { code = error.message } = (error.cause ?? error) as NodeJS.ErrnoException;
      const late = code === 'UND_ERR_HEADERS_TIMEOUT';
      if (!late) upstreams.markFailed(upstream);
      const again = NOT_SENT.has(code) || (IDEMPOTENT.has(request.method) && !late);
      if (again && tried.length + 1 < TRIES) forward(request, reply, [...tried, upstream]);
      else refuse(reply, late ? 504 : 502, `${upstream.name} did not answer (${code}).`);
    },
  });
}

function isSignIn({ method, url }: FastifyRequest, status: number): boolean {
  return method === 'POST' && status < 300 && /^\/auth\/(login|register)\b/.test(url);
}

function refuse(reply: FastifyReply, status: 502 | 504, message: string): void {
  reply.code(status).header('x-served-by', 'gateway').send({ statusCode: status, code: 'ERR_GATEWAY', message });
}

async function check(upstream: Upstream): Promise<void> {
  try {
    const answer = await ask(`${upstream.url}/ready`, { headersTimeout: CHECK_MS, bodyTimeout: CHECK_MS });
    await answer.body.dump();
    upstreams.markReady(upstream, answer.statusCode === 200);
  } catch {
    upstreams.markReady(upstream, false);
  }
}

process.on('message', (next: readonly Upstream[]) => {
  upstreams.replace(next);
  process.send?.('changed');
});
// The lab is gone or has closed the channel.
process.on('disconnect', () => process.exit(0));

process.send?.({ url: await app.listen({ port: 0, host: '127.0.0.1' }) });
for (;;) {
  await Promise.all(upstreams.list().map(check));
  await delay(CHECK_EVERY_MS);
}
