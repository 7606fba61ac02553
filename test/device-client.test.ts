// The client of auth-client and the stateful API: a session that is bound to the client's key, from the sign-in to the
// end. The API's own device endpoints answer; between the two is a gateway that says that it ended TLS.

import { once } from 'node:events';
import { createServer, request as forward } from 'node:http';
import type { AddressInfo } from 'node:net';
import { beforeEach, expect, it, onTestFinished, vi } from 'vitest';
import { buildApp } from '../apps/stateful-api/src/app.ts';
import { readConfig } from '../apps/stateful-api/src/config.ts';
import { DEMO_PASSWORD } from '../packages/accounts/src/index.ts';
import { type DeviceAlgorithm, type Exchange, StatefulClient } from '../packages/auth-client/src/index.ts';

const ENV = {
  NODE_ENV: 'test',
  LOG_LEVEL: 'silent',
  AUTH_EVENTS: '0',
  DOCS: '0',
  PASSWORD_MEMORY_KIB: '8',
  DEMO_USERS: '1',
  TRUST_PROXY: '127.0.0.1',
  SESSION_DEVICE_BOUND: '1',
};
const SESSION_COOKIE = /__Host-session=[^;]+/;

let baseUrl: string;
let exchanges: Exchange[] = [];
beforeEach(async () => {
  // Only the client's jar reads the Date: sessions in memory have a monotonic clock.
  vi.useFakeTimers({ toFake: ['Date'] });
  onTestFinished(() => void vi.useRealTimers());
  const app = await buildApp(readConfig(ENV));
  onTestFinished(() => app.close());
  baseUrl = await startGateway(Number(new URL(await app.listen({ port: 0, host: '127.0.0.1' })).port));
});

/** Passes everything on to the port, under a prefix, and says that it came over TLS. */
async function startGateway(port: number): Promise<string> {
  const gateway = createServer((received, answer) => {
    const { method, headers } = received;
    const path = received.url?.replace('/api/stateful', '');
    const sent = forward({ port, method, path, headers: { ...headers, 'x-forwarded-proto': 'https' } }, (got) => {
      answer.writeHead(got.statusCode ?? 502, got.rawHeaders);
      got.pipe(answer);
    });
    received.pipe(sent);
  });
  await once(gateway.listen(0, '127.0.0.1'), 'listening');
  onTestFinished(async () => {
    gateway.closeAllConnections();
    await once(gateway.close(), 'close');
  });
  return `http://127.0.0.1:${(gateway.address() as AddressInfo).port}/api/stateful`;
}

async function signIn(deviceKey: DeviceAlgorithm = 'ES256'): Promise<StatefulClient> {
  const client = new StatefulClient({ baseUrl, deviceKey, trace: (exchange) => exchanges.push(exchange) });
  await client.signIn('alice', DEMO_PASSWORD);
  exchanges = [];
  return client;
}

const expireCookie = () => vi.setSystemTime(Date.now() + 300_000);
const takeLines = () =>
  exchanges.splice(0).map(({ request, answer }) => `${request.url.slice(baseUrl.length)} ${answer?.status}`);

it.each(['ES256', 'RS256'] as const)('binds with %s, and refreshes in one round trip', async (deviceKey) => {
  const client = await signIn(deviceKey);
  expect(client.bindingIds).toHaveLength(1);
  await client.me();
  expireCookie();
  await client.me();
  expireCookie();
  await client.me();
  const refresh = '/auth/device/refresh 200';
  expect(takeLines()).toEqual(['/auth/me 200', refresh, '/auth/me 200', refresh, '/auth/me 200']);
});

it('refreshes once for requests beside one another', async () => {
  const client = await signIn();
  expireCookie();
  await Promise.all([client.me(), client.cart(), client.sessions()]);
  expect(takeLines().filter((line) => line.startsWith('/auth/device'))).toEqual(['/auth/device/refresh 200']);
});

it('keeps the binding when a change of the password renews the session', async () => {
  const client = await signIn();
  const before = SESSION_COOKIE.exec(client.credential() ?? '');
  await client.changePassword(DEMO_PASSWORD, 'right horse battery');
  expect(SESSION_COOKIE.exec(client.credential() ?? '')).not.toEqual(before);
  expireCookie();
  await client.me();
  expect(takeLines()).toEqual(['/auth/password 204', '/auth/device/refresh 200', '/auth/me 200']);
});

it('drops the binding after the sign-out, and binds again at the next sign-in', async () => {
  const client = await signIn();
  const [first] = client.bindingIds;
  await client.signOut();
  expect(client.credential()).toBeUndefined();
  await expect(client.me()).rejects.toMatchObject({ status: 401 });
  expect(client.bindingIds).toEqual([]);
  await client.signIn('alice', DEMO_PASSWORD);
  expect(client.bindingIds).toHaveLength(1);
  expect(client.bindingIds).not.toEqual([first]);
  expect(await client.me()).toMatchObject({ username: 'alice' });
});

it('drops the binding of a session that another client ended', async () => {
  const [client, other] = [await signIn(), await signIn()];
  await other.signOutAll();
  expireCookie();
  await expect(client.me()).rejects.toMatchObject({ status: 401 });
  expect(client.bindingIds).toEqual([]);
});

it('a client that takes no offer is served unbound', async () => {
  const client = new StatefulClient({ baseUrl });
  await client.signIn('alice', DEMO_PASSWORD);
  expireCookie();
  expect(await client.me()).toMatchObject({ username: 'alice' });
});
