// The stateful client keeps and sends cookies as a browser does.

import { lookup } from 'node:dns';
import { Agent } from 'undici';
import { afterEach, describe, expect, it } from 'vitest';
import { StatefulClient } from '../src/index.ts';
import { startServer, type TestServer } from './server.ts';

let server: TestServer | undefined;
const agents: Agent[] = [];
afterEach(async () => {
  await Promise.all(agents.splice(0).map((agent) => agent.destroy()));
  await server?.close();
  server = undefined;
});

const HOST_COOKIE = { name: '__Host-sid', attributes: 'Path=/; Secure; HttpOnly; SameSite=Lax' };

/** Options that reach the server under another host name, over plain http, without a name server. */
function renameHost(name: string, url: string): { baseUrl: string; dispatcher: Agent } {
  const dispatcher = new Agent({
    connect: { lookup: (_host, options, answer) => lookup('127.0.0.1', options, answer) },
  });
  agents.push(dispatcher);
  return { baseUrl: url.replace('127.0.0.1', name), dispatcher };
}

describe('a __Host- cookie with Secure over plain http', () => {
  it.each(['127.0.0.1', 'localhost'])('is kept and sent on %s, as browsers do', async (name) => {
    server = await startServer({ mode: 'stateful', cookie: HOST_COOKIE });
    const client = new StatefulClient(renameHost(name, server.url));
    await client.signIn('alice', 'right password');
    expect(await client.me()).toMatchObject({ username: 'alice' });
    expect(client.credential()).toMatch(/^__Host-sid=[\w-]{43}$/);
  });

  it('is refused from another host, with the reason', async () => {
    server = await startServer({ mode: 'stateful', cookie: HOST_COOKIE });
    const client = new StatefulClient(renameHost('app.example', server.url));
    await expect(client.signIn('alice', 'right password')).rejects.toMatchObject({
      code: 'ERR_CLIENT_COOKIE_REFUSED',
      message: expect.stringContaining('__Host-sid'),
    });
    expect(client.credential()).toBeUndefined();
  });
});

it('refuses a __Host- cookie that is not Secure, instead of dropping it silently', async () => {
  server = await startServer({ mode: 'stateful', cookie: { name: '__Host-sid', attributes: 'Path=/' } });
  await expect(new StatefulClient({ baseUrl: server.url }).signIn('alice', 'right password')).rejects.toMatchObject({
    code: 'ERR_CLIENT_COOKIE_REFUSED',
  });
});

it('keeps a plain cookie over plain http from any host', async () => {
  server = await startServer({ mode: 'stateful' });
  const client = new StatefulClient(renameHost('app.example', server.url));
  await client.signIn('alice', 'right password');
  expect(await client.me()).toMatchObject({ username: 'alice' });
});

it('never names a cookie value in an error', async () => {
  server = await startServer({ mode: 'stateful', cookie: { name: '__Host-sid', attributes: 'Path=/' } });
  let value = '';
  const client = new StatefulClient({
    baseUrl: server.url,
    trace: ({ answer }) => {
      value = /=([\w-]{43})/.exec(String(answer?.headers['set-cookie']))?.[1] ?? '';
    },
  });
  const error = await client.signIn('alice', 'right password').catch((e: Error) => e);
  expect(value).toHaveLength(43);
  expect(String((error as Error).message)).not.toContain(value);
});

it('replaces a planted cookie by the one of the server', async () => {
  server = await startServer({ mode: 'stateful' });
  const client = new StatefulClient({ baseUrl: server.url }).withCredential('sid=planted');
  await client.signIn('alice', 'right password');
  expect(server.seen[0]?.headers.cookie).toBe('sid=planted');
  expect(client.credential()).not.toContain('planted');
});

it('reads and changes the cart of the session', async () => {
  server = await startServer({ mode: 'stateful' });
  const client = new StatefulClient({ baseUrl: server.url });
  await client.signIn('alice', 'right password');
  await client.addToCart({ sku: 'tea', quantity: 2 });
  expect(await client.cart()).toEqual({ items: [{ sku: 'tea', quantity: 2 }] });
  await client.removeFromCart('tea');
  expect(await client.cart()).toEqual({ items: [] });
});

describe('an answer with one cookie that cannot be kept', () => {
  const LB_COOKIE = 'lb=1; Domain=example.org';

  it('signIn keeps the other cookie, answers the user, and names the refused cookie', async () => {
    server = await startServer({ mode: 'stateful', otherCookie: LB_COOKIE });
    const client = new StatefulClient({ baseUrl: server.url });
    expect(await client.signIn('alice', 'right password')).toMatchObject({ username: 'alice' });
    expect(client.refusedCookies).toMatchObject([{ code: 'ERR_CLIENT_COOKIE_REFUSED' }]);
    expect(client.refusedCookies[0]?.message).toContain('the cookie lb,');
    expect(await client.me()).toMatchObject({ username: 'alice' });
    expect(client.refusedCookies).toEqual([]);
  });

  it('send answers also if no cookie of the answer is kept', async () => {
    server = await startServer({ mode: 'stateful', cookie: { name: '__Host-sid', attributes: 'Path=/' } });
    const client = new StatefulClient({ baseUrl: server.url });
    const answer = await client.send('POST', '/auth/login', { username: 'alice', password: 'right password' });
    expect(answer.status).toBe(200);
    expect(client.refusedCookies).toHaveLength(1);
  });
});
