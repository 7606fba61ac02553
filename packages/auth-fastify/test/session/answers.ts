// Routes that answer in every way that Fastify allows, and in some that it does not. The same routes run with the
// session plugin and, as the oracle, with an empty asynchronous onSend hook in its place.

import { once } from 'node:events';
import { type ClientRequest, request as openRequest } from 'node:http';
import { Readable } from 'node:stream';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { SessionStore } from '@statecraft/auth-core';
import Fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify';
import { sessionPlugin } from '../../src/index.ts';
import { ADA } from './app.ts';

/** What a handler does with its session before it answers. */
export const ACTS = ['leaves', 'reads', 'changes', 'signs in', 'destroys'] as const;
export type Act = (typeof ACTS)[number];

export function act(request: FastifyRequest): Promise<void> | undefined {
  switch (request.headers['x-act'] as Act) {
    case 'leaves':
      return undefined;
    case 'reads':
      void request.session.count;
      return undefined;
    case 'changes':
      request.session.count = (request.session.count ?? 0) + 1;
      return undefined;
    case 'signs in':
      return request.signIn(ADA);
    case 'destroys':
      return request.session.destroy();
  }
}

type Trace = (request: FastifyRequest, name: string) => void;
type Handler = (request: FastifyRequest, reply: FastifyReply) => unknown;

/** Each answers a POST; the name is its path. */
const HANDLERS: Record<string, Handler> = {
  'returns-a-value': (request) => {
    void act(request);
    return { body: 'first' };
  },
  sends: (request, reply) => {
    void act(request);
    reply.send('first');
  },
  'sends-in-a-callback': (request, reply) => {
    setImmediate(() => {
      void act(request);
      reply.send('first');
    });
  },
  'returns-a-promise': async (request) => {
    await act(request);
    return { body: 'first' };
  },
  'sends-and-returns-the-reply': async (request, reply) => {
    await act(request);
    return reply.code(201).send('first');
  },
  'sends-and-returns-nothing': async (request, reply) => {
    await act(request);
    reply.code(201).send('first');
  },
  'sends-and-returns-another-body': async (request, reply) => {
    await act(request);
    reply.send('first');
    return 'second';
  },
  'sends-twice': (request, reply) => {
    void act(request);
    reply.send('first');
    reply.send('second');
  },
  'sends-twice-with-a-turn-between': async (request, reply) => {
    await act(request);
    reply.send('first');
    await nextTurn();
    reply.code(202).header('x-second', 'yes').send('second');
  },
  'throws-before': async (request) => {
    await act(request);
    throw new Error('before');
  },
  'throws-synchronously': (request) => {
    void act(request);
    throw new Error('synchronously');
  },
  'throws-after-it-sent': async (request, reply) => {
    await act(request);
    reply.send('first');
    throw new Error('after');
  },
  'answers-204': async (request, reply) => {
    await act(request);
    return reply.code(204).send();
  },
  'answers-null': async (request, reply) => {
    await act(request);
    reply.code(404);
    return null;
  },
  'sets-a-header-that-http-cannot-carry': async (request, reply) => {
    await act(request);
    reply.header('content-disposition', 'attachment; filename="Łódź.pdf"');
    return 'file';
  },
  'sends-an-object-as-text': async (request, reply) => {
    await act(request);
    reply.type('text/plain');
    return { an: 'object' };
  },
  hijacks: async (request, reply) => {
    await act(request);
    reply.hijack();
    reply.raw.end('raw');
  },
  streams: async (request, reply) => {
    await act(request);
    return reply.send(Readable.from(['first ', 'second']));
  },
  'streams-to-the-web': async (request, reply) => {
    await act(request);
    return reply.send(new Response('web', { status: 203 }));
  },
  'streams-and-fails-before-the-first-byte': async (request, reply) => {
    await act(request);
    return reply.send(failAfter([]));
  },
  'streams-and-fails-after-the-first-byte': async (request, reply) => {
    await act(request);
    return reply.send(failAfter(['first ']));
  },
};

/** Routes with hooks or error handlers of their own. */
function registerScopes(app: FastifyInstance, trace: Trace): void {
  const scope = (name: string, build: (inner: FastifyInstance, answer: Handler) => void) =>
    app.register(async (inner) => {
      build(inner, (request) => trace(request, 'handler'));
      inner.post(`/${name}`, async (request) => {
        trace(request, 'handler');
        await act(request);
        if (name.startsWith('error-handler')) throw new Error('for the error handler');
        return 'first';
      });
    });

  scope('guard-that-returns', (inner) =>
    inner.addHook('onRequest', async (request, reply) => {
      await act(request);
      return reply.code(403).send('refused');
    }),
  );
  scope('guard-that-forgets-to-return', (inner) =>
    inner.addHook('preHandler', async (request, reply) => {
      await act(request);
      reply.code(403).send('refused');
    }),
  );
  scope('error-handler', (inner) =>
    inner.setErrorHandler((_error, request, reply) => {
      trace(request, 'error handler');
      reply.code(418).send('handled');
    }),
  );
  scope('error-handler-async', (inner) =>
    inner.setErrorHandler(async (_error, request, reply) => {
      trace(request, 'error handler');
      await nextTurn();
      reply.code(418);
      return 'handled';
    }),
  );
  scope('error-handler-with-a-bad-header', (inner) =>
    inner.setErrorHandler((_error, request, reply) => {
      trace(request, 'error handler');
      reply.code(418).header('x-bad', 'Łódź').send('handled');
    }),
  );
  scope('error-handler-that-throws', (inner) =>
    inner.setErrorHandler((_error, request) => {
      trace(request, 'error handler');
      throw new Error('from the error handler');
    }),
  );
  scope('later-hook-that-throws', (inner) =>
    inner.addHook('onSend', (request) => {
      if (!request.headers['x-thrown']) {
        request.headers['x-thrown'] = 'yes';
        throw new Error('from a later hook');
      }
      return Promise.resolve();
    }),
  );
  scope('later-hook-that-rejects', (inner) =>
    inner.addHook('onSend', async (request) => {
      await nextTurn();
      if (request.headers['x-thrown']) return;
      request.headers['x-thrown'] = 'yes';
      throw new Error('from a later hook');
    }),
  );
  scope('later-hook-that-replaces-the-body', (inner) =>
    inner.addHook('onSend', async (_request, _reply, payload) => {
      await nextTurn();
      return `${payload} replaced`;
    }),
  );
}

export const WAYS = [
  ...Object.keys(HANDLERS),
  ...['guard-that-returns', 'guard-that-forgets-to-return'],
  ...['error-handler', 'error-handler-async', 'error-handler-with-a-bad-header', 'error-handler-that-throws'],
  ...['later-hook-that-throws', 'later-hook-that-rejects', 'later-hook-that-replaces-the-body'],
  'not-found',
  'client-that-hangs-up',
];

export interface Answers {
  readonly app: FastifyInstance;
  /** Warnings of the log, as text. */
  readonly warnings: string[];
  ask(way: string, does: Act, cookie: string | undefined): Promise<unknown>;
}

/** `store` undefined: the oracle. */
export async function startAnswers(store: SessionStore | undefined): Promise<Answers> {
  const traces = new Map<string, string[]>();
  const warnings: string[] = [];
  const waiting = new Map<string, () => void>();
  const trace: Trace = ({ headers }, name) => traces.get(String(headers['x-id']))?.push(name);
  const write = (line: string) => {
    const { level, msg } = JSON.parse(line);
    if (level === 40) warnings.push(msg);
  };
  const app = Fastify({ logger: { level: 'warn', stream: { write } }, forceCloseConnections: true });
  if (store === undefined) replacePlugin(app);
  else await app.register(sessionPlugin, { store, cookie: { secure: false }, onConflict: 'retry' });
  app.post('/login', async (request) => request.signIn(ADA));
  app.get('/alive', async () => 'alive');
  for (const [name, handler] of Object.entries(HANDLERS)) {
    app.post(`/${name}`, (request, reply) => {
      trace(request, 'handler');
      return handler(request, reply);
    });
  }
  app.post('/client-that-hangs-up', async (request) => {
    trace(request, 'handler');
    waiting.get(String(request.headers['x-id']))?.();
    await once(request.raw.socket, 'close');
    await act(request);
    return 'too late';
  });
  app.setNotFoundHandler(async (request, reply) => {
    trace(request, 'not-found handler');
    await act(request);
    return reply.code(404).send('not found');
  });
  registerScopes(app, trace);
  await app.listen({ port: 0, host: '127.0.0.1' });
  const address = app.server.address() as { port: number };

  return {
    app,
    warnings,
    async ask(way, does, cookie) {
      const id = `${way} ${does}`;
      const ran: string[] = [];
      traces.set(id, ran);
      const headers = { 'x-act': does, 'x-id': id, ...(cookie !== undefined && { cookie }) };
      const started = new Promise<void>((resolve) => waiting.set(id, resolve));
      const sent = openRequest({ port: address.port, host: '127.0.0.1', method: 'POST', path: `/${way}`, headers });
      sent.end();
      if (way === 'client-that-hangs-up') started.then(() => sent.destroy());
      const answer = await readAnswer(sent);
      return { ...answer, ran };
    },
  };
}

function replacePlugin(app: FastifyInstance): void {
  app.decorateRequest('session', {
    getter: () => ({ destroy: () => Promise.resolve() }) as never,
  });
  app.decorateRequest('signIn', () => Promise.resolve());
  app.addHook('onSend', async () => undefined);
}

async function readAnswer(sent: ClientRequest) {
  try {
    const [response] = await once(sent, 'response');
    const { date, 'set-cookie': _cookie, 'cache-control': _cache, ...headers } = response.headers;
    let body = '';
    try {
      for await (const chunk of response) body += chunk;
    } catch {
      body += ' (cut off)';
    }
    return { status: response.statusCode, headers, body };
  } catch (error) {
    return { error: (error as NodeJS.ErrnoException).code };
  }
}

function failAfter(chunks: readonly string[]): Readable {
  return Readable.from(
    (async function* () {
      yield* chunks;
      await nextTurn();
      throw new Error('the source failed');
    })(),
  );
}
