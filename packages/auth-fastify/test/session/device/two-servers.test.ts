// Two servers on one Redis: a browser's requests may come to either.

import { once } from 'node:events';
import { createRedisStore, redisClientOptions } from '@statecraft/auth-core/redis';
import { startRedis } from '@statecraft/infra-dev';
import { Redis } from 'ioredis';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { appWith } from '../app.ts';
import { Browser, createDevice } from './browser.ts';

type App = Awaited<ReturnType<typeof appWith>>;
let apps: readonly [App, App];
let stop: () => Promise<unknown>;

beforeAll(async () => {
  const redis = await startRedis();
  const clients = [1, 2].map(() => new Redis(redis.url, redisClientOptions({ deadlineMs: 5_000 })));
  await Promise.all(clients.map((client) => once(client, 'ready')));
  const [one, other] = await Promise.all(
    clients.map(async (client) => {
      const store = createRedisStore({ client });
      await store.ready();
      return appWith({
        store,
        deviceBound: true,
        fastify: { trustProxy: true },
        routes: (routes) => routes.post('/renew', (request) => request.session.regenerate().then(() => ({}))),
      });
    }),
  );
  apps = [one as App, other as App];
  stop = async () => {
    for (const client of clients) client.disconnect();
    await redis.stop();
  };
});
afterAll(() => stop());

/** The same browser, whose next requests go to the other server. */
const moveTo = (app: App, browser: Browser) =>
  Object.assign(new Browser(app, browser.device), { ...browser, app, cookies: browser.cookies });

it('registration at one and refresh at the other, in turn', async () => {
  const [one, other] = apps;
  const first = new Browser(one);
  await first.signIn();
  let browser = moveTo(other, first);
  expect((await browser.register()).statusCode).toBe(200);
  for (const app of [one, other, one]) {
    browser = moveTo(app, browser);
    expect((await browser.tryRefresh()).statusCode).toBe(200);
    expect(await browser.readMe()).toBe(200);
  }
});

it('two keys at the same time: one is registered', async () => {
  const browser = new Browser(apps[0]);
  await browser.signIn();
  const answers = await Promise.all(
    apps.map((app) => moveTo(app, browser).register(undefined, createDevice().proveKey(browser.challenge ?? ''))),
  );
  expect(answers.map(({ statusCode }) => statusCode).sort()).toEqual([200, 409]);
});

it('one challenge at the same time: one answer is a cookie, the other a challenge that works', async () => {
  const browser = new Browser(apps[0]);
  await browser.signIn();
  await browser.register();
  const tabs = apps.map((app) => moveTo(app, browser));
  const answers = await Promise.all(tabs.map((tab) => tab.tryRefresh()));
  expect(answers.map(({ statusCode }) => statusCode).sort()).toEqual([200, 403]);
  const loser = tabs[answers.findIndex(({ statusCode }) => statusCode === 403)];
  expect((await loser?.tryRefresh())?.statusCode).toBe(200);
});

it('a refresh beside regenerate and changes of the session: the binding and the changes are kept', async () => {
  const [one, other] = apps;
  const browser = new Browser(one);
  await browser.signIn();
  await browser.register();
  for (let round = 1; round <= 5; round++) {
    const late = moveTo(other, browser);
    const [counted, refreshed] = await Promise.all([browser.ask('POST', '/count'), late.tryRefresh()]);
    expect([counted.statusCode, counted.json().count, refreshed.statusCode]).toEqual([200, round, 200]);
    browser.challenge = late.challenge;
  }
  await Promise.all([browser.ask('POST', '/renew'), moveTo(other, browser).tryRefresh()]);
  expect((await browser.refresh()).statusCode).toBe(200);
  expect(await browser.readMe()).toBe(200);
});
