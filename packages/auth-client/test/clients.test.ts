// Both clients against a real server: what they send, keep and return.

import { afterEach, describe, expect, it } from 'vitest';
import { ApiError, type Exchange, StatefulClient, StatelessClient } from '../src/index.ts';
import { startServer, type TestServer, type TestServerOptions } from './server.ts';

const servers: TestServer[] = [];
async function openServer(options: TestServerOptions): Promise<TestServer> {
  const started = await startServer(options);
  servers.push(started);
  return started;
}
afterEach(async () => {
  await Promise.all(servers.splice(0).map((each) => each.close()));
});

const MODES = [
  ['stateless', StatelessClient],
  ['stateful', StatefulClient],
] as const;

describe.each(MODES)('%s client', (mode, Client) => {
  it('registers, signs in, is recognised, and is not recognised after sign-out', async () => {
    const { url } = await openServer({ mode });
    const client = new Client({ baseUrl: url });
    expect(await client.register('dora', 'right password')).toMatchObject({ username: 'dora' });
    expect(await client.signIn('alice', 'right password')).toEqual({
      id: 'demo-alice',
      username: 'alice',
      roles: ['user'],
    });
    expect(await client.me()).toMatchObject({ id: 'demo-alice' });
    await client.signOut();
    expect(client.credential()).toBeUndefined();
    await expect(client.me()).rejects.toMatchObject({ status: 401, code: 'ERR_UNAUTHENTICATED' });
  });

  it('calls the other routes with the bodies of the API', async () => {
    const { url, seen } = await openServer({ mode });
    const client = new Client({ baseUrl: url });
    await client.signIn('alice', 'right password');
    await client.changePassword('right password', 'a better password');
    expect(await client.sessions()).toEqual([{ id: 's1', current: true }]);
    await client.endSession('a/b');
    await client.signOutAll();
    expect(seen.slice(1).map(({ method, url, body }) => [method, url, body])).toEqual([
      ['POST', '/auth/password', { currentPassword: 'right password', newPassword: 'a better password' }],
      ['GET', '/auth/sessions', undefined],
      ['DELETE', '/auth/sessions/a%2Fb', undefined],
      ['POST', '/auth/logout-all', undefined],
    ]);
  });

  it('keeps the path prefix of a gateway', async () => {
    const { url, seen } = await openServer({ mode, prefix: `/api/${mode}` });
    const client = new Client({ baseUrl: `${url}/` });
    await client.signIn('alice', 'right password');
    expect(await client.me()).toMatchObject({ username: 'alice' });
    expect(seen.at(-1)?.url).toBe(`/api/${mode}/auth/me`);
  });

  it('turns a refusal into an ApiError with code, server and Retry-After', async () => {
    const { url } = await openServer({ mode });
    const error = await new Client({ baseUrl: url }).signIn('alice', 'wrong').catch((e: unknown) => e);
    expect(error).toBeInstanceOf(ApiError);
    expect(error).toMatchObject({
      status: 401,
      code: 'ERR_CREDENTIALS_WRONG',
      message: 'No: ERR_CREDENTIALS_WRONG',
      servedBy: 'instance-1',
      retryAfter: 7,
    });
  });

  it('uses the status as the code of an answer without one', async () => {
    const { url } = await openServer({ mode });
    await expect(new Client({ baseUrl: url }).request('GET', '/html')).rejects.toMatchObject({
      status: 502,
      code: 'HTTP_502',
    });
  });

  it('names the instance of the last answer', async () => {
    const { url } = await openServer({ mode });
    const client = new Client({ baseUrl: url });
    expect(client.servedBy).toBeUndefined();
    await client.signIn('alice', 'right password');
    expect(client.servedBy).toBe('instance-1');
  });

  it('replays a credential byte for byte from a second client', async () => {
    const { url, seen } = await openServer({ mode });
    const client = new Client({ baseUrl: url });
    await client.signIn('alice', 'right password');
    const raw = client.credential() ?? '';
    const copy = client.withCredential(raw);
    expect(await copy.me()).toMatchObject({ username: 'alice' });
    const broken = client.withCredential(`${raw}; x="1"`);
    await broken.send('GET', '/auth/me');
    const header = mode === 'stateless' ? 'authorization' : 'cookie';
    const sent = seen.slice(-2).map(({ headers }) => headers[header]);
    const shown = mode === 'stateless' ? `Bearer ${raw}` : raw;
    expect(sent).toEqual([shown, `${shown}; x="1"`]);
    expect(client.credential()).toBe(raw);
  });

  it('sends the old credential unchanged after its own sign-out', async () => {
    const { url } = await openServer({ mode });
    const client = new Client({ baseUrl: url });
    await client.signIn('alice', 'right password');
    const copy = client.withCredential(client.credential() ?? '');
    await client.signOut();
    expect((await copy.send('GET', '/auth/me')).status).toBe(mode === 'stateless' ? 200 : 401);
  });

  it('traces each exchange with exactly the headers that were sent', async () => {
    const exchanges: Exchange[] = [];
    const { url, seen } = await openServer({ mode });
    const client = new Client({ baseUrl: url, trace: (exchange) => exchanges.push(exchange) });
    await client.signIn('alice', 'right password');
    await client.me();
    expect(exchanges.map(({ request, answer }) => [request.method, answer?.status])).toEqual([
      ['POST', 200],
      ['GET', 200],
    ]);
    for (const [at, { request }] of exchanges.entries()) expect(seen[at]?.headers).toMatchObject(request.headers);
  });

  it('keeps nothing before sign-in, and its credential afterwards', async () => {
    const { url } = await openServer({ mode });
    const client = new Client({ baseUrl: url });
    expect(client.rememberedByClient()).toEqual({ summary: 'nothing', values: [] });
    await client.signIn('alice', 'right password');
    const { values } = client.rememberedByClient();
    expect(values).toHaveLength(1);
    expect(client.credential()).toContain(values[0]?.value);
  });

  it('sends no request if the path is invalid', async () => {
    const { url } = await openServer({ mode });
    await expect(new Client({ baseUrl: url }).send('GET', '@elsewhere/')).rejects.toMatchObject({
      code: 'ERR_CLIENT_REQUEST_INVALID',
    });
  });
});

describe('the wrong mode', () => {
  it('is another error than a refusal: a stateless client needs a token in the answer', async () => {
    const { url } = await openServer({ mode: 'stateful' });
    await expect(new StatelessClient({ baseUrl: url }).signIn('alice', 'right password')).rejects.toMatchObject({
      code: 'ERR_CLIENT_ANSWER_UNEXPECTED',
    });
  });

  it('is another error than a refusal: a stateful client needs a cookie in the answer', async () => {
    const { url } = await openServer({ mode: 'stateless' });
    await expect(new StatefulClient({ baseUrl: url }).signIn('alice', 'right password')).rejects.toMatchObject({
      code: 'ERR_CLIENT_ANSWER_UNEXPECTED',
    });
  });
});
