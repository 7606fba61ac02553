// Changes that come late: in another plugin's onSend hook, after the headers have left, beside a hijacked reply.

import type { OutgoingHttpHeaders } from 'node:http';
import { PassThrough } from 'node:stream';
import { expect, it } from 'vitest';
import { ADA, appWith, browserOf, memory, setCookies } from './app.ts';

it('stores a change that a later onSend hook makes', async () => {
  const app = await appWith({
    routes: (routes) => {
      routes.addHook('onSend', async (request) => {
        if (request.routeOptions.url === '/page') request.session.note = 'seen';
      });
      routes.post('/page', () => ({}));
    },
  });
  const ask = browserOf(app);
  await ask('POST', '/login');
  await ask('POST', '/page');
  expect((await ask('GET', '/session')).json().note).toBe('seen');
});

it('gives a hijacked reply the Set-Cookie header of a sign-in in reply.getHeaders()', async () => {
  const app = await appWith({
    routes: (routes) => {
      routes.post('/raw', async (request, reply) => {
        await request.signIn(ADA);
        reply.hijack();
        reply.raw.writeHead(200, reply.getHeaders() as OutgoingHttpHeaders).end('signed in');
      });
    },
  });
  const ask = browserOf(app);
  await ask('POST', '/raw');
  expect((await ask('GET', '/me')).statusCode).toBe(200);
});

it('sends one Set-Cookie header when one request signs in, regenerates and signs in again', async () => {
  const app = await appWith({
    routes: (routes) => {
      routes.post('/often', async (request) => {
        await request.signIn(ADA);
        await request.session.regenerate();
        await request.signIn(ADA);
        return {};
      });
    },
  });
  const ask = browserOf(app);
  expect(setCookies(await ask('POST', '/often'))).toHaveLength(1);
  expect((await ask('GET', '/me')).statusCode).toBe(200);
});

it.each(['save', 'signIn', 'regenerate'] as const)(
  'refuses %s on an anonymous request whose headers have left, and stores no session',
  async (method) => {
    const store = memory();
    let code: unknown;
    const app = await appWith({
      store,
      routes: (routes) => {
        routes.get('/stream', (request, reply) => {
          const out = new PassThrough();
          reply.send(out);
          out.write('1');
          setImmediate(async () => {
            request.session.note = 'late';
            const work = method === 'signIn' ? request.signIn(ADA) : request.session[method]();
            code = await work.then(
              () => 'stored',
              (error) => error.code,
            );
            out.end('2');
          });
        });
      },
    });
    await app.inject('/stream');
    expect(code).toBe('ERR_HEADERS_SENT');
    expect(store.stats().sessions).toBe(0);
  },
);

it('stores a change to a live session with save() while the answer is streamed', async () => {
  const app = await appWith({
    routes: (routes) => {
      routes.get('/stream', (request, reply) => {
        const out = new PassThrough();
        reply.send(out);
        out.write('1');
        setImmediate(async () => {
          request.session.note = 'half';
          await request.session.save();
          out.end('2');
        });
      });
    },
  });
  const ask = browserOf(app);
  await ask('POST', '/login');
  await ask('GET', '/stream');
  expect((await ask('GET', '/session')).json().note).toBe('half');
});
