// What the memory store does beyond the contract of all stores, which packages/store-kit tests.

import { randomUUID } from 'node:crypto';
import { afterEach, expect, it, vi } from 'vitest';
import type { NewSession } from '../src/index.ts';
import { createMemoryStore, MEMORY_STORE_DEFAULTS, type MemoryStoreOptions } from '../src/stores/memory.ts';
import { createManualClock, HOUR, makeSuccessorId, newSession } from './fixture.ts';

afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

function open(options: MemoryStoreOptions = {}) {
  const clock = createManualClock();
  const store = createMemoryStore({ clock, sweepEveryMs: 0, ...options });
  const add = (userId?: string, more: Partial<NewSession> = {}) => {
    const session = newSession(clock, userId, more);
    store.create(session);
    return session;
  };
  return { clock, store, add };
}

const full = expect.objectContaining({ code: 'ERR_STORE_FULL' });

it('every method answers without a promise', () => {
  const { store, clock, add } = open();
  const { id } = add('ada');
  const answers = [
    store.create(newSession(clock, 'ada')),
    store.read(id),
    store.update(id, { version: 1, data: '{}', idleExpiresAt: clock() + HOUR }),
    store.touch(id, clock() + HOUR),
    store.rotate(id, makeSuccessorId(id)),
    store.destroy(id),
    store.list('ada'),
    store.destroyAll('ada'),
    store.changeSubject({ userId: 'ada', username: 'ada', roles: [] }),
    store.replaceDetails(id, { from: '{}', to: '{}' }),
    store.sweep(),
    store.close(),
  ];
  for (const answer of answers) expect(answer).not.toBeInstanceOf(Promise);
});

it('a step of the wall clock ends no session and revives none', () => {
  const store = createMemoryStore({ sweepEveryMs: 0 });
  const now = Date.now();
  const times = { createdAt: now - HOUR, absoluteExpiresAt: now + 12 * HOUR };
  const [live, expired] = [now + 60_000, now - 1].map((idleExpiresAt) =>
    newSession(() => now, 'ada', { ...times, idleExpiresAt }),
  ) as [NewSession, NewSession];
  store.create(live);
  store.create(expired);
  for (const step of [HOUR, -HOUR]) {
    vi.spyOn(Date, 'now').mockReturnValue(now + step);
    expect(store.read(live.id)).toBeDefined();
    expect(store.list('ada').map(({ id }) => id)).toEqual([live.id]);
    expect(store.read(expired.id)).toBeUndefined();
  }
});

it('a store with maxSessions refuses one more, and ends no session for it', () => {
  const { store, add } = open({ maxSessions: 3 });
  const sessions = ['ada', 'bob', undefined].map((userId) => add(userId));
  expect(() => add('cyd')).toThrow(full);
  expect(() => add('ada')).toThrow(full);
  for (const { id } of sessions) expect(store.read(id)).toBeDefined();
  store.destroy(sessions[0]?.id ?? '');
  add('cyd');
});

it('a full store first removes expired sessions', () => {
  const { store, clock, add } = open({ maxSessions: 3 });
  for (const userId of ['ada', 'bob', 'cyd']) add(userId);
  clock.advance(HOUR);
  for (const userId of ['dan', 'eve', 'fay']) add(userId);
  expect(() => add('gus')).toThrow(full);
  expect(store.stats().sessions).toBe(3);
});

it('create and update refuse more than maxBytes, and the old data stays', () => {
  const { store, clock, add } = open({ maxBytes: 2_400 });
  const { id } = add(undefined, { data: '"x"' });
  expect(() => add(undefined, { data: 'x'.repeat(800) })).toThrow(full);
  const change = { version: 1, idleExpiresAt: clock() + HOUR };
  expect(() => store.update(id, { ...change, data: 'x'.repeat(1_000) })).toThrow(full);
  expect(store.read(id)).toMatchObject({ data: '"x"', version: 1 });
  expect(store.update(id, { ...change, data: 'x'.repeat(500) })).toBe('updated');
  // Shorter data always fits.
  expect(store.update(id, { ...change, version: 2, data: '{}' })).toBe('updated');
});

it('replaceDetails refuses more than maxBytes, and the old details stay', () => {
  const { store, add } = open({ maxBytes: 2_400 });
  const { id, details } = add('ada');
  add(undefined);
  expect(() => store.replaceDetails(id, { from: details, to: 'x'.repeat(1_000) })).toThrow(full);
  expect(store.read(id)).toMatchObject({ details, version: 1 });
  expect(store.replaceDetails(id, { from: details, to: 'x'.repeat(300) })).toBe('replaced');
  // Shorter details always fit.
  expect(store.replaceDetails(id, { from: 'x'.repeat(300), to: '{}' })).toBe('replaced');
});

it.each(['ada', undefined])('replaceDetails changes the details of a session of %s and nothing else', (userId) => {
  const { store, add } = open();
  const session = add(userId);
  const to = '{"binding":{}}';
  expect(store.replaceDetails(session.id, { from: session.details, to })).toBe('replaced');
  expect(store.read(session.id)).toEqual({ ...session, details: to, version: 1 });
  expect(store.replaceDetails(session.id, { from: session.details, to: '{}' })).toBe('conflict');
  expect(store.read(session.id)).toEqual({ ...session, details: to, version: 1 });
});

it('replaceDetails of an unknown, an ended or an expired session answers gone', () => {
  const { store, clock, add } = open();
  const [ended, expired] = [add('ada'), add('ada')];
  store.destroy(ended.id);
  clock.advance(HOUR);
  for (const id of [ended.id, expired.id, newSession(clock, 'ada').id, '__proto__', '']) {
    expect(store.replaceDetails(id, { from: ended.details, to: '{"a":1}' })).toBe('gone');
  }
  expect(store.list('ada')).toEqual([]);
});

it("a user's new session takes the room of the one that it ends", () => {
  const { store, clock, add } = open({ maxSessions: 2, maxSessionsPerUser: 2 });
  const first = add('ada');
  clock.advance(1);
  const second = add('ada');
  clock.advance(1);
  const third = add('ada');
  expect(store.list('ada').map(({ id }) => id)).toEqual([second.id, third.id]);
  expect(store.read(first.id)).toBeUndefined();
});

it("create ends none of the user's sessions if there is no room for the new one", () => {
  const { store, add } = open({ maxBytes: 2_000, maxSessionsPerUser: 1 });
  const { id } = add('ada');
  expect(() => add('ada', { data: 'x'.repeat(2_000) })).toThrow(full);
  expect(store.read(id)).toBeDefined();
});

it('the counts return to zero after any history', () => {
  const { store, clock, add } = open();
  for (let i = 0; i < 300; i++) {
    const { id, details } = add(i % 3 ? `user-${i % 7}` : undefined, { idleExpiresAt: clock() + (i % 5 ? HOUR : 1) });
    const next = makeSuccessorId(id);
    if (i % 2) store.update(id, { version: 1, data: 'é'.repeat(i), idleExpiresAt: clock() + HOUR });
    if (i % 3 === 0) store.replaceDetails(id, { from: details, to: 'x'.repeat(i) });
    if (i % 4 === 0) store.rotate(id, next);
    if (i % 6 === 0) store.destroy(id);
    clock.advance(1);
  }
  expect(store.stats().users).toBe(7);
  store.destroyAll('user-1');
  clock.advance(2 * HOUR);
  store.sweep();
  expect(store.stats()).toEqual({ sessions: 0, users: 0, bytes: 0 });
});

it.each(Object.keys(MEMORY_STORE_DEFAULTS))('the option %s must be a whole number', (name) => {
  for (const wrong of [-1, 0.5, Number.NaN, Number.POSITIVE_INFINITY, '5' as never]) {
    expect(() => createMemoryStore({ [name]: wrong })).toThrow(expect.objectContaining({ code: 'ERR_OPTION_INVALID' }));
  }
});

it('create refuses an id that was not made for this user', () => {
  const { store, clock, add } = open();
  const invalid = expect.objectContaining({ code: 'ERR_SESSION_ID_INVALID' });
  const bobs = newSession(clock, 'bob').id;
  for (const id of ['', 'x', '__proto__', `${bobs}\n`, bobs]) {
    expect(() => add('ada', { id })).toThrow(invalid);
  }
  expect(store.stats().sessions).toBe(0);
});

it('rotate refuses an id in another partition', () => {
  const { store, clock, add } = open();
  const { id } = add('ada');
  for (const newId of ['', `${id}x`, newSession(clock, 'bob').id]) {
    expect(() => store.rotate(id, newId)).toThrow(expect.objectContaining({ code: 'ERR_SESSION_ID_INVALID' }));
  }
  expect(store.read(id)).toMatchObject({ version: 1 });
});

it('rotate refuses an id that is taken', () => {
  const { store, add } = open();
  const [one, other] = [add('ada'), add('ada')];
  expect(() => store.rotate(one.id, other.id)).toThrow(expect.objectContaining({ code: 'ERR_SESSION_EXISTS' }));
  expect(() => store.rotate(one.id, one.id)).toThrow(expect.objectContaining({ code: 'ERR_SESSION_EXISTS' }));
  expect(store.list('ada')).toHaveLength(2);
});

it.each([Number.NaN, Number.POSITIVE_INFINITY, 0.5])(
  '%d is refused as a time, so that no session lives for ever',
  (ms) => {
    const { store, clock, add } = open();
    const invalid = expect.objectContaining({ code: 'ERR_OPTION_INVALID' });
    for (const name of ['createdAt', 'idleExpiresAt', 'absoluteExpiresAt']) {
      expect(() => add('ada', { [name]: ms })).toThrow(invalid);
    }
    const session = add('ada');
    expect(() => store.touch(session.id, ms)).toThrow(invalid);
    expect(() => store.update(session.id, { version: 1, data: '[]', idleExpiresAt: ms })).toThrow(invalid);
    expect(store.read(session.id)).toEqual({ ...session, version: 1 });
    clock.advance(HOUR);
    expect(store.read(session.id)).toBeUndefined();
  },
);

it.each(['__proto__', 'constructor', 'toString', '', '\0', '\ud800', 'é'.repeat(500_000)])(
  'the user id %.20j works like any other',
  (userId) => {
    const { store, add } = open();
    const [own, other] = [add(userId), add('ada')];
    expect(store.list(userId).map(({ id }) => id)).toEqual([own.id]);
    expect(store.destroyAll(userId)).toBe(1);
    expect(store.list('ada').map(({ id }) => id)).toEqual([other.id]);
  },
);

it('a lifetime of a hundred years is kept to the ms', () => {
  const { store, clock, add } = open();
  const ends = clock() + 100 * 365 * 24 * HOUR + 1;
  const { id } = add('ada', { idleExpiresAt: ends, absoluteExpiresAt: ends });
  expect(store.read(id)).toMatchObject({ idleExpiresAt: ends, absoluteExpiresAt: ends });
  clock.advance(ends - 1 - clock());
  expect(store.read(id)).toBeDefined();
  clock.advance(1);
  expect(store.read(id)).toBeUndefined();
});

it('destroy of a rotated id ends the successor, for a minute', () => {
  const { store, clock, add } = open();
  const { id } = add('ada');
  const next = makeSuccessorId(id);
  store.rotate(id, next);
  clock.advance(59_999);
  store.destroy(id);
  expect(store.read(next)).toBeUndefined();
});

it('after a minute a rotated id is unknown, so that what is kept stays bounded', () => {
  const { store, clock, add } = open();
  const { id } = add('ada');
  const next = makeSuccessorId(id);
  store.rotate(id, next);
  clock.advance(60_000);
  store.sweep();
  store.destroy(id);
  expect(store.read(next)).toBeDefined();
});

it('destroy of an id that was created again ends that session only', () => {
  const { store, clock, add } = open();
  const { id } = add('ada');
  const next = makeSuccessorId(id);
  store.rotate(id, next);
  const again = { ...newSession(clock, 'ada'), id };
  store.create(again);
  store.destroy(id);
  expect(store.list('ada').map((session) => session.id)).toEqual([next]);
});

it('sweep removes all expired sessions in one call', () => {
  const { store, clock, add } = open();
  for (let i = 0; i < 2_000; i++) add(`user-${i}`, { idleExpiresAt: clock() + (i % 4 ? HOUR : 2 * HOUR) });
  clock.advance(HOUR);
  expect(store.sweep()).toBe(1_500);
  expect(store.sweep()).toBe(0);
  expect(store.stats()).toMatchObject({ sessions: 500, users: 500 });
});

it('the timer sweeps in slices, again and again, while sessions are added', () => {
  vi.useFakeTimers();
  const { store, clock, add } = open({ sweepEveryMs: 50, sweepSliceSize: 100 });
  const kept = Array.from({ length: 500 }, () => add(randomUUID(), { idleExpiresAt: clock() + 3 * HOUR }));
  for (let i = 0; i < 500; i++) add(randomUUID());
  clock.advance(HOUR);
  const left: number[] = [];
  // A round is 1,000 sessions in slices of 100, and one slice that finds the end.
  for (let slice = 0; slice < 11; slice++) {
    vi.advanceTimersByTime(50);
    left.push(store.stats().sessions);
  }
  // Never more than one slice at a time.
  for (const [i, sessions] of left.entries()) expect((left[i - 1] ?? 1_000) - sessions).toBeLessThanOrEqual(100);
  expect(left.at(-1)).toBe(500);
  for (const { id } of kept) expect(store.read(id)).toBeDefined();
  // The second round finds sessions that were added and have expired since.
  for (let i = 0; i < 300; i++) add(randomUUID());
  clock.advance(HOUR);
  vi.advanceTimersByTime(50 * 40);
  expect(store.stats().sessions).toBe(500);
  store.close();
});

it('the next round starts a second after the last, and immediately when the clock went back', () => {
  vi.useFakeTimers();
  const { store, clock, add } = open({ sweepEveryMs: 50 });
  const leftAfter = (ms: number) => {
    clock.advance(ms);
    vi.advanceTimersByTime(50);
    return store.stats().sessions;
  };
  leftAfter(0);
  add('ada', { idleExpiresAt: clock() + 1 });
  expect([leftAfter(999), leftAfter(1)]).toEqual([1, 0]);
  add('ada', { createdAt: clock() - HOUR, idleExpiresAt: clock() - HOUR + 1 });
  expect(leftAfter(1 - HOUR)).toBe(0);
  store.close();
});

it('a slice of an empty store ends', () => {
  vi.useFakeTimers();
  const { store } = open({ sweepEveryMs: 1, sweepSliceSize: 1 });
  vi.advanceTimersByTime(1_000);
  expect(store.stats().sessions).toBe(0);
  store.close();
});

it.each([
  ['ends the session a moment before the minute is over', 59_999, 0],
  ['ends nothing when the minute is over', 60_000, 1],
])('destroy of an old id %s', (_what, ms, left) => {
  const { store, clock, add } = open();
  const { id } = add('ada');
  store.rotate(id, makeSuccessorId(id));
  clock.advance(ms);
  store.destroy(id);
  expect(store.list('ada')).toHaveLength(left);
});

it('the timer removes rotations of more than a minute ago', () => {
  vi.useFakeTimers();
  const { store, clock, add } = open({ sweepEveryMs: 50 });
  const { id } = add('ada');
  store.rotate(id, makeSuccessorId(id));
  clock.advance(60_000);
  vi.advanceTimersByTime(50);
  // Only a rotation that was kept would count again when the clock goes back.
  clock.advance(-60_000);
  store.destroy(id);
  expect(store.list('ada')).toHaveLength(1);
});

it('a closed store sweeps no more', () => {
  vi.useFakeTimers();
  const { store, clock, add } = open({ sweepEveryMs: 1 });
  add('ada');
  clock.advance(HOUR);
  store.close();
  store.close();
  vi.advanceTimersByTime(10_000);
  expect(store.stats().sessions).toBe(1);
});

it('the timer keeps no process alive', () => {
  const before = process.getActiveResourcesInfo().filter((kind) => kind === 'Timeout').length;
  const store = createMemoryStore();
  // An unref'd timer is not among the active ones.
  expect(process.getActiveResourcesInfo().filter((kind) => kind === 'Timeout')).toHaveLength(before);
  store.close();
});

it('a record is frozen, with its subject and roles, so that read needs no copy', () => {
  const { store, add } = open();
  const { id } = add('ada');
  const record = store.read(id);
  expect(store.read(id)).toBe(record);
  for (const value of [record, record?.subject, record?.subject?.roles]) expect(Object.isFrozen(value)).toBe(true);
});

it('the store offers the clock that it was given, and else a steady one', () => {
  const { store, clock } = open();
  expect(store.clock).toBe(clock);
  expect(Math.abs(createMemoryStore({ sweepEveryMs: 0 }).clock() - Date.now())).toBeLessThan(HOUR);
});

it('names, roles and details count towards maxBytes', () => {
  const { store, add } = open();
  const measure = (userId: string, more: Partial<NewSession>) => {
    const before = store.stats().bytes;
    add(userId, more);
    return store.stats().bytes - before;
  };
  const subject = { userId: 'ada', username: 'ada', roles: [] };
  const least = measure('ada', { subject });
  expect(measure('ada', { subject: { ...subject, username: 'ada lovelace' } })).toBeGreaterThan(least);
  expect(measure('ada', { subject: { ...subject, roles: ['reader'] } })).toBeGreaterThan(least);
  expect(measure('ada', { subject, details: '{"device":{}}' })).toBeGreaterThan(least);
});
