// What is true of the memory store beyond the contract that every store keeps (conformance/memory.test.ts).

import { randomUUID } from 'node:crypto';
import { afterEach, describe, expect, it, vi } from 'vitest';
import type { NewSession } from '../src/index.ts';
import { createMemoryStore, MEMORY_STORE_DEFAULTS, type MemoryStoreOptions } from '../src/stores/memory.ts';
import { createHandClock, HOUR, newSession, successorOf } from '../src/testing/scene.ts';

afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

function open(options: MemoryStoreOptions = {}) {
  const clock = createHandClock();
  const store = createMemoryStore({ clock, sweepEveryMs: 0, ...options });
  const add = (userId?: string, more: Partial<NewSession> = {}) => {
    const session = newSession(clock, userId, more);
    store.create(session);
    return session;
  };
  return { clock, store, add };
}

const full = expect.objectContaining({ code: 'ERR_STORE_FULL', statusCode: 503 });

it('answers every method without a promise', () => {
  const { store, clock, add } = open();
  const { id } = add('ada');
  const answers = [
    store.create(newSession(clock, 'ada')),
    store.read(id),
    store.update(id, { version: 1, data: '{}', idleExpiresAt: clock() + HOUR }),
    store.touch(id, clock() + HOUR),
    store.rotate(id, successorOf(id)),
    store.destroy(id),
    store.list('ada'),
    store.destroyAll('ada'),
    store.sweep(),
    store.close(),
  ];
  for (const answer of answers) expect(answer).not.toBeInstanceOf(Promise);
});

it('ends and revives nothing when the wall clock is stepped: its own clock is steady', () => {
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

describe('is bounded', () => {
  it('refuses a session too many, and signs nobody out for it', () => {
    const { store, add } = open({ maxSessions: 3 });
    const sessions = ['ada', 'bob', undefined].map((userId) => add(userId));
    expect(() => add('cyd')).toThrow(full);
    expect(() => add('ada')).toThrow(full);
    for (const { id } of sessions) expect(store.read(id)).toBeDefined();
    store.destroy(sessions[0]?.id ?? '');
    add('cyd');
  });

  it('makes room of what has expired', () => {
    const { store, clock, add } = open({ maxSessions: 3 });
    for (const userId of ['ada', 'bob', 'cyd']) add(userId);
    clock.advance(HOUR);
    for (const userId of ['dan', 'eve', 'fay']) add(userId);
    expect(() => add('gus')).toThrow(full);
    expect(store.stats().sessions).toBe(3);
  });

  it('refuses data too much, at create and at update, and keeps what was there', () => {
    const { store, clock, add } = open({ maxBytes: 2_000 });
    const { id } = add(undefined, { data: '"x"' });
    expect(() => add(undefined, { data: 'x'.repeat(600) })).toThrow(full);
    const change = { version: 1, idleExpiresAt: clock() + HOUR };
    expect(() => store.update(id, { ...change, data: 'x'.repeat(1_000) })).toThrow(full);
    expect(store.read(id)).toMatchObject({ data: '"x"', version: 1 });
    expect(store.update(id, { ...change, data: 'x'.repeat(500) })).toBe('updated');
    // Less is always welcome.
    expect(store.update(id, { ...change, version: 2, data: '{}' })).toBe('updated');
  });

  it('writes nothing to a session that expires while room is made for the write', () => {
    const hand = createHandClock();
    let ticking = false;
    const clock = () => {
      if (ticking) hand.advance(1);
      return hand();
    };
    const store = createMemoryStore({ clock, maxBytes: 1_000, sweepEveryMs: 0 });
    const session = newSession(hand, undefined, { data: '"x"' });
    store.create(session);
    hand.advance(HOUR - 2);
    ticking = true;
    const change = { version: 1, data: 'x'.repeat(400), idleExpiresAt: hand() + HOUR };
    expect(store.update(session.id, change)).toBe('gone');
    expect(store.stats()).toEqual({ sessions: 0, users: 0, bytes: 0 });
  });

  it("gives a user's new session the room of the one that it ends", () => {
    const { store, clock, add } = open({ maxSessions: 2, maxSessionsPerUser: 2 });
    const first = add('ada');
    clock.advance(1);
    const second = add('ada');
    clock.advance(1);
    const third = add('ada');
    expect(store.list('ada').map(({ id }) => id)).toEqual([second.id, third.id]);
    expect(store.read(first.id)).toBeUndefined();
  });

  it('ends no old session of a user when there is no room for the new one', () => {
    const { store, add } = open({ maxBytes: 2_000, maxSessionsPerUser: 1 });
    const { id } = add('ada');
    expect(() => add('ada', { data: 'x'.repeat(2_000) })).toThrow(full);
    expect(store.read(id)).toBeDefined();
  });

  it('counts back to nothing, whatever was done', () => {
    const { store, clock, add } = open();
    for (let i = 0; i < 300; i++) {
      const { id } = add(i % 3 ? `user-${i % 7}` : undefined, { idleExpiresAt: clock() + (i % 5 ? HOUR : 1) });
      const next = successorOf(id);
      if (i % 2) store.update(id, { version: 1, data: 'é'.repeat(i), idleExpiresAt: clock() + HOUR });
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

  it.each(Object.keys(MEMORY_STORE_DEFAULTS))('takes only whole numbers for %s', (name) => {
    for (const wrong of [-1, 0.5, Number.NaN, Number.POSITIVE_INFINITY, '5' as never]) {
      expect(() => createMemoryStore({ [name]: wrong })).toThrow(
        expect.objectContaining({ code: 'ERR_OPTION_INVALID' }),
      );
    }
  });
});

describe('refuses', () => {
  it('an id that was not made for this user', () => {
    const { store, clock, add } = open();
    const invalid = expect.objectContaining({ code: 'ERR_SESSION_ID_INVALID' });
    const strangers = newSession(clock, 'bob').id;
    for (const id of ['', 'x', '__proto__', `${strangers}\n`, strangers]) {
      expect(() => add('ada', { id })).toThrow(invalid);
    }
    expect(store.stats().sessions).toBe(0);
  });

  it('a rotation into another place', () => {
    const { store, clock, add } = open();
    const { id } = add('ada');
    for (const newId of ['', `${id}x`, newSession(clock, 'bob').id]) {
      expect(() => store.rotate(id, newId)).toThrow(expect.objectContaining({ code: 'ERR_SESSION_ID_INVALID' }));
    }
    expect(store.read(id)).toMatchObject({ version: 1 });
  });

  it('a rotation to an id that is taken', () => {
    const { store, add } = open();
    const [one, other] = [add('ada'), add('ada')];
    expect(() => store.rotate(one.id, other.id)).toThrow(expect.objectContaining({ code: 'ERR_SESSION_EXISTS' }));
    expect(() => store.rotate(one.id, one.id)).toThrow(expect.objectContaining({ code: 'ERR_SESSION_EXISTS' }));
    expect(store.list('ada')).toHaveLength(2);
  });

  it.each([Number.NaN, Number.POSITIVE_INFINITY, 0.5])('%d as a time: nothing lives for ever', (ms) => {
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
  });
});

it.each(['__proto__', 'constructor', 'toString', '', '\0', '\ud800', 'é'.repeat(500_000)])(
  'keeps the user %.20j like any other',
  (userId) => {
    const { store, add } = open();
    const [own, other] = [add(userId), add('ada')];
    expect(store.list(userId).map(({ id }) => id)).toEqual([own.id]);
    expect(store.destroyAll(userId)).toBe(1);
    expect(store.list('ada').map(({ id }) => id)).toEqual([other.id]);
  },
);

it('keeps lifetimes of many years to the ms', () => {
  const { store, clock, add } = open();
  const ends = clock() + 100 * 365 * 24 * HOUR + 1;
  const { id } = add('ada', { idleExpiresAt: ends, absoluteExpiresAt: ends });
  expect(store.read(id)).toMatchObject({ idleExpiresAt: ends, absoluteExpiresAt: ends });
  clock.advance(ends - 1 - clock());
  expect(store.read(id)).toBeDefined();
  clock.advance(1);
  expect(store.read(id)).toBeUndefined();
});

describe('destroy of an id that was rotated', () => {
  it('ends what it became, for a minute', () => {
    const { store, clock, add } = open();
    const { id } = add('ada');
    const next = successorOf(id);
    store.rotate(id, next);
    clock.advance(59_999);
    store.destroy(id);
    expect(store.read(next)).toBeUndefined();
  });

  it('is then a stranger, so that what is remembered stays bounded', () => {
    const { store, clock, add } = open();
    const { id } = add('ada');
    const next = successorOf(id);
    store.rotate(id, next);
    clock.advance(60_000);
    store.sweep();
    store.destroy(id);
    expect(store.read(next)).toBeDefined();
  });

  it('ends only the session that has the id now, when it was given again', () => {
    const { store, clock, add } = open();
    const { id } = add('ada');
    const next = successorOf(id);
    store.rotate(id, next);
    const again = { ...newSession(clock, 'ada'), id };
    store.create(again);
    store.destroy(id);
    expect(store.list('ada').map((session) => session.id)).toEqual([next]);
  });
});

describe('sweeps', () => {
  it('all of it at once, when it is told to', () => {
    const { store, clock, add } = open();
    for (let i = 0; i < 2_000; i++) add(`user-${i}`, { idleExpiresAt: clock() + (i % 4 ? HOUR : 2 * HOUR) });
    clock.advance(HOUR);
    expect(store.sweep()).toBe(1_500);
    expect(store.sweep()).toBe(0);
    expect(store.stats()).toMatchObject({ sessions: 500, users: 500 });
  });

  it('in slices by its timer, round and round, whatever changes meanwhile', () => {
    vi.useFakeTimers();
    const { store, clock, add } = open({ sweepEveryMs: 50, sweepSliceSize: 100 });
    const kept = Array.from({ length: 500 }, () => add(randomUUID(), { idleExpiresAt: clock() + 3 * HOUR }));
    for (let i = 0; i < 500; i++) add(randomUUID());
    clock.advance(HOUR);
    const left: number[] = [];
    // A round is 1,000 sessions and 256 shards in slices of 100.
    for (let slice = 0; slice < 13; slice++) {
      vi.advanceTimersByTime(50);
      left.push(store.stats().sessions);
    }
    // Never more than a slice at once.
    for (const [i, sessions] of left.entries()) expect((left[i - 1] ?? 1_000) - sessions).toBeLessThanOrEqual(100);
    expect(left.at(-1)).toBe(500);
    for (const { id } of kept) expect(store.read(id)).toBeDefined();
    // The second round finds what has come and expired since.
    for (let i = 0; i < 300; i++) add(randomUUID());
    clock.advance(HOUR);
    vi.advanceTimersByTime(50 * 26);
    expect(store.stats().sessions).toBe(500);
    store.close();
  });

  it('again a second after a round has ended, and at once when the clock went back', () => {
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

  it('ends each slice, also when there is nothing', () => {
    vi.useFakeTimers();
    const { store } = open({ sweepEveryMs: 1, sweepSliceSize: 1 });
    vi.advanceTimersByTime(1_000);
    expect(store.stats().sessions).toBe(0);
    store.close();
  });

  it('no more once it is closed', () => {
    vi.useFakeTimers();
    const { store, clock, add } = open({ sweepEveryMs: 1 });
    add('ada');
    clock.advance(HOUR);
    store.close();
    store.close();
    vi.advanceTimersByTime(10_000);
    expect(store.stats().sessions).toBe(1);
  });

  it('with a timer that keeps no process alive', () => {
    const before = process.getActiveResourcesInfo().filter((kind) => kind === 'Timeout').length;
    const store = createMemoryStore();
    // An unref'd timer is not among the active ones.
    expect(process.getActiveResourcesInfo().filter((kind) => kind === 'Timeout')).toHaveLength(before);
    store.close();
  });
});
