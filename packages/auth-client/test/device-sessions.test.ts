// The stateful client binds its session to a key, as a browser does.

import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { type Exchange, formatExchange, StatefulClient, type StatefulClientOptions } from '../src/index.ts';
import { type Canned, type DeviceServer, startDeviceServer } from './device-server.ts';

let server: DeviceServer;
beforeEach(async () => {
  vi.useFakeTimers({ toFake: ['Date'] });
  server = await startDeviceServer();
});
afterEach(async () => {
  vi.useRealTimers();
  await server.close();
});

const pass = (seconds: number) => vi.setSystemTime(Date.now() + seconds * 1_000);
const takeLines = () => server.takeSeen().map(({ line }) => line);
const getMe = (client: StatefulClient) => client.send('GET', '/auth/me');

async function signIn(options: Partial<StatefulClientOptions> = {}): Promise<StatefulClient> {
  const client = new StatefulClient({ ...server.reach, deviceKey: 'ES256', ...options });
  await client.signIn('alice', 'right password');
  return client;
}

/** A signed-in client whose bound cookie has expired. */
async function signInEarlier(options: Partial<StatefulClientOptions> = {}): Promise<StatefulClient> {
  const client = await signIn(options);
  pass(60);
  server.takeSeen();
  return client;
}

describe('registration', () => {
  it.each(['ES256', 'RS256'] as const)('signs the offered challenge with a new %s key', async (deviceKey) => {
    const client = await signIn({ deviceKey });
    expect(takeLines()).toEqual(['POST /auth/login', 'POST /auth/device/register proof']);
    expect(server.bindings.get('binding 1')).toMatchObject({ alg: deviceKey });
    expect(client.bindingIds).toEqual(['binding 1']);
    expect((await getMe(client)).status).toBe(200);
  });

  it('sends the public members of the key, and no others', async () => {
    await signIn();
    await signIn({ deviceKey: 'RS256' });
    const members = [...server.bindings.values()].map(({ jwk }) => Object.keys(jwk));
    expect(members).toEqual([
      ['kty', 'crv', 'x', 'y'],
      ['kty', 'n', 'e'],
    ]);
  });

  it('is off by default: an offer is ignored', async () => {
    const client = new StatefulClient(server.reach);
    await client.signIn('alice', 'right password');
    expect(takeLines()).toEqual(['POST /auth/login']);
    expect(client.bindingIds).toEqual([]);
  });

  it('copies the authorization of the offer into the proof', async () => {
    server.offer += ';authorization="code"';
    await signIn();
    expect(server.claims).toMatchObject([{ jti: 'first', authorization: 'code' }]);
  });

  it.each([
    ['not a structured field', '(ES256;path="device/register"'],
    ['a token instead of a list of algorithms', 'ES256;path="device/register";challenge="first"'],
    ['no path', '(ES256);challenge="first"'],
    ['a path that is a token', '(ES256);path=device;challenge="first"'],
    ['no challenge', '(ES256);path="device/register"'],
    ['an empty challenge', '(ES256);path="device/register";challenge=""'],
    ['only algorithms of other keys', '(RS256 ES384 none);path="device/register";challenge="first"'],
    ['algorithms as strings', '("ES256");path="device/register";challenge="first"'],
    ['a key shared with another site', '(ES256);path="device/register";challenge="first";provider_key="k"'],
    ['another site', '(ES256);path="https://other.example/register";challenge="first"'],
    ['no TLS', '(ES256);path="http://app.example/register";challenge="first"'],
    ['no address', '(ES256);path="https://";challenge="first"'],
  ])('ignores an offer with %s, and signs in', async (_what, offer) => {
    server.offer = offer;
    const client = await signIn();
    expect(takeLines()).toEqual(['POST /auth/login']);
    expect(client.bindingIds).toEqual([]);
  });

  it('takes the offer that it can, also from a second header', async () => {
    server.offer = ['(ES384);path="x";challenge="first"', 'other, (ES256);path="device/register";challenge="first"'];
    expect((await signIn()).bindingIds).toEqual(['binding 1']);
  });

  it('ignores an offer over plain http', async () => {
    const client = await signIn(server.reachAs('http://app.example')).catch(() => undefined);
    expect(client).toBeUndefined();
    expect(takeLines()).toEqual(['POST /auth/login']);
  });

  it('takes an offer over plain http from this machine, as browsers do', async () => {
    expect((await signIn(server.reachAs('http://localhost'))).bindingIds).toEqual(['binding 1']);
  });

  it('signs in unbound if the server refuses the proof', async () => {
    server.offer = '(ES256);path="device/register";challenge="stale"';
    const client = await signIn();
    expect(takeLines()).toEqual(['POST /auth/login', 'POST /auth/device/register proof']);
    expect(client.bindingIds).toEqual([]);
  });
});

describe('instructions', () => {
  const valid = { session_identifier: 'binding 1', refresh_url: '/r', scope: { include_site: false } };
  const credentials = [{ type: 'cookie', name: 'a', attributes: 'Path=/' }];
  const createCredential = (fields: object) => ({ ...valid, credentials: [{ ...credentials[0], ...fields }] });

  it.each<[string, unknown]>([
    ['the end of the binding', { ...valid, credentials, continue: false }],
    ['text that is not JSON', '{'],
    ['a list', []],
    ['no session_identifier', { ...valid, credentials, session_identifier: undefined }],
    ['an empty session_identifier', { ...valid, credentials, session_identifier: '' }],
    ['a session_identifier that no header can hold', { ...valid, credentials, session_identifier: 'ü' }],
    ['an empty refresh_url', { ...valid, credentials, refresh_url: '' }],
    ['a refresh_url on another site', { ...valid, credentials, refresh_url: 'https://other.example/r' }],
    ['a refresh_url without TLS', { ...valid, credentials, refresh_url: 'http://app.example/r' }],
    ['no scope', { ...valid, credentials, scope: undefined }],
    ['no include_site', { ...valid, credentials, scope: {} }],
    ['an origin on another site', { ...valid, credentials, scope: { include_site: false, origin: 'https://x.org' } }],
    ['an opaque origin', { ...valid, credentials, scope: { include_site: false, origin: 'data:,x' } }],
    ['a rule of no type', { ...valid, credentials, scope: { include_site: false, scope_specification: [{}] } }],
    ['no credentials', valid],
    ['an empty list of credentials', { ...valid, credentials: [] }],
    ['a credential that is no cookie', createCredential({ type: 'token' })],
    ['a cookie without a name', createCredential({ name: '' })],
    ['a name that is two attributes', createCredential({ name: 'a; b' })],
    ['a cookie of another host', createCredential({ attributes: 'Domain=other.example' })],
    [
      'a __Host- cookie with a domain',
      createCredential({ name: '__Host-a', attributes: 'Domain=app.example; Secure' }),
    ],
    ['a cookie with a lifetime, as in Chromium', createCredential({ attributes: 'Path=/; Max-Age=60' })],
    ['initiators that are no texts', { ...valid, credentials, allowed_refresh_initiators: [1] }],
  ])('with %s leave the session unbound', async (_what, body) => {
    server.editInstructions = () => body;
    const client = await signIn();
    expect(client.bindingIds).toEqual([]);
    await getMe(client);
    expect(takeLines()).toEqual(['POST /auth/login', 'POST /auth/device/register proof', 'GET /auth/me']);
  });

  it.each<[string, object]>([
    ['as they are', {}],
    ['of the whole site, from its own host', { scope: { include_site: true } }],
    ['with a refresh_url on a subdomain', { refresh_url: 'https://a.app.example/r' }],
    ['with unknown members', { defer_requests: true }],
  ])('bind %s', async (_what, changes) => {
    server.editInstructions = () => ({ ...valid, credentials, ...changes });
    expect((await signIn()).bindingIds).toEqual(['binding 1']);
  });

  it('of a subdomain cannot bind the whole site', async () => {
    server.editInstructions = () => ({ ...valid, credentials, scope: { include_site: true } });
    expect((await signIn(server.reachAs('https://a.app.example'))).bindingIds).toEqual([]);
  });

  it('of a host without a domain cannot bind a site', async () => {
    server.editInstructions = () => ({ ...valid, credentials, scope: { include_site: true } });
    expect((await signIn(server.reachAs('https://localhost'))).bindingIds).toEqual([]);
  });

  it('without a refresh_url refresh at the registration URL', async () => {
    server.editInstructions = ({ refresh_url, ...others }) => others;
    const client = await signInEarlier();
    await getMe(client);
    expect(takeLines()[0]).toBe('POST /auth/device/register proof');
  });
});

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

it.each(['ES384', true, ''])('refuses %j as deviceKey', (deviceKey) => {
  const options = { ...server.reach, deviceKey } as unknown as StatefulClientOptions;
  expect(() => new StatefulClient(options)).toThrow(expect.objectContaining({ code: 'ERR_CLIENT_OPTION_INVALID' }));
});

function challengeFor(id: string): Canned {
  return { status: 403, headers: { 'secure-session-challenge': `"again";id="${id}"` } };
}

function readBinding(id: string) {
  const binding = server.bindings.get(id);
  if (binding === undefined) throw new Error(`no binding ${id}`);
  return binding;
}
