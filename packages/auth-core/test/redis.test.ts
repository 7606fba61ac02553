// What is true of the Redis store beyond the contract that every store keeps (conformance/redis.test.ts).

import fc from 'fast-check';
import { expect, it } from 'vitest';
import { mintSessionToken, mintSuccessorToken, partitionOf, sessionIdOf } from '../src/index.ts';
import { createRedisStore, redisClientOptions } from '../src/stores/redis.ts';
import {
  commandCounts,
  firstVersion,
  HOUR,
  handClock,
  newId,
  ownRedis,
  START,
  sessionOf,
  ttls,
} from './redis-fixture.ts';

const redis = ownRedis();

async function newStore(options: { prefix?: string; maxSessionsPerUser?: number } = {}) {
  const clock = handClock();
  return { clock, store: createRedisStore({ client: await redis.connect(), clock, ...options }) };
}

const keyOf = (userId: string) => `sess:${partitionOf(userId)}`;
const fieldOf = (id: string) => Buffer.from(id.slice(16), 'base64url');

it('keeps a session to the letter, from any connection', async () => {
  const { store } = await newStore();
  const other = createRedisStore({ client: await redis.connect(), clock: handClock() });
  const session = sessionOf('zoë 🍵', START, { data: '{"note":"\\u0000 é 🍵 \\ud800"}' });
  await store.create(session);
  expect(await other.read(session.id)).toEqual(firstVersion(session));
});

it.each(['', 'x', ':', '*', '{}', '\0', '\r\nFLUSHALL\r\n', '__proto__', 'é'.repeat(500_000)])(
  'keeps a user id as it is, and lists by it: %.20j',
  async (userId) => {
    const { store } = await newStore();
    const session = sessionOf(userId, START);
    await store.create(session);
    expect(await store.list(userId)).toEqual([firstVersion(session)]);
    expect(await store.destroyAll(userId)).toBe(1);
    expect(await redis.admin().dbsize()).toBe(0);
  },
);

it('refuses a user id and data that UTF-8 would change', async () => {
  const { store } = await newStore();
  await expect(store.create(sessionOf('a\ud800', START))).rejects.toMatchObject({ code: 'ERR_SESSION_ID_INVALID' });
  const lone = store.create(sessionOf('a', START, { data: '"\ud800"' }));
  await expect(lone).rejects.toMatchObject({ code: 'ERR_SESSION_DATA_UNSERIALIZABLE' });
  expect(await redis.admin().dbsize()).toBe(0);
});

it('refuses times that the record cannot hold', async () => {
  const { store } = await newStore();
  for (const absoluteExpiresAt of [Number.NaN, -1, 0.5, 2 ** 48, Number.POSITIVE_INFINITY]) {
    const create = store.create(sessionOf('ada', START, { absoluteExpiresAt }));
    await expect(create).rejects.toMatchObject({ code: 'ERR_OPTION_INVALID' });
  }
});

it('asks the server nothing for an id that nobody made', async () => {
  const { store } = await newStore();
  await redis.admin().config('RESETSTAT');
  for (const id of ['', '*', `${newId()}x`, 'x'.repeat(1_000_000), `${'a'.repeat(58)}\n`]) {
    expect(await store.read(id)).toBeUndefined();
    expect(await store.touch(id, START + HOUR)).toBe('gone');
    expect(await store.update(id, { version: 1, data: '{}', idleExpiresAt: START })).toBe('gone');
    expect(await store.rotate(id, newId())).toBe('gone');
    await store.destroy(id);
  }
  expect(Object.keys(await commandCounts(redis.admin()))).toEqual(['config|resetstat']);
});

it('reads with exactly one command, and writes nothing', async () => {
  const { store } = await newStore();
  const session = sessionOf('ada', START);
  await store.create(session);
  await redis.admin().config('RESETSTAT');
  for (let i = 0; i < 100; i++) await store.read(session.id);
  expect(await commandCounts(redis.admin())).toEqual({ 'config|resetstat': 1, hget: 100 });
});

it('sends one command for each of the other methods', async () => {
  const { store } = await newStore();
  const session = sessionOf('ada', START);
  const next = sessionIdOf(mintSuccessorToken(session.id)) ?? '';
  const calls = [
    () => store.create(session),
    () => store.list('ada'),
    () => store.touch(session.id, START + 2 * HOUR),
    () => store.update(session.id, { version: 1, data: '{}', idleExpiresAt: START + HOUR }),
    () => store.rotate(session.id, next),
    () => store.destroyAll('ada', { except: next }),
    () => store.destroy(next),
  ];
  // Twice: the first time the server may not know the scripts yet.
  for (const call of calls) await call();
  for (const call of calls) {
    await redis.admin().config('RESETSTAT');
    await call();
    const counts = await commandCounts(redis.admin());
    const sent = (counts.evalsha ?? 0) + (counts.hgetall && !counts.evalsha ? counts.hgetall : 0);
    expect(counts.eval).toBeUndefined();
    expect(sent + (counts.evalsha ? 0 : (counts.hdel ?? 0))).toBe(1);
  }
});

it('uses one key for all sessions of a user, and none when they have ended', async () => {
  const { store } = await newStore();
  const sessions = [1, 2, 3].map(() => sessionOf('ada', START));
  for (const session of sessions) await store.create(session);
  expect(await redis.admin().keys('*')).toEqual([keyOf('ada')]);
  for (const session of sessions) await store.destroy(session.id);
  expect(await redis.admin().dbsize()).toBe(0);
});

it('removes an expired session at the read that finds it, so that a clock stepped back revives nothing', async () => {
  const { store, clock } = await newStore();
  const session = sessionOf('ada', START);
  await store.create(session);
  clock.add(HOUR);
  expect(await store.read(session.id)).toBeUndefined();
  clock.add(-HOUR);
  expect(await store.read(session.id)).toBeUndefined();
  expect(await redis.admin().dbsize()).toBe(0);
});

it('does not remove a session that another server touched after the read', async () => {
  const { store, clock } = await newStore();
  const behind = createRedisStore({ client: await redis.connect(), clock: handClock() });
  const session = sessionOf('ada', START);
  await store.create(session);
  clock.add(HOUR);
  // The touch arrives between the HGET that saw the old expiry and the script that would remove the session.
  const client = await redis.connect();
  const send = client.sendCommand.bind(client);
  const late = createRedisStore({ client, clock });
  client.sendCommand = async (command, stream) => {
    if (command.name === 'evalsha') await behind.touch(session.id, START + 2 * HOUR);
    return send(command, stream);
  };
  expect(await late.read(session.id)).toMatchObject({ id: session.id, idleExpiresAt: START + 2 * HOUR });
});

it.each(['create', 'update', 'rotate', 'list', 'destroyAll'] as const)(
  'prunes the expired sessions of a user at %s',
  async (method) => {
    const { store, clock } = await newStore();
    const expired = sessionOf('ada', START);
    const live = sessionOf('ada', START, { idleExpiresAt: START + 3 * HOUR });
    await store.create(expired);
    await store.create(live);
    clock.add(2 * HOUR);
    if (method === 'create') await store.create(sessionOf('ada', clock()));
    if (method === 'update') await store.update(live.id, { version: 1, data: '{}', idleExpiresAt: START + 4 * HOUR });
    if (method === 'rotate') await store.rotate(live.id, sessionIdOf(mintSuccessorToken(live.id)) ?? '');
    if (method === 'list') await store.list('ada');
    if (method === 'destroyAll') await store.destroyAll('ada', { except: live.id });
    expect(await redis.admin().hexists(keyOf('ada'), fieldOf(expired.id))).toBe(0);
    expect(await redis.admin().dbsize()).toBe(1);
  },
);

it("ends the user's oldest session beyond the limit, and nobody else's", async () => {
  const { store } = await newStore({ maxSessionsPerUser: 2 });
  const anonymous = sessionOf(undefined, START - 5, { id: newId('ada') });
  const [first, second, third] = [2, 0, 1].map((age) => sessionOf('ada', START - age)) as [never, never, never];
  for (const session of [anonymous, second, first, third]) await store.create(session);
  expect(await store.list('ada')).toEqual([firstVersion(third), firstVersion(second)]);
  expect(await store.read(anonymous.id)).toEqual(firstVersion(anonymous));
});

it('counts and ends only live sessions of the user, but leaves nothing expired behind', async () => {
  const { store, clock } = await newStore();
  const kept = sessionOf('ada', START, { idleExpiresAt: START + 5 * HOUR });
  const ended = sessionOf('ada', START, { idleExpiresAt: START + 5 * HOUR });
  for (const session of [kept, ended, sessionOf('ada', START)]) await store.create(session);
  clock.add(2 * HOUR);
  expect(await store.destroyAll('ada', { except: kept.id })).toBe(1);
  expect(await redis.admin().hkeysBuffer(keyOf('ada'))).toEqual([fieldOf(kept.id)]);
});

it('answers a value that holds no session with a code, and signs nobody in', async () => {
  const { store } = await newStore();
  const values = [
    '',
    '{"userId":"ada"}',
    '\x02'.repeat(100),
    // The format before this one, with nobody's name.
    Buffer.concat([Buffer.from([1]), Buffer.alloc(25), Buffer.from('{}')]),
    Buffer.from([3]),
    Buffer.alloc(26, 255),
    // Whose it is stands beyond the end, or without one.
    Buffer.alloc(23, 3),
    Buffer.alloc(200, 3),
    Buffer.concat([Buffer.alloc(22, 3), Buffer.from([130, 65])]),
    Buffer.concat([Buffer.alloc(22, 3), Buffer.from([255, 0, 0])]),
    Buffer.concat([Buffer.alloc(22, 3), Buffer.from([255, 0, 0, 2, 65])]),
  ];
  for (const value of values) {
    const id = newId('ada');
    await redis.admin().hset(keyOf('ada'), fieldOf(id), value);
    const failure = { code: 'ERR_STORE_UNAVAILABLE', statusCode: 503 };
    await expect(store.read(id)).rejects.toMatchObject(failure);
    await expect(store.list('ada')).rejects.toMatchObject(failure);
    await expect(store.touch(id, START + HOUR)).rejects.toMatchObject(failure);
    await expect(store.update(id, { version: 1, data: '{}', idleExpiresAt: START })).rejects.toMatchObject(failure);
  }
  const own = sessionOf('ada', START);
  await store.create(own);
  expect(await store.read(own.id)).toEqual(firstVersion(own));
  expect(await store.destroyAll('ada')).toBe(1);
  expect(await redis.admin().dbsize()).toBe(0);
});

it('answers a key of another type with a code', async () => {
  const { store } = await newStore();
  const session = sessionOf('ada', START);
  await redis.admin().set(keyOf('ada'), 'somebody else was here');
  await expect(store.read(session.id)).rejects.toMatchObject({ code: 'ERR_STORE_UNAVAILABLE' });
  await expect(store.create(session)).rejects.toMatchObject({ code: 'ERR_STORE_UNAVAILABLE' });
});

it('keeps two prefixes apart', async () => {
  const a = (await newStore({ prefix: 'a:' })).store;
  const b = (await newStore({ prefix: 'b:' })).store;
  const session = sessionOf('ada', START);
  await a.create(session);
  expect(await b.read(session.id)).toBeUndefined();
  expect(await b.list('ada')).toEqual([]);
  expect(await b.destroyAll('ada')).toBe(0);
  expect(await a.read(session.id)).toEqual(firstVersion(session));
});

it('holds no token: neither keys nor values name one', async () => {
  const { store } = await newStore();
  const tokens = Array.from({ length: 20 }, (_, i) => mintSessionToken(i % 2 ? 'ada' : undefined));
  for (const [i, token] of tokens.entries()) {
    await store.create(sessionOf(i % 2 ? 'ada' : undefined, START, { id: sessionIdOf(token) ?? '' }));
  }
  const keys = await redis.admin().keys('*');
  const contents = await Promise.all(
    keys.map(async (key) => [await redis.admin().hkeysBuffer(key), await redis.admin().hvalsBuffer(key)]),
  );
  const everything = Buffer.concat([...keys.map((key) => Buffer.from(key)), ...contents.flat(2)]);
  const secrets = tokens.map((token) => token.slice(16));
  expect(secrets.filter((secret) => everything.includes(secret))).toEqual([]);
  expect(secrets.filter((secret) => everything.includes(Buffer.from(secret, 'base64url')))).toEqual([]);
});

it('says nothing of the session in the cause of an error', async () => {
  const { store } = await newStore();
  await redis.admin().set(keyOf('ada'), 'x');
  const session = sessionOf('ada', START, { data: '{"secret":"tea"}' });
  const error = await Promise.resolve(store.create(session)).catch((failure: Error) => failure);
  expect((error as Error).cause).toMatchObject({ message: expect.stringContaining('WRONGTYPE') });
  expect(JSON.stringify(Object.getOwnPropertyDescriptors((error as Error).cause))).not.toContain('tea');
});

it('gives every key a TTL that is never shorter than its longest-lived session', async () => {
  const offset = fc.integer({ min: 1, max: 2 * HOUR });
  const step = fc.record({
    kind: fc.constantFrom('create', 'touch', 'update', 'rotate', 'destroy', 'destroyAll', 'list', 'wait'),
    user: fc.constantFrom('ada', 'bob', undefined),
    which: fc.nat(20),
    idle: offset,
    absolute: offset,
  });
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 25 }), async (steps) => {
      await redis.admin().flushall();
      let ahead = 0;
      // Runs with real time, as Redis' TTLs do; the test adds to it.
      const clock = () => Math.floor(START + ahead + performance.now());
      const store = createRedisStore({ client: redis.admin(), clock, maxSessionsPerUser: 3 });
      const ids: string[] = [];
      for (const { kind, user, which, idle, absolute } of steps) {
        const now = clock();
        const id = ids[which % Math.max(ids.length, 1)] ?? newId();
        if (kind === 'create') {
          const session = sessionOf(user, now, { idleExpiresAt: now + idle, absoluteExpiresAt: now + absolute });
          await store.create(session);
          ids.push(session.id);
        }
        if (kind === 'touch') await store.touch(id, now + idle);
        if (kind === 'update') await store.update(id, { version: 1, data: '{}', idleExpiresAt: now + idle });
        if (kind === 'rotate') {
          const next = sessionIdOf(mintSuccessorToken(id)) ?? '';
          if ((await store.rotate(id, next)) === 'rotated') ids.push(next);
        }
        if (kind === 'destroy') await store.destroy(id);
        if (kind === 'destroyAll') await store.destroyAll(user ?? 'ada');
        if (kind === 'list') await store.list(user ?? 'ada');
        if (kind === 'wait') ahead += idle;
        await expectLongEnough(store, ids, clock);
      }
    }),
    { numRuns: 60 },
  );
});

async function expectLongEnough(store: ReturnType<typeof createRedisStore>, ids: string[], clock: () => number) {
  const remaining = await ttls(redis.admin());
  for (const ttl of remaining.values()) expect(ttl).toBeGreaterThanOrEqual(0);
  for (const id of new Set(ids)) {
    const session = await store.read(id);
    if (session === undefined) continue;
    const left = Math.min(session.idleExpiresAt, session.absoluteExpiresAt) - clock();
    expect(remaining.get(`sess:${id.slice(0, 16)}`) ?? -2).toBeGreaterThanOrEqual(left);
  }
}

it("follows the user's longest-lived session with the key's TTL, whatever is written after it", async () => {
  const { store } = await newStore();
  const long = sessionOf('ada', START, { idleExpiresAt: START + 5 * HOUR });
  const short = sessionOf('ada', START);
  for (const session of [long, short]) await store.create(session);
  await store.update(short.id, { version: 1, data: '{}', idleExpiresAt: START + 2 * HOUR });
  expect(await redis.admin().pttl(keyOf('ada'))).toBeGreaterThan(5 * HOUR);
  await store.touch(long.id, START + 7 * HOUR);
  expect(await redis.admin().pttl(keyOf('ada'))).toBeGreaterThan(7 * HOUR);
  await store.update(long.id, { version: 1, data: '{}', idleExpiresAt: START + 9 * HOUR });
  expect(await redis.admin().pttl(keyOf('ada'))).toBeGreaterThan(9 * HOUR);
});

it("leaves every expiry to the store's clock: the server drops a key a minute after that, and never before", async () => {
  const { store } = await newStore();
  const session = sessionOf('ada', START, { idleExpiresAt: START + 1 });
  await store.create(session);
  const [ttl = 0] = (await ttls(redis.admin())).values();
  expect(ttl).toBeGreaterThan(50_000);
  expect(ttl).toBeLessThanOrEqual(60_001);
  expect(await store.read(session.id)).toEqual(firstVersion(session));
});

it.each([
  [{ commandTimeout: undefined }, 'commandTimeout'],
  [{ autoResendUnfulfilledCommands: true }, 'autoResendUnfulfilledCommands'],
  [{ maxRetriesPerRequest: null }, 'maxRetriesPerRequest'],
  [{ enableOfflineQueue: true }, 'enableOfflineQueue'],
  [{ keyPrefix: 'x:' }, 'keyPrefix'],
])('refuses a client with %o', async (option, name) => {
  const client = await redis.connect(option);
  const message = expect.stringContaining(name);
  expect(() => createRedisStore({ client })).toThrow(expect.objectContaining({ code: 'ERR_OPTION_INVALID', message }));
});

it.each([0, -1, 1.5, Number.NaN])('refuses maxSessionsPerUser %d', async (maxSessionsPerUser) => {
  const client = await redis.connect();
  const invalid = expect.objectContaining({ code: 'ERR_OPTION_INVALID' });
  expect(() => createRedisStore({ client, maxSessionsPerUser })).toThrow(invalid);
});

it('states a deadline that is the one asked for', async () => {
  const store = createRedisStore({ client: await redis.connect(redisClientOptions({ deadlineMs: 400 })) });
  expect(store.deadlineMs).toBe(400);
});
