// The bytes of a record mean the same in record.ts here and in scripts.ts in Redis.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { NewSession, Subject } from '../src/index.ts';
import { decodeRecord, encodeRecord, MAX_TIME, readField } from '../src/stores/redis/record.ts';
import { createRedisStore } from '../src/stores/redis.ts';
import {
  createManualClock,
  formatKey,
  HOUR,
  makeId,
  makeSession,
  makeSuccessorId,
  START,
  toRecord,
  useRedis,
} from './redis-fixture.ts';

const redis = useRedis();

const text = fc.oneof(
  fc.string({ unit: 'grapheme', maxLength: 300 }),
  fc.constantFrom('', '"', '\\', '\0', '{}', 'é🍵', 'x'.repeat(70_000)),
);
const subject: fc.Arbitrary<Subject | undefined> = fc.option(
  fc.record({ userId: text, username: text, roles: fc.array(text, { maxLength: 4 }) }),
  { nil: undefined },
);
const time = fc.oneof(fc.integer({ min: 0, max: MAX_TIME }), fc.constantFrom(0, 1, MAX_TIME));
const record = fc.record({
  subject,
  data: text,
  details: text,
  createdAt: time,
  idleExpiresAt: time,
  absoluteExpiresAt: time,
});

describe('encodeRecord and decodeRecord', () => {
  it('decoding gives back what was encoded, to the letter', () => {
    fc.assert(
      fc.property(record, fc.integer({ min: 1, max: 2 ** 24 - 1 }), (fields, version) => {
        const session: NewSession = { id: makeId(), ...fields };
        expect(decodeRecord(session.id, encodeRecord(session, version))).toEqual({ ...session, version });
      }),
      { numRuns: 1_000 },
    );
  });

  it('a record that is cut short anywhere, or has bytes after its end, is unreadable', () => {
    const bytes = encodeRecord(makeSession('ada', START), 1);
    const broken = [...bytes.keys()].map((length) => bytes.subarray(0, length));
    for (const value of [...broken, Buffer.concat([bytes, Buffer.from('}')])]) {
      expect(() => decodeRecord(makeId(), value)).toThrow(expect.objectContaining({ code: 'ERR_SESSION_UNREADABLE' }));
    }
  });

  it.each(['{', '"ada"', '[]', '["ada"]', '[1,[]]', 'null'])(
    'a record with the profile %s is unreadable',
    (profile) => {
      const [userId, details, data] = ['ada', '{}', '{}'];
      const header = Buffer.alloc(34);
      header[0] = 4;
      for (const [index, part] of [userId, profile, details, data].entries()) {
        header.writeUIntBE(part.length, 22 + 3 * index, 3);
      }
      const bytes = Buffer.concat([header, Buffer.from(userId + profile + details + data)]);
      expect(() => decodeRecord(makeId(), bytes)).toThrow(expect.objectContaining({ code: 'ERR_SESSION_UNREADABLE' }));
    },
  );
});

describe('the scripts', () => {
  it('every script keeps every field to the letter, for any texts', async () => {
    const store = createRedisStore({ client: redis.admin(), clock: createManualClock() });
    await fc.assert(
      fc.asyncProperty(subject, text, text, text, fc.option(text, { nil: undefined }), async (...given) => {
        const [owner, details, before, after, newDetails] = given;
        await redis.admin().flushall();
        const session = makeSession(owner?.userId, START, { subject: owner, data: before, details });
        await store.create(session);
        expect(await store.read(session.id)).toEqual(toRecord(session));

        const idleExpiresAt = START + 2 * HOUR;
        expect(await store.touch(session.id, idleExpiresAt)).toBe('touched');
        expect(await store.read(session.id)).toEqual({ ...toRecord(session), idleExpiresAt });

        const change = { version: 1, data: after, details: newDetails, idleExpiresAt };
        expect(await store.update(session.id, change)).toBe('updated');
        const updated = { ...session, data: after, details: newDetails ?? details, idleExpiresAt, version: 2 };
        expect(await store.read(session.id)).toEqual(updated);

        const from = updated.details;
        expect(await store.replaceDetails(session.id, { from, to: before })).toBe('replaced');
        expect(await store.replaceDetails(session.id, { from: `${before} `, to: from })).toBe('conflict');
        const replaced = { ...updated, details: before };
        expect(await store.read(session.id)).toEqual(replaced);

        const next = makeSuccessorId(session.id);
        expect(await store.rotate(session.id, next)).toBe('rotated');
        const rotated = { ...replaced, id: next, version: 3 };
        expect(await store.read(next)).toEqual(rotated);

        if (owner === undefined) return;
        const renamed = { userId: owner.userId, username: before, roles: [after] };
        expect(await store.changeSubject(renamed)).toBe(1);
        expect(await store.list(owner.userId)).toEqual([{ ...rotated, subject: renamed }]);
        expect(await store.destroyAll(owner.userId)).toBe(1);
        expect(await redis.admin().dbsize()).toBe(0);
      }),
      { numRuns: 150 },
    );
  });

  it('the version goes on from 0 after the last one of 24 bits', async () => {
    const store = createRedisStore({ client: redis.admin(), clock: createManualClock() });
    const session = makeSession('ada', START);
    await redis.admin().hset(formatKey('ada'), readField(session.id), encodeRecord(session, 2 ** 24 - 1));
    const change = { version: 2 ** 24 - 1, data: '{}', idleExpiresAt: START + HOUR };
    expect(await store.update(session.id, change)).toBe('updated');
    expect(await store.read(session.id)).toMatchObject({ version: 0 });
    expect(await store.update(session.id, change)).toBe('conflict');
  });
});
