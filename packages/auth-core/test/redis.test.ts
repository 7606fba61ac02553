// What is true of the Redis store beyond the contract that every store keeps (packages/store-kit).

import fc from 'fast-check';
import { Redis } from 'ioredis';
import { describe, expect, it } from 'vitest';
import { deriveSessionId, mintSessionToken } from '../src/store.ts';
import { readField } from '../src/stores/redis/record.ts';
import { createRedisStore, redisClientOptions } from '../src/stores/redis.ts';
import {
  countCommands,
  createManualClock,
  formatKey,
  HOUR,
  makeId,
  makeSession,
  makeSuccessorId,
  readTtls,
  START,
  toRecord,
  useRedis,
} from './redis-fixture.ts';

const redis = useRedis();

async function openStore(options: { prefix?: string; maxSessionsPerUser?: number } = {}) {
  const clock = createManualClock();
  return { clock, store: createRedisStore({ client: await redis.connect(), clock, ...options }) };
}

describe('texts and times', () => {
  it('a session is kept to the letter, and another connection reads it', async () => {
    const { store } = await openStore();
    const other = createRedisStore({ client: await redis.connect(), clock: createManualClock() });
    const session = makeSession('zoë 🍵', START, { data: '{"note":"\\u0000 é 🍵 \\ud800"}' });
    await store.create(session);
    expect(await other.read(session.id)).toEqual(toRecord(session));
  });

  it.each(['', 'x', ':', '*', '{}', '\0', '\r\nFLUSHALL\r\n', '__proto__', 'é'.repeat(500_000)])(
    'a user id is kept as it is, and finds the sessions: %.20j',
    async (userId) => {
      const { store } = await openStore();
      const session = makeSession(userId, START);
      await store.create(session);
      expect(await store.list(userId)).toEqual([toRecord(session)]);
      expect(await store.destroyAll(userId)).toBe(1);
      expect(await redis.admin().dbsize()).toBe(0);
    },
  );

  it('a user id and texts that UTF-8 would change are refused', async () => {
    const { store } = await openStore();
    const user = store.create(makeSession('a\ud800', START));
    await expect(user).rejects.toMatchObject({ code: 'ERR_SESSION_ID_INVALID' });
    for (const more of [{ data: '"\ud800"' }, { details: '"\ud800"' }]) {
      const create = store.create(makeSession('a', START, more));
      await expect(create).rejects.toMatchObject({ code: 'ERR_SESSION_DATA_UNSERIALIZABLE' });
    }
    expect(await redis.admin().dbsize()).toBe(0);
  });

  it('a text of 16 MiB is refused', async () => {
    const { store } = await openStore();
    const create = store.create(makeSession('ada', START, { data: 'x'.repeat(2 ** 24) }));
    await expect(create).rejects.toMatchObject({ code: 'ERR_SESSION_DATA_TOO_LARGE' });
  });

  it('times that the record cannot hold are refused', async () => {
    const { store } = await openStore();
    for (const absoluteExpiresAt of [Number.NaN, -1, 0.5, 2 ** 48, Number.POSITIVE_INFINITY]) {
      const create = store.create(makeSession('ada', START, { absoluteExpiresAt }));
      await expect(create).rejects.toMatchObject({ code: 'ERR_OPTION_INVALID' });
    }
  });
});

describe('commands', () => {
  it('a text that is no session id costs no command', async () => {
    const { store } = await openStore();
    await redis.admin().config('RESETSTAT');
    for (const id of ['', '*', `${makeId()}x`, 'x'.repeat(1_000_000), `${'a'.repeat(58)}\n`]) {
      expect(await store.read(id)).toBeUndefined();
      expect(await store.touch(id, START + HOUR)).toBe('gone');
      expect(await store.update(id, { version: 1, data: '{}', idleExpiresAt: START })).toBe('gone');
      expect(await store.rotate(id, makeId())).toBe('gone');
      await store.destroy(id);
    }
    expect(Object.keys(await countCommands(redis.admin()))).toEqual(['config|resetstat']);
  });

  it('a read is exactly one command and no write', async () => {
    const { store } = await openStore();
    const session = makeSession('ada', START);
    await store.create(session);
    await redis.admin().config('RESETSTAT');
    for (let i = 0; i < 100; i++) await store.read(session.id);
    expect(await countCommands(redis.admin())).toEqual({ 'config|resetstat': 1, hget: 100 });
  });

  it('each of the other methods is one EVALSHA', async () => {
    const { store } = await openStore();
    const session = makeSession('ada', START);
    const next = makeSuccessorId(session.id);
    const { subject = { userId: '', username: '', roles: [] } } = session;
    const calls = [
      () => store.create(session),
      () => store.list('ada'),
      () => store.touch(session.id, START + 2 * HOUR),
      () => store.update(session.id, { version: 1, data: '{}', idleExpiresAt: START + HOUR }),
      () => store.replaceDetails(session.id, { from: session.details, to: session.details }),
      () => store.rotate(session.id, next),
      () => store.changeSubject(subject),
      () => store.destroyAll('ada', { except: next }),
      () => store.destroy(next),
    ];
    // Twice: the first time the server may not know the scripts yet.
    for (const call of calls) await call();
    for (const call of calls) {
      await redis.admin().config('RESETSTAT');
      await call();
      const { evalsha, eval: texts } = await countCommands(redis.admin());
      expect({ evalsha, texts }).toEqual({ evalsha: 1, texts: undefined });
    }
  });

  it.each([0, 50])('update, touch and a read that expired fetch no other session, with %i others', async (others) => {
    const { store, clock } = await openStore();
    const session = makeSession('ada', START, { idleExpiresAt: START + 2 * HOUR });
    const expiring = makeSession('ada', START);
    for (const each of [session, expiring]) await store.create(each);
    for (let i = 0; i < others; i++) await store.create(makeSession('ada', START));
    await store.read(expiring.id);
    clock.add(HOUR);
    await redis.admin().config('RESETSTAT');
    expect(await store.update(session.id, { version: 1, data: '{}', idleExpiresAt: START + 2 * HOUR })).toBe('updated');
    expect(await store.touch(session.id, START + 3 * HOUR)).toBe('touched');
    expect(await store.read(expiring.id)).toBeUndefined();
    const { hget, hgetall, hkeys } = await countCommands(redis.admin());
    // One in each script, and the read's own.
    expect({ hget, hgetall, hkeys }).toEqual({ hget: 4, hgetall: undefined, hkeys: undefined });
  });

  it('all sessions of a user are one key, and none remains when they have ended', async () => {
    const { store } = await openStore();
    const sessions = [1, 2, 3].map(() => makeSession('ada', START));
    for (const session of sessions) await store.create(session);
    expect(await redis.admin().keys('*')).toEqual([formatKey('ada')]);
    for (const session of sessions) await store.destroy(session.id);
    expect(await redis.admin().dbsize()).toBe(0);
  });

  it('two prefixes share nothing', async () => {
    const a = (await openStore({ prefix: 'a:' })).store;
    const b = (await openStore({ prefix: 'b:' })).store;
    const session = makeSession('ada', START);
    await a.create(session);
    expect(await b.read(session.id)).toBeUndefined();
    expect(await b.list('ada')).toEqual([]);
    expect(await b.destroyAll('ada')).toBe(0);
    expect(await a.read(session.id)).toEqual(toRecord(session));
  });
});

describe('expiry', () => {
  it('the read that finds a session expired removes it, so that a clock that is set back revives nothing', async () => {
    const { store, clock } = await openStore();
    const session = makeSession('ada', START);
    await store.create(session);
    clock.add(HOUR);
    expect(await store.read(session.id)).toBeUndefined();
    clock.add(-HOUR);
    expect(await store.read(session.id)).toBeUndefined();
    expect(await redis.admin().dbsize()).toBe(0);
  });

  it('a session that another server touches between the read of its old expiry and its removal lives', async () => {
    const { store, clock } = await openStore();
    const behind = createRedisStore({ client: await redis.connect(), clock: createManualClock() });
    const session = makeSession('ada', START);
    await store.create(session);
    clock.add(HOUR);
    const client = await redis.connect();
    const late = createRedisStore({ client, clock });
    const hgetBuffer = client.hgetBuffer.bind(client);
    client.hgetBuffer = async (key, field) => {
      const value = await hgetBuffer(key, field);
      await behind.touch(session.id, START + 2 * HOUR);
      return value;
    };
    expect(await late.read(session.id)).toMatchObject({ id: session.id, idleExpiresAt: START + 2 * HOUR });
  });

  it.each(['create', 'list', 'destroyAll', 'changeSubject'] as const)(
    '%s removes the expired sessions of the user',
    async (method) => {
      const { store, clock } = await openStore();
      const expired = makeSession('ada', START);
      const live = makeSession('ada', START, { idleExpiresAt: START + 3 * HOUR });
      await store.create(expired);
      await store.create(live);
      clock.add(2 * HOUR);
      if (method === 'create') await store.create(makeSession('ada', clock()));
      if (method === 'list') await store.list('ada');
      if (method === 'destroyAll') await store.destroyAll('ada', { except: live.id });
      if (method === 'changeSubject') await store.changeSubject({ userId: 'ada', username: 'A', roles: [] });
      expect(await redis.admin().hexists(formatKey('ada'), readField(expired.id))).toBe(0);
      expect(await redis.admin().hexists(formatKey('ada'), readField(live.id))).toBe(1);
    },
  );

  it('every key has a TTL that is never shorter than its longest-lived session', async () => {
    const offset = fc.integer({ min: 1, max: 2 * HOUR });
    const writes = ['create', 'touch', 'update', 'replaceDetails', 'rotate', 'destroy', 'destroyAll', 'changeSubject'];
    const kinds = [...writes, 'list', 'wait'];
    const step = fc.record({
      kind: fc.constantFrom(...kinds),
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
        const { details } = makeSession(undefined, START);
        for (const { kind, user, which, idle, absolute } of steps) {
          const now = clock();
          const id = ids[which % Math.max(ids.length, 1)] ?? makeId();
          if (kind === 'create') {
            const session = makeSession(user, now, { idleExpiresAt: now + idle, absoluteExpiresAt: now + absolute });
            await store.create(session);
            ids.push(session.id);
          }
          if (kind === 'touch') await store.touch(id, now + idle);
          if (kind === 'update') await store.update(id, { version: 1, data: '{}', idleExpiresAt: now + idle });
          if (kind === 'replaceDetails') await store.replaceDetails(id, { from: details, to: details });
          if (kind === 'rotate') {
            const next = makeSuccessorId(id);
            if ((await store.rotate(id, next)) === 'rotated') ids.push(next);
          }
          if (kind === 'destroy') await store.destroy(id);
          if (kind === 'destroyAll') await store.destroyAll(user ?? 'ada');
          if (kind === 'list') await store.list(user ?? 'ada');
          if (kind === 'changeSubject') await store.changeSubject({ userId: user ?? 'ada', username: 'A', roles: [] });
          if (kind === 'wait') ahead += idle;
          await expectLongEnough(store, ids, clock);
        }
      }),
      { numRuns: 60 },
    );
  });

  it("the key's TTL follows the user's longest-lived session, whatever is written after it", async () => {
    const { store } = await openStore();
    const long = makeSession('ada', START, { idleExpiresAt: START + 5 * HOUR });
    const short = makeSession('ada', START);
    for (const session of [long, short]) await store.create(session);
    await store.update(short.id, { version: 1, data: '{}', idleExpiresAt: START + 2 * HOUR });
    expect(await redis.admin().pttl(formatKey('ada'))).toBeGreaterThan(5 * HOUR);
    await store.touch(long.id, START + 7 * HOUR);
    expect(await redis.admin().pttl(formatKey('ada'))).toBeGreaterThan(7 * HOUR);
    await store.update(long.id, { version: 1, data: '{}', idleExpiresAt: START + 9 * HOUR });
    expect(await redis.admin().pttl(formatKey('ada'))).toBeGreaterThan(9 * HOUR);
  });

  it("only the store's clock decides an expiry: the server drops a key a minute later, and never before", async () => {
    const { store } = await openStore();
    const session = makeSession('ada', START, { idleExpiresAt: START + 1 });
    await store.create(session);
    const [ttl = 0] = (await readTtls(redis.admin())).values();
    expect(ttl).toBeGreaterThan(50_000);
    expect(ttl).toBeLessThanOrEqual(60_001);
    expect(await store.read(session.id)).toEqual(toRecord(session));
  });
});

async function expectLongEnough(store: ReturnType<typeof createRedisStore>, ids: string[], clock: () => number) {
  const remaining = await readTtls(redis.admin());
  for (const ttl of remaining.values()) expect(ttl).toBeGreaterThanOrEqual(0);
  for (const id of new Set(ids)) {
    const session = await store.read(id);
    if (session === undefined) continue;
    const left = Math.min(session.idleExpiresAt, session.absoluteExpiresAt) - clock();
    expect(remaining.get(`sess:${id.slice(0, 16)}`) ?? -2).toBeGreaterThanOrEqual(left);
  }
}

describe('the sessions of a user', () => {
  it("beyond the limit the user's oldest session ends, and no other", async () => {
    const { store } = await openStore({ maxSessionsPerUser: 2 });
    const anonymous = makeSession(undefined, START - 5, { id: makeId('ada') });
    const [first, second, third] = [2, 0, 1].map((age) => makeSession('ada', START - age)) as [never, never, never];
    for (const session of [anonymous, second, first, third]) await store.create(session);
    expect(await store.list('ada')).toEqual([toRecord(third), toRecord(second)]);
    expect(await store.read(anonymous.id)).toEqual(toRecord(anonymous));
  });

  it('destroyAll counts and ends only live sessions of the user, and leaves no expired one', async () => {
    const { store, clock } = await openStore();
    const kept = makeSession('ada', START, { idleExpiresAt: START + 5 * HOUR });
    const ended = makeSession('ada', START, { idleExpiresAt: START + 5 * HOUR });
    for (const session of [kept, ended, makeSession('ada', START)]) await store.create(session);
    clock.add(2 * HOUR);
    expect(await store.destroyAll('ada', { except: kept.id })).toBe(1);
    expect(await redis.admin().hkeys(formatKey('ada'))).toEqual([readField(kept.id)]);
  });

  it('changeSubject changes name and roles of all live sessions of exactly this user, and nothing else', async () => {
    const { store } = await openStore();
    const mine = [1, 2].map((age) => makeSession('ada', START - age));
    const anonymous = makeSession(undefined, START, { id: makeId('ada') });
    const other = makeSession('ada ', START);
    for (const session of [...mine, anonymous, other]) await store.create(session);
    const subject = { userId: 'ada', username: 'Ada King', roles: ['user', 'admin'] };
    expect(await store.changeSubject(subject)).toBe(2);
    const expected = mine.map((session) => ({ ...toRecord(session), subject }));
    expect(await store.list('ada')).toEqual(expected.toReversed());
    expect(await store.read(anonymous.id)).toEqual(toRecord(anonymous));
    expect(await store.read(other.id)).toEqual(toRecord(other));
  });

  it('an update that read before changeSubject succeeds, and keeps the new subject', async () => {
    const { store } = await openStore();
    const session = makeSession('ada', START);
    await store.create(session);
    const subject = { userId: 'ada', username: 'Ada King', roles: [] };
    await store.changeSubject(subject);
    expect(await store.update(session.id, { version: 1, data: '{"n":1}', idleExpiresAt: START + HOUR })).toBe(
      'updated',
    );
    expect(await store.read(session.id)).toMatchObject({ subject, data: '{"n":1}', version: 2 });
  });

  it('changeSubject of a user without sessions answers 0 and adds no key', async () => {
    const { store } = await openStore();
    expect(await store.changeSubject({ userId: 'ada', username: 'Ada', roles: [] })).toBe(0);
    expect(await redis.admin().dbsize()).toBe(0);
  });
});

describe('values that cannot be read', () => {
  const values: [string, string | Buffer][] = [
    ['an empty value', ''],
    ['JSON', '{"userId":"ada"}'],
    ['a forward that is too long', '\x02'.repeat(100)],
    ['format 3', Buffer.concat([Buffer.from([3]), Buffer.alloc(22), Buffer.from('{}')])],
    ['format 5', Buffer.concat([Buffer.from([5]), Buffer.alloc(33)])],
    ['a format and nothing else', Buffer.from([4])],
    ['lengths beyond the end', Buffer.alloc(200, 4)],
  ];

  it.each(values)('%s: read throws ERR_SESSION_UNREADABLE, and no write changes it', async (_, value) => {
    const { store } = await openStore();
    const id = makeId('ada');
    await redis.admin().hset(formatKey('ada'), readField(id), value);
    await expect(store.read(id)).rejects.toMatchObject({ code: 'ERR_SESSION_UNREADABLE' });
    expect(await store.touch(id, START + HOUR)).toBe('gone');
    expect(await store.update(id, { version: 1, data: '{}', idleExpiresAt: START })).toBe('gone');
    expect(await store.rotate(id, makeSuccessorId(id))).toBe('gone');
    const create = store.create(makeSession('ada', START, { id }));
    await expect(create).rejects.toMatchObject({ code: 'ERR_SESSION_EXISTS' });
    expect(await redis.admin().hgetBuffer(formatKey('ada'), readField(id))).toEqual(Buffer.from(value));
  });

  it.each(values)('%s: list skips it, and the user can sign in beside it', async (_, value) => {
    const { store } = await openStore();
    await redis.admin().hset(formatKey('ada'), readField(makeId('ada')), value);
    const session = makeSession('ada', START);
    await store.create(session);
    expect(await store.list('ada')).toEqual([toRecord(session)]);
  });

  it.each(values)('%s: destroy removes it, and so does destroyAll', async (_, value) => {
    const { store } = await openStore();
    const id = makeId('ada');
    await redis.admin().hset(formatKey('ada'), readField(id), value);
    await store.destroy(id);
    expect(await redis.admin().dbsize()).toBe(0);
    await redis.admin().hset(formatKey('ada'), readField(id), value);
    expect(await store.destroyAll('ada')).toBe(0);
    expect(await redis.admin().dbsize()).toBe(0);
  });

  it('a key of another type is ERR_STORE_UNAVAILABLE, and the message says so', async () => {
    const { store } = await openStore();
    const session = makeSession('ada', START);
    await redis.admin().set(formatKey('ada'), 'of another program');
    const failure = { code: 'ERR_STORE_UNAVAILABLE', message: expect.stringContaining('WRONGTYPE') };
    await expect(store.read(session.id)).rejects.toMatchObject(failure);
    await expect(store.create(session)).rejects.toMatchObject(failure);
  });
});

describe('secrets', () => {
  it('neither keys nor values hold a token', async () => {
    const { store } = await openStore();
    const tokens = Array.from({ length: 20 }, (_, i) => mintSessionToken(i % 2 ? 'ada' : undefined));
    for (const [i, token] of tokens.entries()) {
      await store.create(makeSession(i % 2 ? 'ada' : undefined, START, { id: deriveSessionId(token) ?? '' }));
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

  it('the cause of an error holds nothing of the session', async () => {
    const { store } = await openStore();
    await redis.admin().set(formatKey('ada'), 'x');
    const session = makeSession('ada', START, { data: '{"secret":"tea"}' });
    const error = await Promise.resolve(store.create(session)).catch((failure: Error) => failure);
    expect((error as Error).cause).toMatchObject({ message: expect.stringContaining('WRONGTYPE') });
    expect(JSON.stringify(Object.getOwnPropertyDescriptors((error as Error).cause))).not.toContain('tea');
  });
});

describe('options', () => {
  it.each([
    [{ socketTimeout: undefined }, 'socketTimeout'],
    [{ socketTimeout: 2_000 }, 'socketTimeout'],
    [{ autoResendUnfulfilledCommands: true }, 'autoResendUnfulfilledCommands'],
    [{ maxRetriesPerRequest: null }, 'maxRetriesPerRequest'],
    [{ enableOfflineQueue: true }, 'enableOfflineQueue'],
    [{ keyPrefix: 'x:' }, 'keyPrefix'],
  ])('a client with %o is refused', async (option, name) => {
    const client = await redis.connect(option);
    const message = expect.stringContaining(name);
    expect(() => createRedisStore({ client })).toThrow(
      expect.objectContaining({ code: 'ERR_OPTION_INVALID', message }),
    );
  });

  it('a client with a commandTimeout of 0 is refused', () => {
    // Not connected: such a client may time out before it is ready.
    const client = new Redis({ ...redisClientOptions(), commandTimeout: 0, lazyConnect: true });
    expect(() => createRedisStore({ client })).toThrow(
      expect.objectContaining({ code: 'ERR_OPTION_INVALID', message: expect.stringContaining('commandTimeout') }),
    );
  });

  it.each([0, -1, 1.5, Number.NaN])('maxSessionsPerUser %d is refused', async (maxSessionsPerUser) => {
    const client = await redis.connect();
    const invalid = expect.objectContaining({ code: 'ERR_OPTION_INVALID' });
    expect(() => createRedisStore({ client, maxSessionsPerUser })).toThrow(invalid);
  });

  it('maxBytesPerUser with less than 4,096 bytes for each session is refused', async () => {
    const client = await redis.connect();
    const invalid = expect.objectContaining({ code: 'ERR_OPTION_INVALID' });
    expect(() => createRedisStore({ client, maxSessionsPerUser: 2, maxBytesPerUser: 8_191 })).toThrow(invalid);
  });

  it('the stated deadline is the one that was asked for', async () => {
    const store = createRedisStore({ client: await redis.connect(redisClientOptions({ deadlineMs: 400 })) });
    expect(store.deadlineMs).toBe(400);
  });

  it("a client's own commandTimeout is the deadline", async () => {
    const store = createRedisStore({ client: await redis.connect({ commandTimeout: 300 }) });
    expect(store.deadlineMs).toBe(300);
  });
});
