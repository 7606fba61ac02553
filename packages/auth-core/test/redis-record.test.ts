// What a record's bytes say is what was put in, whoever reads them: record.ts here, scripts.ts in Redis.

import fc from 'fast-check';
import { expect, it } from 'vitest';
import { mintSuccessorToken, type NewSession, sessionIdOf } from '../src/index.ts';
import { decodeRecord, encodeRecord, fieldOfId, idOfField, LATEST } from '../src/stores/redis/record.ts';
import { createRedisStore } from '../src/stores/redis.ts';
import { firstVersion, HOUR, handClock, newId, ownRedis, START, sessionOf } from './redis-fixture.ts';

const redis = ownRedis();
const UUID = '4b0e7f5a-6c3d-4e2f-9a1b-0c2d3e4f5a6b';
const dataOf = (userId: string | undefined) =>
  JSON.stringify({ user: { id: userId, username: 'ada', roles: ['user'] } });

const text = fc.string({ unit: 'grapheme', maxLength: 300 });
const userId = fc.oneof(
  fc.constant(undefined),
  text,
  fc.uuid(),
  fc.constantFrom(
    '',
    '"',
    '\\',
    'ada',
    'é'.repeat(63),
    'é'.repeat(64),
    'x'.repeat(126),
    'x'.repeat(127),
    'x'.repeat(128),
  ),
);
/** Around the user id, as its JSON, as itself, as a JSON string made by hand, or without it. */
const dataAbout = (id: string | undefined) =>
  fc
    .tuple(text, fc.constantFrom(dataOf(id), id ?? '', `"${id}"`, `"${id}`, '"', ''), text)
    .map((parts) => parts.join(''));
const about = userId.chain((id) => fc.tuple(fc.constant(id), dataAbout(id), dataAbout(id)));
const time = fc.oneof(fc.integer({ min: 0, max: LATEST }), fc.constantFrom(0, 1, LATEST));

it('gives back what was put in, to the letter', () => {
  fc.assert(
    fc.property(about, time, time, time, fc.integer({ min: 1, max: 2 ** 24 - 1 }), ([id, data], a, b, c, version) => {
      const session = { userId: id, data, createdAt: a, idleExpiresAt: b, absoluteExpiresAt: c };
      const given: NewSession = { id: newId(), ...session };
      expect(decodeRecord(given.id, encodeRecord(given, version))).toEqual({ ...given, version });
    }),
    { numRuns: 1_000 },
  );
});

it('makes an id of a field and a field of an id', () => {
  const id = newId('ada');
  expect(fieldOfId(id)).toHaveLength(32);
  expect(idOfField(id.slice(0, 16), fieldOfId(id))).toBe(id);
});

it('reads in Redis what it reads here: each script over every form of a user id', async () => {
  const store = createRedisStore({ client: redis.admin(), clock: handClock() });
  await fc.assert(
    fc.asyncProperty(about, async ([id, before, after]) => {
      await redis.admin().flushall();
      const session = sessionOf(id, START, { data: before });
      await store.create(session);
      expect(await store.read(session.id)).toEqual(firstVersion(session));
      const idleExpiresAt = START + 2 * HOUR;
      expect(await store.touch(session.id, idleExpiresAt)).toBe('touched');
      expect(await store.read(session.id)).toEqual({ ...firstVersion(session), idleExpiresAt });
      expect(await store.update(session.id, { version: 1, data: after, idleExpiresAt })).toBe('updated');
      const updated = { ...session, data: after, idleExpiresAt, version: 2 };
      expect(await store.read(session.id)).toEqual(updated);
      const next = sessionIdOf(mintSuccessorToken(session.id)) ?? '';
      expect(await store.rotate(session.id, next)).toBe('rotated');
      const rotated = { ...updated, id: next, version: 3 };
      expect(await store.read(next)).toEqual(rotated);
      if (id === undefined) return;
      // The owner is who Redis takes for the owner.
      expect(await store.list(id)).toEqual([rotated]);
      expect(await store.destroyAll(id)).toBe(1);
      expect(await redis.admin().dbsize()).toBe(0);
    }),
    { numRuns: 150 },
  );
});

it('writes a user id once where the data name it, at create and at update', async () => {
  const store = createRedisStore({ client: redis.admin(), clock: handClock() });
  const session = sessionOf(UUID, START, { data: dataOf(UUID) });
  const stored = async () =>
    (await redis.admin().hgetBuffer(`sess:${session.id.slice(0, 16)}`, fieldOfId(session.id) as never))?.length;
  await store.create(session);
  expect(await stored()).toBe(23 + session.data.length);
  await store.update(session.id, { version: 1, data: '{}', idleExpiresAt: START + HOUR });
  expect(await stored()).toBe(23 + 36 + 2);
  await store.update(session.id, { version: 2, data: session.data, idleExpiresAt: START + HOUR });
  expect(await stored()).toBe(23 + session.data.length);
});

it('goes on after the last version that the bytes can name', async () => {
  const store = createRedisStore({ client: redis.admin(), clock: handClock() });
  const session = sessionOf('ada', START);
  await redis
    .admin()
    .hset(`sess:${session.id.slice(0, 16)}`, fieldOfId(session.id), encodeRecord(session, 2 ** 24 - 1));
  const change = { data: '{}', idleExpiresAt: START + HOUR };
  expect(await store.update(session.id, { ...change, version: 2 ** 24 - 1 })).toBe('updated');
  expect(await store.read(session.id)).toMatchObject({ version: 0 });
  expect(await store.update(session.id, { ...change, version: 2 ** 24 - 1 })).toBe('conflict');
});

it('keeps nothing under a second name of the same bytes', async () => {
  const store = createRedisStore({ client: redis.admin(), clock: handClock() });
  const session = sessionOf('ada', START);
  await store.create(session);
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
  const other = session.id.slice(0, -1) + alphabet[alphabet.indexOf(session.id.at(-1) ?? '') + 1];
  expect(fieldOfId(other)).toEqual(fieldOfId(session.id));
  expect(await store.read(other)).toBeUndefined();
  await store.destroy(other);
  expect(await store.read(session.id)).toEqual(firstVersion(session));
  const taken = store.create(sessionOf('ada', START, { id: other }));
  await expect(taken).rejects.toMatchObject({ code: 'ERR_SESSION_ID_INVALID' });
});
