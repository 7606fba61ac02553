// The stateful client refreshes a bound cookie as a browser does, and drops a binding where a browser drops it.

import { describe, expect, it } from 'vitest';
import { type Exchange, formatExchange } from '../src/index.ts';
import { getMe, pass, server, signIn, signInEarlier, startServers, takeLines } from './device-harness.ts';
import type { Canned } from './device-server.ts';

startServers();

describe('refresh', () => {
  it('sends nothing while the bound cookie is fresh', async () => {
    const client = await signIn();
    pass(59);
    server.takeSeen();
    await getMe(client);
    expect(takeLines()).toEqual(['GET /auth/me']);
  });

  it('comes before a request whose bound cookie has expired, and names the session', async () => {
    const client = await signInEarlier();
    expect((await getMe(client)).status).toBe(200);
    const [refresh, request] = server.takeSeen();
    expect(refresh).toMatchObject({
      line: 'POST /auth/device/refresh proof',
      headers: { 'sec-secure-session-id': '"binding 1"', cookie: '__Host-sid=1' },
    });
    expect(request).toMatchObject({ line: 'GET /auth/me' });
  });

  it('counts the lifetime of the bound cookie from its answer, however often it is sent', async () => {
    const client = await signIn();
    for (const _ of [1, 2]) {
      pass(30);
      await getMe(client);
    }
    expect(takeLines().slice(2)).toEqual(['GET /auth/me', 'POST /auth/device/refresh proof', 'GET /auth/me']);
  });

  it('without a challenge sent ahead asks for one, signs it, and goes on', async () => {
    server.sendsAhead = false;
    const client = await signInEarlier();
    expect((await getMe(client)).status).toBe(200);
    expect(takeLines()).toEqual(['POST /auth/device/refresh', 'POST /auth/device/refresh proof', 'GET /auth/me']);
  });

  it('signs the newest challenge of any answer', async () => {
    const client = await signInEarlier();
    const challenge = 'newer';
    server.refreshAnswers.push({ status: 503, headers: { 'secure-session-challenge': `"newer";id="binding 1"` } });
    await getMe(client);
    server.bindings.set('binding 1', { ...readBinding('binding 1'), challenge });
    expect((await getMe(client)).status).toBe(200);
    expect(server.claims.at(-1)).toMatchObject({ jti: 'newer', sub: 'binding 1' });
  });

  it('forgets the challenge when its answer has instructions and no challenge', async () => {
    const client = await signInEarlier();
    server.sendsAhead = false;
    await getMe(client);
    pass(60);
    await getMe(client);
    expect(takeLines().filter((line) => line.includes('refresh'))).toEqual([
      'POST /auth/device/refresh proof',
      'POST /auth/device/refresh',
      'POST /auth/device/refresh proof',
    ]);
  });

  it('runs once for requests beside one another', async () => {
    const client = await signInEarlier();
    const answers = await Promise.all([getMe(client), getMe(client), getMe(client)]);
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200]);
    expect(takeLines()).toEqual(['POST /auth/device/refresh proof', ...Array(3).fill('GET /auth/me')]);
  });

  it('leaves out what the scope excludes', async () => {
    const client = await signInEarlier();
    await client.send('GET', '/public/x');
    expect(takeLines()).toEqual(['GET /public/x']);
  });

  it('comes before each request if the cookie has other attributes than the instructions say', async () => {
    server.editInstructions = (instructions) => ({
      ...instructions,
      credentials: [{ type: 'cookie', name: '__Host-sid-device', attributes: 'Path=/; Secure' }],
    });
    const client = await signIn();
    server.takeSeen();
    await getMe(client);
    await getMe(client);
    expect(takeLines().filter((line) => line.includes('refresh'))).toHaveLength(2);
  });

  it('replaces the instructions by those of its answer', async () => {
    const client = await signInEarlier();
    server.editInstructions = (instructions) => ({ ...instructions, refresh_url: '/elsewhere' });
    await getMe(client);
    pass(60);
    await getMe(client);
    expect(takeLines()).toContain('POST /elsewhere proof');
  });

  it('keeps the instructions if its answer is empty', async () => {
    const client = await signInEarlier();
    server.refreshAnswers.push({ status: 200 });
    await getMe(client);
    expect(client.bindingIds).toEqual(['binding 1']);
  });

  it.each<[string, string, Canned | 'hang up']>([
    ['503', 'server_error', { status: 503 }],
    ['500', 'server_error', { status: 500 }],
    ['429', 'server_error', { status: 429 }],
    ['a redirect', 'server_error', { status: 302, headers: { location: '/' } }],
    ['407', 'unreachable', { status: 407 }],
    ['a connection that breaks', 'unreachable', 'hang up'],
  ])('that ends with %s lets the request go with the reason %s, and is tried again', async (_what, reason, answer) => {
    const client = await signInEarlier();
    server.refreshAnswers.push(answer);
    expect((await getMe(client)).status).toBe(401);
    expect(server.takeSeen().at(-1)).toMatchObject({
      line: 'GET /auth/me',
      headers: { 'secure-session-skipped': `${reason};session_identifier="binding 1"` },
    });
    expect((await getMe(client)).status).toBe(200);
    expect(client.bindingIds).toEqual(['binding 1']);
  });

  it.each<[string, Canned]>([
    ['400', { status: 400 }],
    ['401', { status: 401 }],
    ['404', { status: 404 }],
    ['403 without a challenge', { status: 403 }],
    ['403 with a challenge for another session', challengeFor('other')],
    ['continue: false', { status: 200, body: { session_identifier: 'binding 1', continue: false } }],
    ['instructions for another session', { status: 200, body: { session_identifier: 'binding 2' } }],
    ['text that is not JSON', { status: 200, body: 'OK' }],
  ])('that ends with %s drops the binding, and the request goes on', async (_what, answer) => {
    const client = await signInEarlier();
    server.refreshAnswers.push(answer);
    expect((await getMe(client)).status).toBe(401);
    expect(client.bindingIds).toEqual([]);
    expect(server.takeSeen().at(-1)?.headers['secure-session-skipped']).toBeUndefined();
    await getMe(client);
    expect(takeLines()).toEqual(['GET /auth/me']);
  });

  it('drops the binding of a server that asks for a fifth proof', async () => {
    const client = await signInEarlier();
    server.refreshAnswers.push(...Array(9).fill(challengeFor('binding 1')));
    await getMe(client);
    expect(takeLines()).toEqual([...Array(4).fill('POST /auth/device/refresh proof'), 'GET /auth/me']);
    expect(client.bindingIds).toEqual([]);
  });
});

it('a copy of all cookies cannot refresh, and the owner can', async () => {
  const client = await signIn();
  const thief = client.withCredential(client.credential() ?? '');
  expect((await getMe(thief)).status).toBe(200);
  pass(60);
  await getMe(client);
  server.takeSeen();
  expect((await getMe(thief)).status).toBe(401);
  expect(takeLines()).toEqual(['GET /auth/me']);
  expect((await getMe(client)).status).toBe(200);
});

it('the trace has the exchanges of registration and refresh; a proof is shortened', async () => {
  const exchanges: Exchange[] = [];
  const client = await signInEarlier({ trace: (exchange) => exchanges.push(exchange) });
  await getMe(client);
  expect(exchanges.map(({ request }) => new URL(request.url).pathname)).toEqual([
    '/auth/login',
    '/auth/device/register',
    '/auth/device/refresh',
    '/auth/me',
  ]);
  const lines = exchanges.map((exchange) => formatExchange(exchange));
  expect(lines[0]).toContain('< secure-session-registration: (ES256 RS256);path="device/register"');
  expect(lines[1]).toMatch(/> secure-session-response: "eyJhbG….{4} \(\d+ characters\)"/);
  expect(lines[2]).toContain('< secure-session-challenge: ');
  expect(client.lastExchange?.request.url).toBe('https://app.example/auth/me');
});

it('remembers a key, which is not shown', async () => {
  const { summary } = (await signIn()).rememberedByClient();
  expect(summary).toContain('a private key that it never sends');
});

function challengeFor(id: string): Canned {
  return { status: 403, headers: { 'secure-session-challenge': `"again";id="${id}"` } };
}

function readBinding(id: string) {
  const binding = server.bindings.get(id);
  if (binding === undefined) throw new Error(`no binding ${id}`);
  return binding;
}
