// Two servers that count attempts together in a real Redis, and each alone while Redis is away.

import { type RedisServer, startRedis } from '@statecraft/infra-dev';
import { Redis } from 'ioredis';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Accounts, type AttemptLimits, createAccounts, createRedisCounts } from '../src/index.ts';
import { change, HOME, PASSWORD, readCode, setUp } from './fixture.ts';

const THIEF = '203.0.113.9';
const WRONG = 'ERR_CREDENTIALS_WRONG';
const STOPPED = 'ERR_TOO_MANY_ATTEMPTS';
/** Passes each deadline and each pause, so that the next attempt asks Redis again. */
const LATER = 2_000;

let redis: RedisServer;
let clients: Redis[];
beforeEach(async () => {
  redis = await startRedis();
  clients = [];
});
afterEach(async () => {
  for (const client of clients) client.disconnect();
  await redis.stop();
});

/** Servers with the same users and the same Redis; `changes`: what each was told about Redis. */
async function openServers(limits: Partial<AttemptLimits> = { perAccountAndAddress: 4 }) {
  const { directory, passwords, time, accounts } = setUp();
  const user = await accounts.register('dora', PASSWORD, HOME);
  const changes: string[] = [];
  const open = async (): Promise<Accounts> => {
    const options = { enableOfflineQueue: false, maxRetriesPerRequest: 0, commandTimeout: 300, lazyConnect: true };
    const client = new Redis(redis.url, { ...options, retryStrategy: () => 20 });
    client.on('error', () => undefined);
    await client.connect();
    clients.push(client);
    return createAccounts({
      directory,
      passwords,
      limits,
      clock: () => time.now,
      sharedCounts: createRedisCounts({ client, prefix: 'attempts:' }),
      onCountsChange: (failure) => changes.push(failure === undefined ? 'back' : 'gone'),
    });
  };
  return { one: await open(), other: await open(), open, time, user, changes };
}

const guess = (server: Accounts, address = THIEF) => readCode(server.signIn('dora', 'wrong one', address));
const enter = (server: Accounts, address = HOME) => readCode(server.signIn('dora', PASSWORD, address));

describe('two servers', () => {
  it('allow together as many guesses as one', async () => {
    const { one, other } = await openServers();
    const codes = [await guess(one), await guess(other), await guess(one), await guess(other)];
    expect(codes).toEqual([WRONG, WRONG, WRONG, WRONG]);
    expect([await guess(one), await guess(other)]).toEqual([STOPPED, STOPPED]);
  });

  it('answer as many simultaneous guesses as one would, and refuse the others', async () => {
    const { one, other } = await openServers();
    const codes = await Promise.all(Array.from({ length: 12 }, (_, n) => guess(n % 2 === 0 ? one : other)));
    expect(codes.filter((code) => code === WRONG)).toHaveLength(4);
    expect(codes.filter((code) => code === STOPPED)).toHaveLength(8);
  });

  it('do not lock the owner out when strangers have used up the account at both', async () => {
    const { one, other } = await openServers({ perAccount: 6 });
    for (let n = 0; n < 8; n++) await guess(n % 2 === 0 ? one : other, `203.0.113.${n}`);
    expect([await guess(one, '203.0.113.0'), await guess(other, '203.0.113.1')]).toEqual([STOPPED, STOPPED]);
    expect([await enter(one), await enter(other)]).toEqual(['none', 'none']);
  });

  it('both allow all guesses again after the right password at one of them', async () => {
    const { one, other } = await openServers();
    for (let n = 0; n < 3; n++) await guess(one, HOME);
    expect(await enter(other)).toBe('none');
    expect([await guess(one, HOME), await guess(one, HOME), await guess(other, HOME)]).toEqual([WRONG, WRONG, WRONG]);
  });

  it('count changes of a password together', async () => {
    const { one, other, user } = await openServers();
    const tryChange = (server: Accounts) =>
      readCode(server.changePassword(change(user.id, 'wrong', 'another long one')));
    // Each request compares twice.
    expect([await tryChange(one), await tryChange(other), await tryChange(one)]).toEqual([
      'ERR_CURRENT_PASSWORD_WRONG',
      'ERR_CURRENT_PASSWORD_WRONG',
      STOPPED,
    ]);
  });

  it('count registrations together', async () => {
    const { one, other } = await openServers({ registrationsPerAddress: 2 });
    const register = (server: Accounts, name: string) => readCode(server.register(name, PASSWORD, THIEF));
    expect([await register(one, 'a'), await register(other, 'b'), await register(one, 'c')]).toEqual([
      'none',
      'none',
      'ERR_TOO_MANY_REGISTRATIONS',
    ]);
  });

  it('keep the count through a restart of a server', async () => {
    const { one, open } = await openServers();
    for (let n = 0; n < 4; n++) await guess(one);
    expect(await guess(await open())).toBe(STOPPED);
  });
});

describe.each([
  ['killed', () => redis.kill()],
  ['silent', async () => redis.pause()],
])('while Redis is %s', (_how, end) => {
  it('each server goes on with its own count, which has its failures of before', async () => {
    const { one, other, changes } = await openServers();
    expect([await guess(one), await guess(one), await guess(one)]).toEqual([WRONG, WRONG, WRONG]);
    await end();
    expect([await guess(one), await guess(one), await guess(one)]).toEqual([WRONG, STOPPED, STOPPED]);
    expect([await guess(other), await enter(other), await enter(one)]).toEqual([WRONG, 'none', 'none']);
    expect(changes).toEqual(['gone', 'gone']);
  });
});

it('counts for all servers again when Redis is back', async () => {
  const { one, other, time, changes } = await openServers();
  await redis.kill();
  expect([await guess(one), await guess(other)]).toEqual([WRONG, WRONG]);
  await redis.restart();
  await expect.poll(() => clients.every(({ status }) => status === 'ready')).toBe(true);
  time.now += LATER;
  const codes = [await guess(one), await guess(other), await guess(one), await guess(other), await guess(one)];
  expect(codes).toEqual([WRONG, WRONG, WRONG, WRONG, STOPPED]);
  expect(changes).toEqual(['gone', 'gone', 'back', 'back']);
});
