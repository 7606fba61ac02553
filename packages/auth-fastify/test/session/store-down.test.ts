// A store that fails is 503: never an anonymous request, never 401, never 200 with a change that was not stored.

import { createRedisStore, redisClientOptions } from '@statecraft/auth-core/redis';
import { startRedis } from '@statecraft/infra-dev';
import { Redis } from 'ioredis';
import { expect, it, onTestFinished } from 'vitest';
import { appWith, browserOf, memory } from './app.ts';

async function onRedis() {
  const server = await startRedis();
  const client = new Redis(server.url, { ...redisClientOptions(), lazyConnect: true });
  client.on('error', () => undefined);
  await client.connect();
  const app = await appWith({ store: createRedisStore({ client }) });
  onTestFinished(async () => {
    client.disconnect();
    await app.close();
    await server.stop();
  });
  return { server, client, app, ask: browserOf(app) };
}

const reconnected = (client: Redis) => new Promise((resolve) => client.once('ready', resolve));

it('signs in, changes and signs out on a real Redis', async () => {
  const { ask } = await onRedis();
  await ask('POST', '/login');
  await ask('POST', '/count');
  await ask('POST', '/count');
  expect((await ask('GET', '/session')).json().count).toBe(2);
  await ask('POST', '/logout');
  expect((await ask('GET', '/me')).statusCode).toBe(401);
});

it('answers 503 on every route while Redis is killed, keeps the cookie, and recovers by itself', async () => {
  const { server, client, ask } = await onRedis();
  await ask('POST', '/login');
  await server.kill();
  const asked = [ask('GET', '/me'), ask('GET', '/public'), ask('POST', '/count'), ask('POST', '/logout')] as const;
  const answers = await Promise.all([...asked, ask('POST', '/login')]);
  const back = reconnected(client);
  await server.restart();
  await back;
  expect(answers.map((answer) => [answer.statusCode, answer.json().code])).toEqual(
    Array(5).fill([503, 'ERR_STORE_UNAVAILABLE']),
  );
  expect(answers.flatMap(({ headers }) => headers['set-cookie'] ?? [])).toEqual([]);
  await ask('POST', '/login');
  expect((await ask('GET', '/me')).statusCode).toBe(200);
}, 20_000);

it('answers an anonymous request while Redis is killed', async () => {
  const { server, ask } = await onRedis();
  await server.kill();
  expect((await ask('GET', '/public')).statusCode).toBe(200);
});

it('answers 503 when Redis dies between the reading and the writing', async () => {
  const store = memory();
  const failing = { ...store, update: () => Promise.reject(new Error('connection lost')) };
  const ask = browserOf(await appWith({ store: failing }));
  await ask('POST', '/login');
  const answer = await ask('POST', '/count');
  expect([answer.statusCode, answer.json().code]).toEqual([503, 'ERR_STORE_UNAVAILABLE']);
  expect(answer.body).not.toContain('connection lost');
});

it.each([
  ['throws', () => throwing()],
  ['rejects', async () => throwing()],
])('answers 503 when read %s something of its own', async (_how, read) => {
  const store = memory();
  const app = await appWith({ store });
  const ask = browserOf(app);
  await ask('POST', '/login');
  const broken = await appWith({ store: { ...store, read } });
  const answer = await browserOf(broken, ask.cookie())('GET', '/me');
  expect([answer.statusCode, answer.json().code]).toEqual([503, 'ERR_STORE_UNAVAILABLE']);
});

function throwing(): never {
  throw new TypeError('cannot read properties of undefined');
}
