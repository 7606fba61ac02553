// Steps of a device-bound session that run at the same time: each write of a step is held until the test lets it go.
// And two servers on one store, also with clocks that differ.

import { describe, expect, it } from 'vitest';
import {
  AuthError,
  createSessionStrategy,
  type DetailsChange,
  type DetailsOutcome,
  type RefreshOutcome,
} from '../src/index.ts';
import type { MemoryStore } from '../src/stores/memory.ts';
import {
  bind,
  FIRST_REQUESTS,
  KEY,
  LEEWAY,
  LIFETIME,
  MINUTE,
  openBound,
  requireDevice,
  requireRecord,
  requireRefreshed,
} from './device-fixture.ts';
import { createEcKey, prove, proveFirst } from './device-forge.ts';
import { makeSuccessorId } from './fixture.ts';

/** The store, but each replaceDetails waits in `held` until it is called. */
function holdWrites(memory: MemoryStore) {
  const held: (() => void)[] = [];
  const store = new Proxy(memory, {
    get(target, name: keyof MemoryStore) {
      if (name !== 'replaceDetails') return target[name];
      return (id: string, change: DetailsChange) =>
        new Promise<DetailsOutcome>((resolve) => {
          held.push(() => resolve(target.replaceDetails(id, change)));
        });
    },
  });
  return { store, held };
}

/** A bound session, and a strategy whose writes are held. */
async function openHeld() {
  const opened = openBound();
  const { token, session } = await opened.signIn();
  const bound = await bind(opened.device, session);
  const { store, held } = holdWrites(opened.memory);
  const slow = requireDevice(createSessionStrategy({ store, deviceBound: {} }));
  const request = { bindingId: bound.bindingId, proof: prove(KEY, bound.challenge) };
  const readNow = () => requireRecord(opened.memory.read(session.id));
  return { ...opened, token, bound, held, slow, request, readNow };
}

describe('register beside register', () => {
  it.each([
    ['the first', 0],
    ['the second', 1],
  ])('one of two keys is bound when %s is written first, and the other one is refused', async (_name, first) => {
    const { memory, device, signIn, strategy } = openBound();
    const { session } = await signIn();
    const { store, held } = holdWrites(memory);
    const slow = requireDevice(createSessionStrategy({ store, deviceBound: {} }));
    const challenge = device.readOffer(session) ?? '';
    const keys = [createEcKey(), createEcKey()];
    const both = keys.map((key) => slow.register(session, proveFirst(key, challenge)));
    held[first]?.();
    held[1 - first]?.();
    const outcomes = await Promise.all(both);
    expect(outcomes[first]).toMatchObject({ outcome: 'registered' });
    expect(outcomes[1 - first]).toEqual({ outcome: 'refused', code: 'ERR_DEVICE_ALREADY_BOUND' });
    const { details } = requireRecord(await strategy.read(session.id));
    expect(JSON.parse(details).binding.key).toMatchObject({ x: keys[first]?.jwk.x });
  });

  it.each<[string, (memory: MemoryStore, id: string) => void]>([
    ['ended', (memory, id) => memory.destroy(id)],
    ['was rotated', (memory, id) => void memory.rotate(id, makeSuccessorId(id))],
  ])('nothing is bound when the session %s meanwhile', async (_name, act) => {
    const { memory, device, signIn } = openBound();
    const { session } = await signIn();
    const { store, held } = holdWrites(memory);
    const slow = requireDevice(createSessionStrategy({ store, deviceBound: {} }));
    const registering = slow.register(session, proveFirst(KEY, device.readOffer(session) ?? ''));
    act(memory, session.id);
    held[0]?.();
    expect(await registering).toEqual({ outcome: 'refused', code: 'ERR_SESSION_INVALID' });
    expect(memory.read(session.id)).toBeUndefined();
  });
});

describe('refresh beside refresh', () => {
  it('of two refreshes with one challenge one gets a token, and the other one the next challenge', async () => {
    for (const first of [0, 1]) {
      const { slow, bound, request, held, readNow } = await openHeld();
      const both = [slow.refresh(bound.session, request), slow.refresh(bound.session, request)];
      held[first]?.();
      held[1 - first]?.();
      const outcomes = (await Promise.all(both)) as [RefreshOutcome, RefreshOutcome];
      const { challenge, session } = requireRefreshed(outcomes[first] as RefreshOutcome);
      expect(outcomes[1 - first]).toEqual({ outcome: 'challenged', challenge });
      expect(readNow()).toEqual(session);
    }
  });

  it('ten refreshes with one challenge make one token; all others are challenged, and succeed with that challenge', async () => {
    const { device, bound, request, readNow } = await openHeld();
    const outcomes = await Promise.all(Array.from({ length: 10 }, () => device.refresh(bound.session, request)));
    expect(outcomes.filter(({ outcome }) => outcome === 'refreshed')).toHaveLength(1);
    const others = outcomes.filter((outcome) => outcome.outcome === 'challenged');
    expect(others).toHaveLength(9);
    const proof = prove(KEY, others[0]?.challenge ?? '');
    expect(await device.refresh(readNow(), { ...request, proof })).toMatchObject({ outcome: 'refreshed' });
  });

  it('of two that renew an expired challenge, both get the same new one', async () => {
    const { slow, bound, clock, request, held } = await openHeld();
    clock.advance(16 * MINUTE);
    const both = [slow.refresh(bound.session, request), slow.refresh(bound.session, { ...request, proof: undefined })];
    for (const release of held) release();
    const [a, b] = await Promise.all(both);
    expect(a).toMatchObject({ outcome: 'challenged' });
    expect(a).toEqual(b);
  });
});

describe('refresh beside a write of the session', () => {
  it('an update meets no conflict, and neither loses anything, in both orders', async () => {
    for (const isUpdateFirst of [true, false]) {
      const { slow, strategy, bound, request, held, readNow } = await openHeld();
      const refreshing = slow.refresh(bound.session, request);
      if (!isUpdateFirst) held[0]?.();
      expect(await strategy.update(bound.session, '{"cart":["tea"]}')).toMatchObject({ outcome: 'updated' });
      if (isUpdateFirst) held[0]?.();
      const { session } = requireRefreshed(await refreshing);
      expect(readNow()).toMatchObject({ data: '{"cart":["tea"]}', details: session.details, version: 2 });
    }
  });

  it('a touch and a change of the subject lose nothing, either', async () => {
    const { slow, strategy, clock, bound, request, held, readNow } = await openHeld();
    const refreshing = slow.refresh(bound.session, request);
    clock.advance(MINUTE);
    expect(await strategy.touch(bound.session)).toBe('touched');
    expect(await strategy.changeSubject({ userId: 'ada', username: 'Ada', roles: [] })).toBe(1);
    held[0]?.();
    const { session } = requireRefreshed(await refreshing);
    const idleExpiresAt = bound.session.idleExpiresAt + MINUTE;
    expect(readNow()).toMatchObject({ details: session.details, idleExpiresAt, subject: { roles: [] } });
  });

  it('a rotate before the write leaves the refresh gone, and the binding as it was under the new id', async () => {
    const { slow, strategy, device, bound, request, held } = await openHeld();
    const refreshing = slow.refresh(bound.session, request);
    const rotated = requireRecord((await strategy.rotate(bound.session))?.session);
    held[0]?.();
    expect(await refreshing).toEqual({ outcome: 'gone' });
    expect(await device.refresh(rotated, request)).toMatchObject({ outcome: 'refreshed' });
  });

  it('a rotate after the write takes the new token along', async () => {
    const { strategy, device, clock, bound, request } = await openHeld();
    const { token: deviceToken } = requireRefreshed(await device.refresh(bound.session, request));
    const rotated = await strategy.rotate(bound.session);
    clock.advance(FIRST_REQUESTS);
    const outcome = await strategy.authenticate({ token: rotated?.token ?? '', deviceToken });
    expect(outcome).toMatchObject({ principal: { userId: 'ada' } });
  });

  it.each([
    ['a refresh', 0],
    ['a new challenge', 16 * MINUTE],
  ])('a session that ended before the write of %s stays ended', async (_name, ms) => {
    const { slow, strategy, clock, memory, bound, request, held } = await openHeld();
    clock.advance(ms);
    const refreshing = slow.refresh(bound.session, request);
    await strategy.revoke(bound.session.id);
    held[0]?.();
    expect(await refreshing).toEqual({ outcome: 'gone' });
    expect(memory.read(bound.session.id)).toBeUndefined();
  });

  it('a session that ended after a lost write is gone, too', async () => {
    const { slow, device, strategy, bound, request, held } = await openHeld();
    const losing = slow.refresh(bound.session, request);
    await device.refresh(bound.session, request);
    held[0]?.();
    await strategy.revoke(bound.session.id);
    expect(await losing).toEqual({ outcome: 'gone' });
  });
});

describe('a store that fails', () => {
  /** The write happens, but its answer is lost. */
  function loseAnswers(memory: MemoryStore) {
    let lost = 0;
    const store = new Proxy(memory, {
      get(target, name: keyof MemoryStore) {
        if (name !== 'replaceDetails') return target[name];
        return async (id: string, change: DetailsChange) => {
          const outcome = target.replaceDetails(id, change);
          if (lost++ === 0) throw new AuthError('ERR_STORE_UNAVAILABLE');
          return outcome;
        };
      },
    });
    return requireDevice(createSessionStrategy({ store, deviceBound: {} }));
  }

  it('a registration whose answer is lost leaves the session unbound: its device has no token', async () => {
    const { memory, device, signIn } = openBound();
    const { session } = await signIn();
    const registering = loseAnswers(memory).register(session, proveFirst(KEY, device.readOffer(session) ?? ''));
    await expect(registering).rejects.toMatchObject({ code: 'ERR_STORE_UNAVAILABLE' });
    await new Promise(setImmediate);
    expect(memory.read(session.id)).toEqual(session);
  });

  it('a refresh whose answer is lost can be repeated: the same proof gets the next challenge', async () => {
    const { memory, bound, request, device, readNow } = await openHeld();
    const failing = loseAnswers(memory).refresh(bound.session, request);
    await expect(failing).rejects.toMatchObject({ code: 'ERR_STORE_UNAVAILABLE' });
    const outcome = await device.refresh(readNow(), request);
    if (outcome.outcome !== 'challenged') throw new Error(outcome.outcome);
    const proof = prove(KEY, outcome.challenge);
    expect(await device.refresh(readNow(), { ...request, proof })).toMatchObject({ outcome: 'refreshed' });
  });
});

describe('a session that is too large since a limit was lowered', () => {
  async function openTooLarge() {
    const { memory, clock, token, bound, request } = await openHeld();
    clock.advance(FIRST_REQUESTS);
    const refuse = () => {
      throw new AuthError('ERR_SESSION_DATA_TOO_LARGE');
    };
    const store = new Proxy(memory, {
      get: (target, name: keyof MemoryStore) => (name === 'replaceDetails' ? refuse : target[name]),
    });
    const strategy = createSessionStrategy({ store, deviceBound: {} });
    return { strategy, device: requireDevice(strategy), token, bound, request };
  }

  it('is refused without a fresh token like any other', async () => {
    const { strategy, token, bound } = await openTooLarge();
    const refused = await strategy.authenticate({ token, deviceToken: 'x'.repeat(43) });
    expect(refused).toEqual({ refused: 'ERR_DEVICE_COOKIE_MISSING' });
    const accepted = await strategy.authenticate({ token, deviceToken: bound.token });
    expect(accepted).toMatchObject({ principal: { userId: 'ada' } });
  });

  it('is answered ended for a binding that it does not have, and throws for its own', async () => {
    const { device, bound, request } = await openTooLarge();
    const other = { ...request, bindingId: 'another' };
    expect(await device.refresh(bound.session, other)).toEqual({ outcome: 'ended' });
    await expect(device.refresh(bound.session, request)).rejects.toMatchObject({ code: 'ERR_SESSION_DATA_TOO_LARGE' });
  });
});

describe('two servers on one store', () => {
  function openTwo(aheadMs: number) {
    const opened = openBound();
    const ahead = new Proxy(opened.memory, {
      get: (target, name: keyof MemoryStore) => (name === 'clock' ? () => target.clock() + aheadMs : target[name]),
    });
    const other = createSessionStrategy({ store: ahead, deviceBound: {} });
    return { ...opened, other, otherDevice: requireDevice(other) };
  }

  it.each([0, 20_000, -20_000])(
    'a binding made on one is refreshed and checked on the other, %i ms apart',
    async (ms) => {
      const { strategy, device, other, otherDevice, signIn, clock } = openTwo(ms);
      const { token, session } = await signIn();
      const { bindingId, challenge, session: record } = await bind(otherDevice, session);
      clock.advance(MINUTE);
      const second = requireRefreshed(await device.refresh(record, { bindingId, proof: prove(KEY, challenge) }));
      for (const server of [strategy, other]) {
        const outcome = await server.authenticate({ token, deviceToken: second.token });
        expect(outcome).toMatchObject({ principal: { userId: 'ada' } });
      }
      const again = { bindingId, proof: prove(KEY, challenge) };
      expect(await otherDevice.refresh(second.session, again)).toMatchObject({ outcome: 'challenged' });
    },
  );

  it('a token lives longer or shorter by no more than the clocks differ', async () => {
    const ms = 20_000;
    const { strategy, device, other, signIn, clock } = openTwo(ms);
    const { token, session } = await signIn();
    const { token: deviceToken } = await bind(device, session);
    clock.advance(LIFETIME + LEEWAY - ms - 1);
    expect(await other.authenticate({ token, deviceToken })).toMatchObject({ principal: { userId: 'ada' } });
    clock.advance(1);
    expect(await other.authenticate({ token, deviceToken })).toEqual({ refused: 'ERR_DEVICE_COOKIE_MISSING' });
    expect(await strategy.authenticate({ token, deviceToken })).toMatchObject({ principal: { userId: 'ada' } });
  });
});

describe('a server whose cache holds the session as it was before another server renewed the device token', () => {
  /** A strategy whose store answers the first read from before the refresh. */
  async function openBehind() {
    const { memory, device, clock, token, bound, request, readNow } = await openHeld();
    clock.advance(FIRST_REQUESTS);
    const before = readNow();
    const renewed = requireRefreshed(await device.refresh(before, request));
    const answers = [before];
    const store = new Proxy(memory, {
      get(target, name: keyof MemoryStore) {
        return name === 'read' ? (id: string) => answers.pop() ?? target.read(id) : target[name];
      },
    });
    const strategy = createSessionStrategy({ store, deviceBound: {} });
    return { strategy, memory, before, token, bound, renewed };
  }

  it('accepts the new token', async () => {
    const { strategy, token, renewed } = await openBehind();
    const outcome = await strategy.authenticate({ token, deviceToken: [renewed.token] });
    expect(outcome).toMatchObject({ principal: { userId: 'ada' } });
  });

  it('refuses a token that no server has given', async () => {
    const { strategy, token } = await openBehind();
    const outcome = await strategy.authenticate({ token, deviceToken: 'x'.repeat(43) });
    expect(outcome).toEqual({ refused: 'ERR_DEVICE_COOKIE_MISSING' });
  });

  it('refuses the new token when the session has ended meanwhile', async () => {
    const { strategy, memory, before, token, renewed } = await openBehind();
    memory.destroy(before.id);
    const outcome = await strategy.authenticate({ token, deviceToken: renewed.token });
    expect(outcome).toEqual({ refused: 'ERR_SESSION_INVALID' });
  });
});

describe('a server whose cache holds the session as it was before another server bound it', () => {
  async function openUnaware() {
    const { memory, device, signIn } = openBound();
    const { session } = await signIn();
    const { bindingId, challenge } = await bind(device, session);
    const behind = requireDevice(createSessionStrategy({ store: memory, deviceBound: {} }));
    return { memory, session, challenge, refresh: () => behind.refresh(session, { bindingId, proof: undefined }) };
  }

  it('challenges the device, and does not end its binding', async () => {
    const { challenge, refresh } = await openUnaware();
    expect(await refresh()).toEqual({ outcome: 'challenged', challenge });
  });

  it('answers gone when the session has ended meanwhile', async () => {
    const { memory, session, refresh } = await openUnaware();
    memory.destroy(session.id);
    expect(await refresh()).toEqual({ outcome: 'gone' });
  });
});
