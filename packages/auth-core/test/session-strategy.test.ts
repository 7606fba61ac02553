// The session strategy over the memory store: which methods of the store it calls, when, and what it answers.

import fc from 'fast-check';
import { expect, it, onTestFinished, vi } from 'vitest';
import {
  AuthError,
  createSessionStrategy,
  type NewSessionOptions,
  type Outcome,
  type SessionRecord,
  type SessionStore,
  type SessionStrategyOptions,
  type Subject,
} from '../src/index.ts';
import { deriveSessionId, mintSessionToken } from '../src/store.ts';
import { createMemoryStore, type MemoryStore } from '../src/stores/memory.ts';
import { createManualClock } from './fixture.ts';

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const DAY = 24 * 60 * MINUTE;
const IDLE = 30 * MINUTE;
const ABSOLUTE = 12 * 60 * MINUTE;
const ADA: Subject = { userId: 'ada', username: 'Ada Lovelace', roles: ['admin'] };
const INVALID = { refused: 'ERR_SESSION_INVALID' };

/** A strategy over a memory store that notes which methods are called. */
function open(options: Partial<SessionStrategyOptions> = {}) {
  const clock = createManualClock();
  const memory = createMemoryStore({ clock, sweepEveryMs: 0 });
  const calls: string[] = [];
  const store = new Proxy(memory, {
    get(target, name: keyof MemoryStore) {
      const method = target[name] as ((...args: unknown[]) => unknown) | undefined;
      if (method === undefined || name === 'clock') return method;
      return (...args: unknown[]) => {
        calls.push(name);
        return method.apply(target, args);
      };
    },
  });
  const strategy = createSessionStrategy({ store, ...options });
  const signIn = (more: Partial<NewSessionOptions> = {}) => strategy.issue({ subject: ADA, data: '{}', ...more });
  return { clock, calls, memory, strategy, signIn };
}

/** The same store, answering with promises. */
function answerWithPromises(store: MemoryStore): SessionStore {
  return {
    clock: store.clock,
    create: async (session) => store.create(session),
    read: async (id) => store.read(id),
    update: async (id, change) => store.update(id, change),
    touch: async (id, idleExpiresAt) => store.touch(id, idleExpiresAt),
    rotate: async (id, newId) => store.rotate(id, newId),
    destroy: async (id) => store.destroy(id),
  };
}

function accepted(session: SessionRecord | undefined, subject: Subject | null = ADA) {
  const credential = { kind: 'session', sessionId: session?.id };
  return { principal: subject && { ...subject, credential }, evidence: session };
}

function requireEvidence(outcome: Outcome<SessionRecord>): SessionRecord {
  if (outcome.refused !== undefined) throw new Error(`refused with ${outcome.refused}`);
  return outcome.evidence;
}

const failWith = (code: string) => expect.objectContaining({ code });

it('issue stores the session under the id of its token, and not under the token', async () => {
  const { strategy, memory, clock } = open();
  const { token, session } = await strategy.issue({ subject: ADA, data: '{"cart":[]}' });
  expect(session).toEqual({
    id: deriveSessionId(token),
    subject: ADA,
    data: '{"cart":[]}',
    details: '{}',
    version: 1,
    createdAt: clock(),
    idleExpiresAt: clock() + IDLE,
    absoluteExpiresAt: clock() + ABSOLUTE,
  });
  expect(memory.read(session.id)).toEqual(session);
  expect(memory.read(token)).toBeUndefined();
});

it('authenticate accepts the token with the principal and the record, and refuses any other text', async () => {
  const { strategy, signIn } = open();
  const { token, session } = await signIn();
  expect(strategy.authenticate(token)).toEqual(accepted(session));
  expect(strategy.authenticate(session.id)).toEqual(INVALID);
  expect(strategy.authenticate(mintSessionToken('ada'))).toEqual(INVALID);
});

it('authenticate accepts an anonymous session with the principal null', async () => {
  const { strategy } = open();
  const { token, session } = await strategy.issue({ data: '{}' });
  expect(strategy.authenticate(token)).toEqual(accepted(session, null));
});

it('the data of a session can give no one an identity or a role', async () => {
  const { strategy } = open();
  const { token } = await strategy.issue({ data: '{"user":{"id":"ada","roles":["admin"]},"userId":"ada"}' });
  expect(strategy.authenticate(token)).toMatchObject({ principal: null });
});

it('authenticate refuses a token that was changed in any one place', async () => {
  const { strategy, signIn } = open();
  const { token } = await signIn();
  for (let place = 0; place < token.length; place++) {
    const changed = token.slice(0, place) + (token[place] === 'A' ? 'B' : 'A') + token.slice(place + 1);
    expect(strategy.authenticate(changed)).toEqual(INVALID);
  }
});

it('authenticate answers without a promise when the store does, even when it moves the idle expiry', async () => {
  const { strategy, clock, calls, signIn } = open();
  const { token } = await signIn();
  expect(strategy.authenticate(token)).not.toBeInstanceOf(Promise);
  clock.advance(IDLE / 2);
  expect(strategy.authenticate(token)).toMatchObject({ evidence: { idleExpiresAt: clock() + IDLE } });
  expect(calls).toEqual(['create', 'read', 'read', 'touch']);
});

it('authenticate answers with a promise when the store does', async () => {
  const { memory, clock } = open();
  const strategy = createSessionStrategy({ store: answerWithPromises(memory) });
  const { token, session } = await strategy.issue({ data: '{}' });
  const answer = strategy.authenticate(token);
  expect(answer).toBeInstanceOf(Promise);
  expect(await answer).toEqual(accepted(session, null));
  clock.advance(IDLE / 2);
  expect(await strategy.authenticate(token)).toMatchObject({ evidence: { idleExpiresAt: clock() + IDLE } });
  expect(await strategy.authenticate(mintSessionToken('ada'))).toEqual(INVALID);
});

it('authenticate does not call the store for a text that has not the form of a token', () => {
  const { strategy, calls } = open();
  const token = mintSessionToken('ada');
  for (const text of ['', token.slice(1), `${token}x`, `${token}\n`, `${token.slice(1)}%`, 'x'.repeat(8_000_000)]) {
    expect(strategy.authenticate(text)).toEqual(INVALID);
  }
  fc.assert(fc.property(fc.string(), (text) => 'refused' in strategy.authenticate(text)));
  expect(calls).toEqual([]);
});

it('authenticate touches the store once in touchEveryMs, however many requests come', async () => {
  const { strategy, clock, calls, signIn } = open({ touchEveryMs: MINUTE });
  const { token } = await signIn();
  // 600 requests in 10 minutes.
  for (let second = 0; second < 600; second++) {
    clock.advance(SECOND);
    strategy.authenticate(token);
  }
  expect(calls.filter((call) => call === 'touch')).toHaveLength(10);
});

it('authenticate touches at the ms at which it is due, and not before', async () => {
  const { strategy, clock, calls, signIn } = open({ touchEveryMs: MINUTE });
  const { token } = await signIn();
  clock.advance(MINUTE - 1);
  strategy.authenticate(token);
  expect(calls).not.toContain('touch');
  clock.advance(1);
  strategy.authenticate(token);
  expect(calls).toContain('touch');
});

it('an idle session expires to the second, and stays expired when the clock goes back', async () => {
  const { strategy, clock, signIn } = open({ touchEveryMs: IDLE - 1 });
  const { token, session } = await signIn();
  clock.advance(IDLE - SECOND);
  expect(strategy.authenticate(token)).toEqual(accepted(session));
  clock.advance(SECOND);
  expect(strategy.authenticate(token)).toEqual(INVALID);
  clock.advance(-SECOND);
  expect(strategy.authenticate(token)).toEqual(INVALID);
});

it('a session in use lives until its absolute expiry, to the second', async () => {
  const { strategy, clock, signIn } = open();
  const { token, session } = await signIn();
  while (clock() + IDLE / 2 < session.absoluteExpiresAt) {
    expect(strategy.authenticate(token)).toMatchObject({ principal: ADA });
    clock.advance(IDLE / 2);
  }
  clock.advance(session.absoluteExpiresAt - SECOND - clock());
  expect(strategy.authenticate(token)).toMatchObject({ evidence: { idleExpiresAt: session.absoluteExpiresAt } });
  clock.advance(SECOND);
  expect(strategy.authenticate(token)).toEqual(INVALID);
});

it('no sequence of operations moves a session past its absolute expiry', async () => {
  const action = fc.constantFrom('nothing', 'touch', 'update', 'rotate');
  // After each request a session has at least nine tenths of its idle time left.
  const steps = fc.array(fc.tuple(action, fc.integer({ min: 1, max: 0.9 * IDLE })), { minLength: 1, maxLength: 40 });
  await fc.assert(
    fc.asyncProperty(steps, async (history) => {
      const { strategy, clock, memory, signIn } = open({ absoluteMs: 4 * IDLE });
      let issued = await signIn();
      const { absoluteExpiresAt } = issued.session;
      for (const [name, ms] of history) {
        clock.advance(ms);
        const outcome = await strategy.authenticate(issued.token);
        expect(outcome.refused !== undefined).toBe(clock() >= absoluteExpiresAt);
        if (outcome.refused !== undefined) return;
        const session = outcome.evidence;
        if (name === 'touch') await strategy.touch(session);
        if (name === 'update') await strategy.update(session, '{}');
        if (name === 'rotate') issued = (await strategy.rotate(session)) ?? issued;
        expect(memory.read(issued.session.id)?.idleExpiresAt).toBeLessThanOrEqual(absoluteExpiresAt);
      }
    }),
  );
});

it('authenticate does not touch a session whose idle expiry is the absolute one', async () => {
  const { strategy, clock, calls, signIn } = open({ absoluteMs: IDLE });
  const { token } = await signIn();
  clock.advance(IDLE - 1);
  expect(strategy.authenticate(token)).toMatchObject({ principal: ADA });
  expect(calls).not.toContain('touch');
});

it('authenticate refuses a session that ends between the read and the touch', async () => {
  const { memory, clock } = open();
  const store: SessionStore = {
    ...memory,
    touch(id, idleExpiresAt) {
      memory.destroy(id);
      return memory.touch(id, idleExpiresAt);
    },
  };
  const strategy = createSessionStrategy({ store });
  const { token } = await strategy.issue({ subject: ADA, data: '{}' });
  clock.advance(IDLE / 2);
  expect(strategy.authenticate(token)).toEqual(INVALID);
});

it.each([
  ['throws', () => Promise.reject(new Error('down'))],
  [
    'throws without a promise',
    () => {
      throw new Error('down');
    },
  ],
])('a touch that %s is reported to onTouchFailed, and the request goes on with what was read', async (_, touch) => {
  const { memory, clock } = open();
  const onTouchFailed = vi.fn();
  const strategy = createSessionStrategy({ store: { ...memory, touch }, onTouchFailed });
  const { token, session } = await strategy.issue({ subject: ADA, data: '{}' });
  clock.advance(IDLE / 2);
  expect(await strategy.authenticate(token)).toEqual(accepted(session));
  expect(onTouchFailed.mock.calls).toEqual([[new Error('down')]]);
});

it.each([
  ['the new session', 'create', new AuthError('ERR_STORE_UNAVAILABLE')],
  ['the new session, if the one that it replaces cannot be ended', 'destroy', new Error('reset')],
  ['nothing, if the store has refused it', 'refusal', new AuthError('ERR_STORE_FULL')],
] as const)('a sign-in that fails ends %s', async (_, failing, error) => {
  const { memory } = open();
  const before = await createSessionStrategy({ store: memory }).issue({ subject: ADA, data: '{}' });
  const store: SessionStore = {
    ...answerWithPromises(memory),
    async create(session) {
      if (failing === 'refusal') throw error;
      memory.create(session);
      if (failing === 'create') throw error;
    },
    async destroy(id) {
      if (failing === 'destroy' && id === before.session.id) throw error;
      memory.destroy(id);
    },
  };
  const issue = createSessionStrategy({ store }).issue({ subject: ADA, data: '{}', replaces: before.session.id });
  await expect(issue).rejects.toBe(error);
  expect(memory.list('ada').map(({ id }) => id)).toEqual([before.session.id]);
});

it('a read and its touch share the store’s deadline: the request then goes on with what was read', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] });
  onTestFinished(() => void vi.useRealTimers());
  const { clock, memory } = open();
  const answerLate = <T>(answer: () => T) =>
    new Promise<T>((resolve) => {
      setTimeout(() => resolve(answer()), 60);
    });
  const onTouchFailed = vi.fn();
  const late = {
    ...answerWithPromises(memory),
    deadlineMs: 100,
    read: (id: string) => answerLate(() => memory.read(id)),
    touch: (id: string, idleExpiresAt: number) => answerLate(() => memory.touch(id, idleExpiresAt)),
  };
  const strategy = createSessionStrategy({ store: late, onTouchFailed });
  const { token } = await strategy.issue({ subject: ADA, data: '{}' });
  clock.advance(IDLE / 2);
  let outcome: Outcome<SessionRecord> | undefined;
  Promise.resolve(strategy.authenticate(token)).then((found) => {
    outcome = found;
  });
  await vi.advanceTimersByTimeAsync(99);
  expect(outcome).toBeUndefined();
  await vi.advanceTimersByTimeAsync(1);
  expect(outcome).toMatchObject({ principal: { userId: 'ada' } });
  expect(onTouchFailed.mock.calls).toEqual([[expect.objectContaining({ code: 'ERR_STORE_UNAVAILABLE' })]]);
});

it('a failed touch without onTouchFailed does not fail the request', async () => {
  const { memory, clock } = open();
  const store = { ...memory, touch: () => Promise.reject(new Error('down')) };
  const strategy = createSessionStrategy({ store });
  const { token, session } = await strategy.issue({ subject: ADA, data: '{}' });
  clock.advance(IDLE / 2);
  expect(await strategy.authenticate(token)).toEqual(accepted(session));
});

it('authenticate refuses an unreadable record with a code of its own', async () => {
  const { memory } = open();
  const unreadable = new AuthError('ERR_SESSION_UNREADABLE');
  const later = createSessionStrategy({ store: { ...memory, read: () => Promise.reject(unreadable) } });
  const now = createSessionStrategy({
    store: {
      ...memory,
      read() {
        throw unreadable;
      },
    },
  });
  expect(await later.authenticate(mintSessionToken('ada'))).toEqual({ refused: 'ERR_SESSION_UNREADABLE' });
  expect(now.authenticate(mintSessionToken('ada'))).toEqual({ refused: 'ERR_SESSION_UNREADABLE' });
});

it.each(['', '{', 'null', '[]', '{"idleMs":0}', '{"device":5}', '{"device":{"browser":5}}', '{"device":[]}'])(
  'describe gives the times of a session whose details are %j, and an empty device',
  async (details) => {
    const { strategy, clock, signIn } = open();
    const { session } = await signIn();
    const times = { firstSeenAt: clock(), lastSeenAt: clock() };
    expect(strategy.describe({ ...session, details })).toEqual({ ...times, device: {}, bound: false });
  },
);

it('authenticate reads the own idle time of a session whose device cannot be read', async () => {
  const { strategy, memory, signIn } = open();
  const { token, session } = await signIn();
  memory.update(session.id, { ...session, details: '{"idleMs":1000,"device":5}' });
  expect(await strategy.authenticate(token)).toMatchObject({ evidence: { id: session.id } });
});

it('authenticate refuses a session whose own idle time cannot be read', async () => {
  const { strategy, memory, signIn } = open();
  const { token, session } = await signIn();
  for (const [version, idleMs] of ['-1', '0', '"1000"', '1.5'].entries()) {
    memory.update(session.id, { ...session, version: version + 1, details: `{"idleMs":${idleMs}}` });
    expect(await strategy.authenticate(token)).toEqual({ refused: 'ERR_SESSION_UNREADABLE' });
  }
});

it('authenticate throws what the store throws, and does not take it for a missing session', async () => {
  const { memory } = open();
  const failure = new Error('down');
  const strategy = createSessionStrategy({
    store: { ...answerWithPromises(memory), read: () => Promise.reject(failure) },
  });
  await expect(strategy.authenticate(mintSessionToken('ada'))).rejects.toBe(failure);
});

it('update writes over the version that was read, and answers conflict for an older one, gone for none', async () => {
  const { strategy, clock, memory, signIn } = open();
  const { session } = await signIn();
  clock.advance(SECOND);
  const updated = await strategy.update(session, '{"a":1}');
  const stored = { ...session, data: '{"a":1}', version: 2, idleExpiresAt: clock() + IDLE };
  expect(updated).toEqual({ outcome: 'updated', session: stored });
  expect(memory.read(session.id)).toEqual(stored);
  expect(await strategy.update(session, '{"b":1}')).toEqual({ outcome: 'conflict' });
  await strategy.revoke(session.id);
  expect(await strategy.update(stored, '{"c":1}')).toEqual({ outcome: 'gone' });
});

it('rotate gives the session a new token, and the old one is dead at that moment', async () => {
  const { strategy, signIn } = open();
  const first = await signIn();
  const second = await strategy.rotate(first.session);
  expect(second?.session).toEqual({ ...first.session, id: deriveSessionId(second?.token ?? ''), version: 2 });
  expect(strategy.authenticate(first.token)).toEqual(INVALID);
  expect(strategy.authenticate(second?.token ?? '')).toEqual(accepted(second?.session));
  expect(await strategy.rotate(first.session)).toBeUndefined();
});

it('rotate works for an anonymous session', async () => {
  const { strategy } = open();
  const first = await strategy.issue({ data: '{}' });
  const second = await strategy.rotate(first.session);
  expect(strategy.authenticate(second?.token ?? '')).toEqual(accepted(second?.session, null));
});

it('revoke ends a session for good, and answers true each time', async () => {
  const { strategy, signIn } = open();
  const { token, session } = await signIn();
  expect(await strategy.revoke(session.id)).toBe(true);
  expect(await strategy.revoke(session.id)).toBe(true);
  expect(strategy.authenticate(token)).toEqual(INVALID);
  expect(await strategy.touch(session)).toBe('gone');
});

it("revoke with a user id ends only that user's session, and answers whether it did", async () => {
  const { strategy, signIn } = open();
  const own = await signIn();
  const others = await signIn({ subject: { ...ADA, userId: 'bob' } });
  const anonymous = await strategy.issue({ data: '{}' });
  for (const { session } of [others, anonymous]) {
    expect(await strategy.revoke(session.id, { userId: 'ada' })).toBe(false);
    expect(strategy.read(session.id)).toEqual(session);
  }
  expect(await strategy.revoke(own.session.id, { userId: 'ada' })).toBe(true);
  expect(strategy.read(own.session.id)).toBeUndefined();
  expect(await strategy.revoke(own.session.id, { userId: 'ada' })).toBe(false);
});

it('read by id moves nothing', async () => {
  const { strategy, clock, calls, signIn } = open();
  const { session } = await signIn();
  clock.advance(IDLE / 2);
  expect(strategy.read(session.id)).toEqual(session);
  expect(calls).toEqual(['create', 'read']);
});

it('issue waits for a store whose clock is not ready yet', async () => {
  const { memory, clock } = open();
  let isReady = false;
  const store = {
    ...memory,
    clock: () => (isReady ? clock() : Number.NaN),
    async ready() {
      isReady = true;
    },
  };
  const { session } = await createSessionStrategy({ store }).issue({ data: '{}' });
  expect(session.createdAt).toBe(clock());
});

it('issue ends the session that it replaces, after the new one exists', async () => {
  const { strategy, calls, signIn } = open();
  const planted = await strategy.issue({ data: '{}' });
  const { token, session } = await signIn({ replaces: planted.session.id });
  expect(calls).toEqual(['create', 'create', 'destroy']);
  expect(strategy.authenticate(planted.token)).toEqual(INVALID);
  expect(strategy.authenticate(token)).toEqual(accepted(session));
});

it('issue keeps the session that it would replace when the new one cannot be created', async () => {
  const store = createMemoryStore({ clock: createManualClock(), maxSessions: 1, sweepEveryMs: 0 });
  const strategy = createSessionStrategy({ store });
  const { token, session } = await strategy.issue({ data: '{}' });
  const issue = strategy.issue({ subject: ADA, data: '{}', replaces: session.id });
  await expect(issue).rejects.toMatchObject({ code: 'ERR_STORE_FULL' });
  expect(strategy.authenticate(token)).toEqual(accepted(session, null));
});

it('issue refuses an invalid subject, and stores nothing', async () => {
  const { calls, signIn } = open();
  const issue = signIn({ subject: { ...ADA, userId: '' } });
  await expect(issue).rejects.toMatchObject({ code: 'ERR_SUBJECT_INVALID' });
  expect(calls).toEqual([]);
});

it("list returns a user's sessions, and revokeAll ends all but one", async () => {
  const { strategy, clock, signIn } = open();
  const sessions: SessionRecord[] = [];
  for (let i = 0; i < 3; i++) {
    sessions.push((await signIn()).session);
    clock.advance(SECOND);
  }
  const bob = await signIn({ subject: { ...ADA, userId: 'bob' } });
  const [, second] = sessions;
  expect(await strategy.list('ada')).toEqual(sessions);
  expect(await strategy.revokeAll('ada', { except: second?.id ?? '' })).toBe(2);
  expect(await strategy.list('ada')).toEqual([second]);
  expect(await strategy.revokeAll('ada')).toBe(1);
  expect(strategy.read(bob.session.id)).toEqual(bob.session);
});

it("changeSubject changes the roles in all of the user's live sessions, from the next request on", async () => {
  const { strategy, signIn } = open();
  const [one, other] = [await signIn(), await signIn()];
  const changed = { ...ADA, roles: [] };
  expect(await strategy.changeSubject(changed)).toBe(2);
  for (const { token } of [one, other]) {
    expect(strategy.authenticate(token)).toMatchObject({ principal: { userId: 'ada', roles: [] } });
  }
  expect(() => strategy.changeSubject({ ...ADA, userId: '' })).toThrow(failWith('ERR_SUBJECT_INVALID'));
});

it('list, revokeAll and changeSubject say what is missing when the store keeps no sessions by user', () => {
  const { memory } = open();
  const strategy = createSessionStrategy({ store: answerWithPromises(memory) });
  const invalid = expect.objectContaining({
    code: 'ERR_OPTION_INVALID',
    message: expect.stringContaining('changeSubject'),
  });
  expect(() => strategy.list('ada')).toThrow(invalid);
  expect(() => strategy.revokeAll('ada')).toThrow(invalid);
  expect(() => strategy.changeSubject(ADA)).toThrow(invalid);
});

it.each([
  { idleMs: 0 },
  { idleMs: -1 },
  { idleMs: 0.5 },
  { idleMs: Number.NaN },
  { absoluteMs: Number.POSITIVE_INFINITY },
  { touchEveryMs: 0 },
  { idleMs: 1_000, touchEveryMs: 1_000 },
  { maxIdleMs: IDLE - 1 },
  { maxAbsoluteMs: ABSOLUTE - 1 },
  { maxIdleMs: 1.5 },
])('the options %o are refused', (options) => {
  expect(() => open(options)).toThrow(failWith('ERR_OPTION_INVALID'));
});

it('a session may have lifetimes of its own, up to the maxima', async () => {
  const { strategy, clock, signIn } = open({ maxIdleMs: 7 * DAY, maxAbsoluteMs: 30 * DAY });
  const { session } = await signIn({ idleMs: 7 * DAY, absoluteMs: 30 * DAY });
  expect(session).toMatchObject({ idleExpiresAt: clock() + 7 * DAY, absoluteExpiresAt: clock() + 30 * DAY });
  expect((await signIn()).session).toMatchObject({ idleExpiresAt: clock() + IDLE });
  for (const wrong of [{ idleMs: 7 * DAY + 1 }, { absoluteMs: 30 * DAY + 1 }, { idleMs: 0 }, { idleMs: Number.NaN }]) {
    await expect(signIn(wrong)).rejects.toMatchObject({ code: 'ERR_OPTION_INVALID' });
  }
  expect(strategy.maxIdleMs).toBe(7 * DAY);
});

it('a session may not live longer than the defaults unless a maximum allows it', async () => {
  const { signIn } = open();
  await expect(signIn({ idleMs: IDLE + 1 })).rejects.toMatchObject({ code: 'ERR_OPTION_INVALID' });
  await expect(signIn({ absoluteMs: ABSOLUTE + 1 })).rejects.toMatchObject({ code: 'ERR_OPTION_INVALID' });
});

it('a request extends a session by its own idle time', async () => {
  const { strategy, clock, signIn } = open({ maxIdleMs: 7 * DAY, maxAbsoluteMs: 30 * DAY });
  const { token } = await signIn({ idleMs: 7 * DAY, absoluteMs: 30 * DAY });
  clock.advance(6 * DAY);
  const touched = requireEvidence(await strategy.authenticate(token));
  expect(touched.idleExpiresAt).toBe(clock() + 7 * DAY);
  const updated = await strategy.update(touched, '{}');
  expect(updated).toMatchObject({ session: { idleExpiresAt: clock() + 7 * DAY } });
  clock.advance(7 * DAY);
  expect(strategy.authenticate(token)).toEqual(INVALID);
});

it('a session with a shorter idle time is touched more often, in proportion', async () => {
  const { strategy, clock, calls, signIn } = open();
  const { token } = await signIn({ idleMs: 10 * SECOND });
  clock.advance(SECOND - 1);
  strategy.authenticate(token);
  expect(calls).not.toContain('touch');
  clock.advance(1);
  expect(strategy.authenticate(token)).toMatchObject({ evidence: { idleExpiresAt: clock() + 10 * SECOND } });
});

it('a lower maxIdleMs than at sign-in bounds what a request adds', async () => {
  const { memory, clock, signIn } = open({ maxIdleMs: 7 * DAY });
  const { token } = await signIn({ idleMs: 7 * DAY });
  const stricter = createSessionStrategy({ store: memory });
  clock.advance(ABSOLUTE / 2);
  expect(stricter.authenticate(token)).toMatchObject({ principal: ADA });
  const { session } = await signIn({ idleMs: 7 * DAY });
  expect(await stricter.update(session, '{}')).toMatchObject({ session: { idleExpiresAt: clock() + IDLE } });
});

it('describe tells when and on what device a session was used', async () => {
  const { strategy, clock, signIn } = open();
  const device = { address: '203.0.113.7', browser: 'Firefox "quoted"' };
  const { token, session } = await signIn({ device });
  const firstSeenAt = clock();
  clock.advance(IDLE / 2);
  const touched = requireEvidence(await strategy.authenticate(token));
  expect(strategy.describe(session)).toEqual({ firstSeenAt, lastSeenAt: firstSeenAt, device, bound: false });
  expect(strategy.describe(touched)).toEqual({ firstSeenAt, lastSeenAt: clock(), device, bound: false });
  const rotated = await strategy.rotate(touched);
  expect(rotated && strategy.describe(rotated.session)).toEqual({
    firstSeenAt,
    lastSeenAt: clock(),
    device,
    bound: false,
  });
});

it('describe answers an empty device for a session that was issued without one', async () => {
  const { strategy, clock, signIn } = open();
  const { session } = await signIn();
  expect(strategy.describe(session)).toMatchObject({ firstSeenAt: clock(), lastSeenAt: clock(), device: {} });
});

it('issue cuts the texts of a device to 256 characters, and refuses what is no text', async () => {
  const { strategy, signIn } = open();
  const { session } = await signIn({ device: { browser: 'x'.repeat(10_000) } });
  expect(strategy.describe(session).device).toEqual({ browser: 'x'.repeat(256) });
  const wrong = signIn({ device: { address: 7 as never } });
  await expect(wrong).rejects.toMatchObject({ code: 'ERR_OPTION_INVALID' });
});

it('a steady request does not parse the details, even of a session with a device', async () => {
  const { strategy, signIn } = open();
  const { token } = await signIn({ device: { browser: 'says "idleMs":1 in its name' } });
  const parse = vi.spyOn(JSON, 'parse');
  expect(strategy.authenticate(token)).toMatchObject({ principal: ADA });
  expect(parse).not.toHaveBeenCalled();
  parse.mockRestore();
});

it('no write of the strategy changes details that a later version has written', async () => {
  const { strategy, memory, clock, signIn } = open();
  const { token, session } = await signIn();
  const details = '{"binding":{"kind":"a later version"}}';
  memory.update(session.id, { ...session, details });
  clock.advance(IDLE / 2);
  const touched = requireEvidence(await strategy.authenticate(token));
  const updated = await strategy.update(touched, '{"a":1}');
  const rotated = updated.outcome === 'updated' ? await strategy.rotate(updated.session) : undefined;
  expect(memory.read(rotated?.session.id ?? '')).toMatchObject({ details, data: '{"a":1}' });
});
