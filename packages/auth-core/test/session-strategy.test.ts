// The session strategy over the memory store: what it asks of a store, when, and what it never asks.

import fc from 'fast-check';
import { expect, it } from 'vitest';
import {
  createSessionStrategy,
  mintSessionToken,
  type SessionStore,
  type SessionStrategyOptions,
  sessionIdOf,
} from '../src/index.ts';
import { createMemoryStore, type MemoryStore } from '../src/stores/memory.ts';
import { createHandClock } from '../src/testing/scene.ts';

const SECOND = 1_000;
const IDLE = 30 * 60 * SECOND;
const ABSOLUTE = 12 * 60 * 60 * SECOND;

/** A strategy over a memory store that writes down which methods it was asked. */
function open(options: Partial<SessionStrategyOptions> = {}) {
  const clock = createHandClock();
  const memory = createMemoryStore({ clock, sweepEveryMs: 0 });
  const calls: string[] = [];
  const store = new Proxy(memory, {
    get(target, name: keyof MemoryStore) {
      const method = target[name] as (...args: unknown[]) => unknown;
      return (...args: unknown[]) => {
        calls.push(name);
        return method.apply(target, args);
      };
    },
  });
  return { clock, calls, memory, strategy: createSessionStrategy({ store, clock, ...options }) };
}

/** The same store, answering with promises. */
function later(store: MemoryStore): SessionStore {
  return {
    create: async (session) => store.create(session),
    read: async (id) => store.read(id),
    update: async (id, change) => store.update(id, change),
    touch: async (id, idleExpiresAt) => store.touch(id, idleExpiresAt),
    rotate: async (id, newId) => store.rotate(id, newId),
    destroy: async (id) => store.destroy(id),
  };
}

it('issues a session that the store holds under the id of its token, not under the token', async () => {
  const { strategy, memory, clock } = open();
  const { token, session } = await strategy.issue({ userId: 'ada', data: '{"cart":[]}' });
  expect(session).toEqual({
    id: sessionIdOf(token),
    userId: 'ada',
    data: '{"cart":[]}',
    version: 1,
    createdAt: clock(),
    idleExpiresAt: clock() + IDLE,
    absoluteExpiresAt: clock() + ABSOLUTE,
  });
  expect(memory.read(session.id)).toEqual(session);
  expect(memory.read(token)).toBeUndefined();
});

it('authenticates the token, and no other text', async () => {
  const { strategy } = open();
  const { token, session } = await strategy.issue({ userId: 'ada', data: '{}' });
  expect(strategy.authenticate(token)).toEqual(session);
  expect(strategy.authenticate(session.id)).toBeUndefined();
  expect(strategy.authenticate(mintSessionToken('ada'))).toBeUndefined();
});

it('refuses a token that was changed in any one place', async () => {
  const { strategy } = open();
  const { token } = await strategy.issue({ userId: 'ada', data: '{}' });
  for (let place = 0; place < token.length; place++) {
    const changed = token.slice(0, place) + (token[place] === 'A' ? 'B' : 'A') + token.slice(place + 1);
    expect(strategy.authenticate(changed)).toBeUndefined();
  }
});

it('answers without a promise when the store does, also when it moves the idle expiry', async () => {
  const { strategy, clock, calls } = open();
  const { token } = await strategy.issue({ userId: 'ada', data: '{}' });
  expect(strategy.authenticate(token)).not.toBeInstanceOf(Promise);
  clock.advance(IDLE / 2);
  expect(strategy.authenticate(token)).toMatchObject({ idleExpiresAt: clock() + IDLE });
  expect(calls).toEqual(['create', 'read', 'read', 'touch']);
});

it('answers with a promise when the store does', async () => {
  const { memory, clock } = open();
  const strategy = createSessionStrategy({ store: later(memory), clock });
  const { token, session } = await strategy.issue({ data: '{}' });
  const answer = strategy.authenticate(token);
  expect(answer).toBeInstanceOf(Promise);
  expect(await answer).toEqual(session);
  clock.advance(IDLE / 2);
  expect(await strategy.authenticate(token)).toMatchObject({ idleExpiresAt: clock() + IDLE });
});

it('asks the store nothing for a text that is no token, however long', () => {
  const { strategy, calls } = open();
  const token = mintSessionToken('ada');
  for (const text of [
    '',
    token.slice(1),
    `${token}x`,
    `${token}\n`,
    `${token.slice(1)}%`,
    '\0'.repeat(59),
    'x'.repeat(8_000_000),
  ]) {
    expect(strategy.authenticate(text)).toBeUndefined();
  }
  fc.assert(fc.property(fc.string(), (text) => strategy.authenticate(text) === undefined));
  expect(calls).toEqual([]);
});

it('touches the store once in touchEveryMs, however many requests come', async () => {
  const { strategy, clock, calls } = open({ touchEveryMs: 60 * SECOND });
  const { token } = await strategy.issue({ userId: 'ada', data: '{}' });
  // 600 requests in 10 minutes.
  for (let second = 0; second < 600; second++) {
    clock.advance(SECOND);
    strategy.authenticate(token);
  }
  expect(calls.filter((call) => call === 'touch')).toHaveLength(10);
});

it('touches at the ms at which it is due, and not before', async () => {
  const { strategy, clock, calls } = open({ touchEveryMs: 60 * SECOND });
  const { token } = await strategy.issue({ userId: 'ada', data: '{}' });
  clock.advance(60 * SECOND - 1);
  strategy.authenticate(token);
  expect(calls).not.toContain('touch');
  clock.advance(1);
  strategy.authenticate(token);
  expect(calls).toContain('touch');
});

it('expires an idle session, to the second', async () => {
  const { strategy, clock } = open({ touchEveryMs: IDLE - 1 });
  const { token, session } = await strategy.issue({ userId: 'ada', data: '{}' });
  clock.advance(IDLE - SECOND);
  expect(strategy.authenticate(token)).toEqual(session);
  clock.advance(SECOND);
  expect(strategy.authenticate(token)).toBeUndefined();
  clock.advance(-SECOND);
  expect(strategy.authenticate(token)).toBeUndefined();
});

it('keeps a session that is used, until its absolute expiry, to the second', async () => {
  const { strategy, clock } = open();
  const { token, session } = await strategy.issue({ userId: 'ada', data: '{}' });
  while (clock() + IDLE / 2 < session.absoluteExpiresAt) {
    expect(strategy.authenticate(token)).toBeDefined();
    clock.advance(IDLE / 2);
  }
  clock.advance(session.absoluteExpiresAt - SECOND - clock());
  expect(strategy.authenticate(token)).toMatchObject({ idleExpiresAt: session.absoluteExpiresAt });
  clock.advance(SECOND);
  expect(strategy.authenticate(token)).toBeUndefined();
});

it('never passes the absolute expiry, whatever is done and when', async () => {
  const act = fc.constantFrom('nothing', 'touch', 'update', 'rotate');
  // A throttled touch leaves a session at least nine tenths of its idle time after each request.
  const steps = fc.array(fc.tuple(act, fc.integer({ min: 1, max: 0.9 * IDLE })), { minLength: 1, maxLength: 40 });
  await fc.assert(
    fc.asyncProperty(steps, async (steps) => {
      const { strategy, clock, memory } = open({ absoluteMs: 4 * IDLE });
      let issued = await strategy.issue({ userId: 'ada', data: '{}' });
      const { absoluteExpiresAt } = issued.session;
      for (const [act, ms] of steps) {
        clock.advance(ms);
        const session = await strategy.authenticate(issued.token);
        expect(session === undefined).toBe(clock() >= absoluteExpiresAt);
        if (session === undefined) return;
        if (act === 'touch') await strategy.touch(session);
        if (act === 'update') await strategy.update(session, '{}');
        if (act === 'rotate') issued = (await strategy.rotate(session)) ?? issued;
        expect(memory.read(issued.session.id)?.idleExpiresAt).toBeLessThanOrEqual(absoluteExpiresAt);
      }
    }),
  );
});

it('no longer touches a session that reaches its absolute expiry', async () => {
  const { strategy, clock, calls } = open({ absoluteMs: IDLE });
  const { token } = await strategy.issue({ userId: 'ada', data: '{}' });
  clock.advance(IDLE - 1);
  expect(strategy.authenticate(token)).toBeDefined();
  expect(calls).not.toContain('touch');
});

it('is nobody when the session ends between its read and its touch', async () => {
  const { memory, clock } = open();
  const strategy = createSessionStrategy({
    clock,
    store: {
      ...memory,
      touch(id, idleExpiresAt) {
        memory.destroy(id);
        return memory.touch(id, idleExpiresAt);
      },
    },
  });
  const { token } = await strategy.issue({ userId: 'ada', data: '{}' });
  clock.advance(IDLE / 2);
  expect(strategy.authenticate(token)).toBeUndefined();
});

it('updates the version that was read, answers conflict for an older one, and gone for none', async () => {
  const { strategy, clock, memory } = open();
  const { session } = await strategy.issue({ userId: 'ada', data: '{}' });
  clock.advance(SECOND);
  const updated = await strategy.update(session, '{"a":1}');
  const stored = { ...session, data: '{"a":1}', version: 2, idleExpiresAt: clock() + IDLE };
  expect(updated).toEqual({ outcome: 'updated', session: stored });
  expect(memory.read(session.id)).toEqual(stored);
  expect(await strategy.update(session, '{"b":1}')).toEqual({ outcome: 'conflict' });
  await strategy.revoke(session.id);
  expect(await strategy.update(stored, '{"c":1}')).toEqual({ outcome: 'gone' });
});

it('rotates to a new token of the same session; the old one is dead at that moment', async () => {
  const { strategy } = open();
  const first = await strategy.issue({ userId: 'ada', data: '{}' });
  const second = await strategy.rotate(first.session);
  expect(second?.session).toEqual({ ...first.session, id: sessionIdOf(second?.token ?? ''), version: 2 });
  expect(strategy.authenticate(first.token)).toBeUndefined();
  expect(strategy.authenticate(second?.token ?? '')).toEqual(second?.session);
  expect(await strategy.rotate(first.session)).toBeUndefined();
});

it('rotates an anonymous session, too', async () => {
  const { strategy } = open();
  const first = await strategy.issue({ data: '{}' });
  const second = await strategy.rotate(first.session);
  expect(strategy.authenticate(second?.token ?? '')).toMatchObject({ userId: undefined, data: '{}' });
});

it('ends a session for good', async () => {
  const { strategy } = open();
  const { token, session } = await strategy.issue({ userId: 'ada', data: '{}' });
  await strategy.revoke(session.id);
  await strategy.revoke(session.id);
  expect(strategy.authenticate(token)).toBeUndefined();
  expect(await strategy.touch(session)).toBe('gone');
});

it('reads by id without moving anything', async () => {
  const { strategy, clock, calls } = open();
  const { session } = await strategy.issue({ userId: 'ada', data: '{}' });
  clock.advance(IDLE / 2);
  expect(strategy.read(session.id)).toEqual(session);
  expect(calls).toEqual(['create', 'read']);
});

it('ends the session that a new one replaces, after the new one exists', async () => {
  const { strategy, calls } = open();
  const planted = await strategy.issue({ data: '{}' });
  const { token } = await strategy.issue({ userId: 'ada', data: '{}', replaces: planted.session.id });
  expect(calls).toEqual(['create', 'create', 'destroy']);
  expect(strategy.authenticate(planted.token)).toBeUndefined();
  expect(strategy.authenticate(token)).toMatchObject({ userId: 'ada' });
});

it('leaves the session that a new one would replace when the new one cannot be made', async () => {
  const clock = createHandClock();
  const strategy = createSessionStrategy({
    clock,
    store: createMemoryStore({ clock, maxSessions: 1, sweepEveryMs: 0 }),
  });
  const { token, session } = await strategy.issue({ data: '{}' });
  const issue = strategy.issue({ userId: 'ada', data: '{}', replaces: session.id });
  await expect(issue).rejects.toMatchObject({ code: 'ERR_STORE_FULL' });
  expect(strategy.authenticate(token)).toEqual(session);
});

it("lists a user's sessions and ends all but one", async () => {
  const { strategy, clock } = open();
  const issued = [];
  for (let i = 0; i < 3; i++) {
    issued.push(await strategy.issue({ userId: 'ada', data: '{}' }));
    clock.advance(SECOND);
  }
  const [first, second, third] = issued.map(({ session }) => session);
  const bob = await strategy.issue({ userId: 'bob', data: '{}' });
  expect(await strategy.list('ada')).toEqual([first, second, third]);
  expect(await strategy.revokeAll('ada', { except: second?.id ?? '' })).toBe(2);
  expect(await strategy.list('ada')).toEqual([second]);
  expect(await strategy.revokeAll('ada')).toBe(1);
  expect(strategy.authenticate(bob.token)).toEqual(bob.session);
});

it('says what is missing when the store keeps no sessions by user', () => {
  const { memory } = open();
  const strategy = createSessionStrategy({ store: later(memory) });
  expect(() => strategy.list('ada')).toThrow(expect.objectContaining({ code: 'ERR_OPTION_INVALID' }));
  expect(() => strategy.revokeAll('ada')).toThrow(expect.objectContaining({ code: 'ERR_OPTION_INVALID' }));
});

it.each([
  { idleMs: 0 },
  { idleMs: -1 },
  { idleMs: 0.5 },
  { idleMs: Number.NaN },
  { absoluteMs: Number.POSITIVE_INFINITY },
  { touchEveryMs: 0 },
  { idleMs: 1_000, touchEveryMs: 1_000 },
])('refuses %o', (options) => {
  expect(() => open(options)).toThrow(expect.objectContaining({ code: 'ERR_OPTION_INVALID' }));
});

it('passes on what the store throws, and does not take it for "not there"', async () => {
  const { memory, clock } = open();
  const failure = new Error('down');
  const strategy = createSessionStrategy({ clock, store: { ...later(memory), read: () => Promise.reject(failure) } });
  await expect(strategy.authenticate(mintSessionToken('ada'))).rejects.toBe(failure);
});
