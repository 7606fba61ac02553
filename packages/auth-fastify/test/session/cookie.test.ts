// The cookie: its flags on every answer, and what is made of crafted headers.

import { once } from 'node:events';
import { type AddressInfo, connect } from 'node:net';
import { mintSessionToken } from '@statecraft/auth-core/store';
import fc from 'fast-check';
import { describe, expect, it, onTestFinished } from 'vitest';
import { createSessionCookie } from '../../src/session/cookie.ts';
import { SESSION_PLUGIN_DEFAULTS } from '../../src/session/options.ts';
import { ADA, appWith, browserOf, NAME, setCookies } from './app.ts';

const FLAGS = /^__Host-session=[\w-]{59}; Path=\/; HttpOnly; Secure; SameSite=Lax$/;

describe.each([200, 401, 404, 409, 500])('an answer %i', (status) => {
  const withStatus = () =>
    appWith({
      routes: (on) => {
        on.post('/in', async (request, reply) => {
          await request.signIn(ADA);
          return reply.code(status).send({});
        });
        on.get('/status', (_request, reply) => reply.code(status).send({}));
      },
    });

  it('that starts a session carries the cookie with all its flags, and no-store', async () => {
    const answer = await browserOf(await withStatus())('POST', '/in');
    expect(answer.statusCode).toBe(status);
    expect(setCookies(answer)).toEqual([expect.stringMatching(FLAGS)]);
    expect(answer.headers['cache-control']).toBe('no-store');
  });

  it('to a live session is no-store and sets no cookie', async () => {
    const ask = browserOf(await withStatus());
    await ask('POST', '/login');
    const answer = await ask('GET', '/status');
    expect([answer.statusCode, setCookies(answer)]).toEqual([status, []]);
    expect(answer.headers['cache-control']).toBe('no-store');
  });

  it('to an anonymous request carries neither', async () => {
    const answer = await browserOf(await withStatus())('GET', '/status');
    expect(answer.headers).not.toHaveProperty('set-cookie');
    expect(answer.headers).not.toHaveProperty('cache-control');
  });
});

it('is no-store also where the route says otherwise, and where there is no route', async () => {
  const app = await appWith({
    routes: (on) => on.get('/cached', (_request, reply) => reply.header('cache-control', 'public').send({})),
  });
  const ask = browserOf(app);
  await ask('POST', '/login');
  const answers = await Promise.all([ask('GET', '/cached'), ask('GET', '/nowhere')]);
  expect(answers.map(({ statusCode, headers }) => [statusCode, headers['cache-control']])).toEqual([
    [200, 'no-store'],
    [404, 'no-store'],
  ]);
});

it('is sent beside cookies that the route sets', async () => {
  const app = await appWith({
    routes: (on) =>
      on.post('/two', async (request, reply) => {
        reply.header('set-cookie', 'theme=dark');
        await request.signIn(ADA);
      }),
  });
  const answer = await browserOf(app)('POST', '/two');
  expect(setCookies(answer)).toEqual(['theme=dark', expect.stringMatching(FLAGS)]);
});

it('keeps a lifetime only when it is told, and renews it with `rolling`', async () => {
  const app = await appWith({ cookie: { maxAge: 90_000 }, rolling: true });
  const ask = browserOf(app);
  const [first] = setCookies(await ask('POST', '/login'));
  expect(first).toContain('; Max-Age=90;');
  expect(setCookies(await ask('GET', '/me'))).toEqual([first]);
});

it('has its plain name only without TLS', async () => {
  const app = await appWith({ cookie: { secure: false } });
  const [given] = setCookies(await browserOf(app)('POST', '/login'));
  expect(given).toMatch(/^session=[\w-]{59}; Path=\/; HttpOnly; SameSite=Lax$/);
});

describe('a request with', () => {
  const signedIn = async () => {
    const app = await appWith();
    const ask = browserOf(app);
    await ask('POST', '/login');
    const me = (cookie: string) => app.inject({ url: '/me', headers: { cookie } });
    return { me, cookie: ask.cookie() ?? '', app };
  };

  it('other cookies around ours is known', async () => {
    const { me, cookie } = await signedIn();
    const headers = [`a=b; ${cookie}`, `a=b;${cookie};c=d`, ` \t${cookie} ; x`, `x=1; ; ${cookie}`];
    const answers = await Promise.all(headers.map(me));
    expect(answers.map(({ statusCode }) => statusCode)).toEqual([200, 200, 200, 200]);
  });

  it("our name inside another cookie's name or value is anonymous", async () => {
    const { me, cookie } = await signedIn();
    const headers = [`x${cookie}`, `a="b ${cookie}"`, `a=${cookie}`];
    const answers = await Promise.all(headers.map(me));
    expect(answers.map((answer) => answer.json().code)).toEqual(Array(3).fill('ERR_UNAUTHENTICATED'));
  });

  it('the cookie twice is signed in when exactly one of the two sessions is live', async () => {
    const { me, cookie } = await signedIn();
    const dead = `${NAME}=${mintSessionToken(undefined)}`;
    const headers = [`${cookie}; ${cookie}`, `${cookie}; ${dead}`, `${dead}; a=b; ${cookie}`, `${NAME}=; ${cookie}`];
    const answers = await Promise.all(headers.map(me));
    expect(answers.map(({ statusCode }) => statusCode)).toEqual([200, 200, 200, 200]);
  });

  it('two live session cookies is 401 on a guarded route and anonymous on a public one', async () => {
    const { app, me, cookie } = await signedIn();
    const other = browserOf(app);
    await other('POST', '/login');
    const both = `${cookie}; ${other.cookie()}`;
    expect((await me(both)).json()).toMatchObject({ statusCode: 401, code: 'ERR_SESSION_INVALID' });
    expect((await app.inject({ url: '/public', headers: { cookie: both } })).statusCode).toBe(200);
  });

  it.each(['/login', '/logout'])('two live session cookies ends both sessions in the store by POST %s', async (url) => {
    const { app, cookie } = await signedIn();
    const other = browserOf(app);
    await other('POST', '/login');
    await app.inject({ method: 'POST', url, headers: { cookie: `${cookie}; ${other.cookie()}` } });
    expect(await app.sessions.list('ada')).toHaveLength(url === '/login' ? 1 : 0);
    expect((await app.inject({ url: '/me', headers: { cookie } })).statusCode).toBe(401);
  });

  it('more than four session cookies has the first four looked up', async () => {
    const { me, cookie } = await signedIn();
    const dead = () => `${NAME}=${mintSessionToken(undefined)}`;
    const answers = await Promise.all([
      me([dead(), dead(), dead(), cookie].join('; ')),
      me([dead(), dead(), dead(), dead(), cookie].join('; ')),
    ]);
    expect(answers.map(({ statusCode }) => statusCode)).toEqual([200, 401]);
  });

  it('15,000 characters of other cookies is signed in', async () => {
    const { me, cookie } = await signedIn();
    expect((await me(`x=${'y'.repeat(15_000)}; ${cookie}`)).statusCode).toBe(200);
  });

  it('several Cookie headers has all of them read', async () => {
    const { app, cookie } = await signedIn();
    const raw = await rawRequest(app, ['Cookie: a=b', `Cookie: ${cookie}`, 'Cookie: c=d']);
    expect(raw).toMatch(/^HTTP\/1.1 200 /);
  });

  it('the cookie in two Cookie headers is signed in when one of the sessions is live', async () => {
    const { app, cookie } = await signedIn();
    const raw = await rawRequest(app, [`Cookie: ${NAME}=${mintSessionToken(undefined)}`, `Cookie: ${cookie}`]);
    expect(raw).toMatch(/^HTTP\/1.1 200 /);
  });

  it('any text in its place is 401 on a guarded route and never 500', async () => {
    const { app } = await signedIn();
    const garbage = fc.string({ unit: fc.integer({ min: 32, max: 126 }).map((code) => String.fromCharCode(code)) });
    const likely = fc.string({ unit: fc.constantFrom('A', '-', '_', '9'), minLength: 58, maxLength: 60 });
    await fc.assert(
      fc.asyncProperty(fc.oneof(garbage, likely), async (text) => {
        const headers = { cookie: `${NAME}=${text}` };
        const answers = await Promise.all([
          app.inject({ url: '/me', headers }),
          app.inject({ method: 'POST', url: '/logout', headers }),
        ]);
        expect(answers[0]?.statusCode).toBe(401);
        expect([200, 401]).toContain(answers[1]?.statusCode);
      }),
      { numRuns: 200 },
    );
  });
});

it('finds what was put among any other cookies', () => {
  const { name, findTokens } = createSessionCookie(SESSION_PLUGIN_DEFAULTS);
  const pair = fc.stringMatching(/^[a-z]{1,8}=[\w ="]{0,12}$/);
  fc.assert(
    fc.property(fc.array(pair), fc.array(pair), (before, after) => {
      const token = mintSessionToken(undefined);
      expect(findTokens([...before, `${name}=${token}`, ...after].join('; '))).toEqual([token]);
      expect(findTokens([...before, ...after].join('; '))).toEqual([]);
    }),
  );
});

/** GET /me with these header lines, as they are. */
async function rawRequest(app: Awaited<ReturnType<typeof appWith>>, lines: string[]): Promise<string> {
  await app.listen({ port: 0, host: '127.0.0.1' });
  onTestFinished(() => app.close());
  const socket = connect((app.server.address() as AddressInfo).port, '127.0.0.1');
  socket.write(['GET /me HTTP/1.1', 'Host: a', 'Connection: close', ...lines, '', ''].join('\r\n'));
  let text = '';
  socket.on('data', (chunk) => (text += chunk));
  await once(socket, 'close');
  return text;
}
