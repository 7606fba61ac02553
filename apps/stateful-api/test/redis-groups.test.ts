// REDIS_URL with Sentinels and with a Cluster, on real servers.

import { startCluster, startSentinels } from '@statecraft/infra-dev';
import { Redis } from 'ioredis';
import { expect, it, onTestFinished, vi } from 'vitest';
import { browserOf, openApp, signedIn, statusOf } from './app.ts';

const USERS = ['alice', 'bob', 'carol'];

it.each(['none', 'tracked'])(
  'with Sentinels a failover signs no user out, and sign-ins work again: SESSION_CACHE=%s',
  async (cache) => {
    const group = await startSentinels();
    onTestFinished(() => group.stop());
    const app = await openApp({ SESSION_STORE: 'redis', REDIS_URL: group.url, SESSION_CACHE: cache });
    const alice = await signedIn(app);
    const [, replica] = group.servers;
    const [sentinel] = group.sentinels;
    const waitAdmin = new Redis(replica?.url ?? '');
    const sentinelAdmin = new Redis(sentinel?.url ?? '');
    onTestFinished(() => [waitAdmin, sentinelAdmin].forEach((client) => void client.disconnect()));
    await vi.waitFor(async () => expect(await waitAdmin.dbsize()).toBe(1));
    await sentinelAdmin.call('SENTINEL', 'FAILOVER', group.name);
    await vi.waitFor(
      async () => {
        expect(await waitAdmin.info('replication')).toContain('role:master');
        const bob = browserOf(app);
        await bob.signIn('bob');
        expect(await waitAdmin.dbsize()).toBe(2);
      },
      { timeout: 20_000, interval: 50 },
    );
    expect(await statusOf(alice)).toBe(200);
    expect((await alice.ask('POST', '/auth/logout')).statusCode).toBe(204);
    expect((await app.inject('/ready')).json().checks).toEqual({ database: 'ok', redis: 'ok', 'redis-writes': 'ok' });
  },
  60_000,
);

it('with a Cluster every user can sign in, also right after the start', async () => {
  const cluster = await startCluster();
  onTestFinished(() => cluster.stop());
  const app = await openApp({ SESSION_STORE: 'redis', REDIS_URL: cluster.url });
  const browsers = await Promise.all(Array.from({ length: 24 }, (_, index) => signedIn(app, USERS[index % 3])));
  const names = Array.from({ length: 24 }, (_, index) => `user-${index}`);
  for (const username of names) {
    const stranger = browserOf(app);
    const credentials = { username, password: 'a long password 1' };
    expect((await stranger.ask('POST', '/auth/register', credentials)).statusCode).toBe(201);
    await stranger.signIn(username, credentials.password);
    expect(await statusOf(stranger)).toBe(200);
  }
  expect(await Promise.all(browsers.map(statusOf))).toEqual(browsers.map(() => 200));
  expect((await app.inject('/ready')).json().checks).toEqual({ database: 'ok', redis: 'ok', 'redis-writes': 'ok' });
}, 60_000);
