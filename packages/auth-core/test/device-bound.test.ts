// Device-bound sessions on the memory store: sign-in, registration, requests, refreshes; what each step costs, and when
// each thing expires.

import { describe, expect, it } from 'vitest';
import { createSessionStrategy, type SessionStore } from '../src/index.ts';
import { createMemoryStore } from '../src/stores/memory.ts';
import {
  ADA,
  bind,
  CHALLENGE_LIFE,
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
import { createEcKey, createRsaKey, prove, proveFirst } from './device-forge.ts';
import { createManualClock } from './fixture.ts';

const MISSING = { refused: 'ERR_DEVICE_COOKIE_MISSING' };
const PROOF_INVALID = { outcome: 'refused', code: 'ERR_DEVICE_PROOF_INVALID' };
const accepted = { principal: { userId: 'ada' } };

/** A session that a device is bound to. */
async function openSession(...options: Parameters<typeof openBound>) {
  const opened = openBound(...options);
  const { token, session } = await opened.signIn();
  return { ...opened, token, unbound: session, bound: await bind(opened.device, session) };
}

it.each([
  ['ES256', createEcKey()],
  ['RS256 with 2,048 bits', createRsaKey(2_048)],
  ['RS256 with 4,096 bits', createRsaKey(4_096)],
])('a session is bound to a key of %s, and refreshed by it again and again', async (_name, key) => {
  const { strategy, device, clock, signIn } = openBound();
  const { token, session } = await signIn();
  expect(strategy.describe(session).bound).toBe(false);
  const registered = await bind(device, session, key);
  expect(strategy.describe(registered.session).bound).toBe(true);
  const { bindingId } = registered;
  let { session: record, token: deviceToken, challenge } = registered;
  for (let round = 0; round < 5; round++) {
    clock.advance(LIFETIME);
    expect(await strategy.authenticate({ token, deviceToken })).toMatchObject(accepted);
    const proof = prove(key, challenge);
    ({
      session: record,
      token: deviceToken,
      challenge,
    } = requireRefreshed(await device.refresh(record, { bindingId, proof })));
    expect(await strategy.authenticate({ token, deviceToken })).toMatchObject(accepted);
  }
  expect(await strategy.authenticate(token)).toEqual(MISSING);
});

describe('issue', () => {
  it('offers a challenge for one minute when asked to, and else nothing', async () => {
    const { device, clock, signIn } = openBound();
    const { session } = await signIn();
    expect(device.readOffer(session)).toMatch(/^[\w-]{22}$/);
    clock.advance(MINUTE - 1);
    expect(device.readOffer(session)).toBeDefined();
    clock.advance(1);
    expect(device.readOffer(session)).toBeUndefined();
    expect(device.readOffer((await signIn({ offerBinding: false })).session)).toBeUndefined();
    expect(device.readOffer((await signIn({ offerBinding: undefined })).session)).toBeUndefined();
  });

  it("keeps the session's own idle time and device beside the binding", async () => {
    const { strategy, device, memory, signIn } = openBound({}, { maxIdleMs: 60 * MINUTE });
    const seen = { address: '203.0.113.7', browser: 'Chromium "binding":' };
    const { token, session } = await signIn({ idleMs: 45 * MINUTE, device: seen });
    const { session: bound } = await bind(device, session);
    expect(JSON.parse(bound.details)).toMatchObject({
      idleMs: 45 * MINUTE,
      device: seen,
      binding: { boundAt: memory.clock() },
    });
    expect(strategy.describe(bound)).toMatchObject({ device: seen, bound: true });
    expect(await strategy.authenticate(token)).toMatchObject({ evidence: bound });
  });

  it('makes another challenge, binding id and token each time', async () => {
    const values = new Set<string>();
    for (let round = 0; round < 50; round++) {
      const { bound } = await openSession();
      for (const value of [bound.challenge, bound.bindingId, bound.token]) values.add(value);
    }
    expect(values.size).toBe(150);
  });

  it('refuses to offer a binding when the strategy has no deviceBound', async () => {
    const strategy = createSessionStrategy({ store: createMemoryStore({ sweepEveryMs: 0 }) });
    expect(strategy.deviceBound).toBeUndefined();
    const issuing = strategy.issue({ subject: ADA, data: '{}', offerBinding: true });
    await expect(issuing).rejects.toMatchObject({ code: 'ERR_OPTION_INVALID' });
  });
});

describe('register', () => {
  it('keeps the smallest public key, and no token, in the record', async () => {
    const { bound, memory } = await openSession();
    const { details } = memory.read(bound.session.id) ?? {};
    const { kty, crv, x, y } = KEY.jwk;
    expect(JSON.parse(details ?? '')).toMatchObject({ binding: { id: bound.bindingId, key: { kty, crv, x, y } } });
    expect(details).not.toContain(bound.token);
    expect(bound.bindingId).not.toBe(bound.session.id);
  });

  it('works until a minute after sign-in, and not from then on', async () => {
    for (const [ms, outcome] of [
      [MINUTE - 1, 'registered'],
      [MINUTE, 'refused'],
    ] as const) {
      const { device, clock, signIn } = openBound();
      const { session } = await signIn();
      const proof = proveFirst(KEY, device.readOffer(session) ?? '');
      clock.advance(ms);
      expect(await device.register(session, proof)).toMatchObject({ outcome });
    }
  });

  it('is closed for a session that was offered nothing', async () => {
    const { device, signIn } = openBound();
    const { session } = await signIn({ offerBinding: false });
    const outcome = await device.register(session, proveFirst(KEY, 'x'));
    expect(outcome).toEqual({ outcome: 'refused', code: 'ERR_DEVICE_REGISTRATION_CLOSED' });
  });

  it.each([
    ['a second key', createEcKey()],
    ['the same key', KEY],
  ])('refuses %s for a bound session, whichever record its caller has read', async (_name, key) => {
    const { device, unbound, bound, memory } = await openSession();
    const proof = proveFirst(key, device.readOffer(unbound) ?? '');
    for (const session of [bound.session, unbound]) {
      const outcome = await device.register(session, proof);
      expect(outcome).toEqual({ outcome: 'refused', code: 'ERR_DEVICE_ALREADY_BOUND' });
    }
    expect(memory.read(bound.session.id)).toEqual(bound.session);
  });

  it("refuses the challenge of another user's session", async () => {
    const { device, signIn } = openBound();
    const { session: mine } = await signIn();
    const { session: theirs } = await signIn({ subject: { ...ADA, userId: 'bob' } });
    expect(await device.register(theirs, proveFirst(KEY, device.readOffer(mine) ?? ''))).toEqual(PROOF_INVALID);
  });
});

describe('authenticate', () => {
  it('accepts a device token for its lifetime and 5 s, and not from then on', async () => {
    const { strategy, clock, token, bound } = await openSession();
    clock.advance(LIFETIME + LEEWAY - 1);
    expect(await strategy.authenticate({ token, deviceToken: bound.token })).toMatchObject(accepted);
    clock.advance(1);
    expect(await strategy.authenticate({ token, deviceToken: bound.token })).toEqual(MISSING);
  });

  it('accepts requests without a token for 35 s after the registration: they may have been sent before its answer', async () => {
    const { strategy, device, clock, token, bound } = await openSession();
    clock.advance(FIRST_REQUESTS - 1);
    await device.refresh(bound.session, { bindingId: bound.bindingId, proof: prove(KEY, bound.challenge) });
    expect(await strategy.authenticate(token)).toMatchObject(accepted);
    clock.advance(1);
    expect(await strategy.authenticate(token)).toEqual(MISSING);
  });

  it('accepts them no longer than the first token lives', async () => {
    const { strategy, clock, token } = await openSession({ lifetimeMs: 1000, allowShortLifetime: true });
    clock.advance(1000 + LEEWAY - 1);
    expect(await strategy.authenticate(token)).toMatchObject(accepted);
    clock.advance(1);
    expect(await strategy.authenticate(token)).toEqual(MISSING);
  });

  it('accepts the token before the last one until that expires, and no earlier one', async () => {
    const { strategy, device, clock, token, bound } = await openSession();
    const { bindingId } = bound;
    clock.advance(MINUTE);
    const second = requireRefreshed(
      await device.refresh(bound.session, { bindingId, proof: prove(KEY, bound.challenge) }),
    );
    expect(await strategy.authenticate({ token, deviceToken: bound.token })).toMatchObject(accepted);
    clock.advance(LIFETIME + LEEWAY - MINUTE);
    expect(await strategy.authenticate({ token, deviceToken: bound.token })).toEqual(MISSING);
    expect(await strategy.authenticate({ token, deviceToken: second.token })).toMatchObject(accepted);
    const refreshAgain = async ({ session, challenge }: typeof second) =>
      requireRefreshed(await device.refresh(session, { bindingId, proof: prove(KEY, challenge) }));
    const third = await refreshAgain(second);
    expect(await strategy.authenticate({ token, deviceToken: second.token })).toMatchObject(accepted);
    const fourth = await refreshAgain(third);
    expect(await strategy.authenticate({ token, deviceToken: second.token })).toEqual(MISSING);
    for (const { token: deviceToken } of [third, fourth]) {
      expect(await strategy.authenticate({ token, deviceToken })).toMatchObject(accepted);
    }
  });

  it('needs one fresh token among several, and refuses all others', async () => {
    const { strategy, device, clock, token, bound, signIn } = await openSession();
    const other = await signIn();
    const { token: theirs } = await bind(device, other.session);
    clock.advance(FIRST_REQUESTS);
    const none = [
      undefined,
      '',
      'x',
      [],
      theirs,
      [theirs, ''],
      token,
      `${bound.token}A`,
      bound.token.slice(1),
      bound.bindingId,
    ];
    for (const deviceToken of none) expect(await strategy.authenticate({ token, deviceToken })).toEqual(MISSING);
    for (const deviceToken of [bound.token, [theirs, bound.token]]) {
      expect(await strategy.authenticate({ token, deviceToken })).toMatchObject(accepted);
    }
    expect(await strategy.authenticate({ token: other.token, deviceToken: bound.token })).toEqual(MISSING);
  });

  it('has a code of its own when the browser skipped the refresh, and a skip opens nothing', async () => {
    const { strategy, clock, token, bound } = await openSession();
    clock.advance(FIRST_REQUESTS);
    const skipped = { token, isSkipped: true };
    expect(await strategy.authenticate(skipped)).toEqual({ refused: 'ERR_DEVICE_REFRESH_SKIPPED' });
    expect(await strategy.authenticate({ ...skipped, deviceToken: bound.token })).toMatchObject(accepted);
    expect(await strategy.authenticate({ ...skipped, token: 'x' })).toEqual({ refused: 'ERR_SESSION_INVALID' });
  });

  it('serves a session that is not bound as before, with any device token', async () => {
    const { strategy, clock, signIn } = openBound();
    const { token } = await signIn();
    clock.advance(25 * MINUTE);
    expect(await strategy.authenticate(token)).toMatchObject(accepted);
    expect(await strategy.authenticate({ token, deviceToken: 'x', isSkipped: true })).toMatchObject(accepted);
  });

  it('checks nothing when the option is off, and describe says so', async () => {
    const { store, clock, token, bound } = await openSession();
    const off = createSessionStrategy({ store });
    clock.advance(FIRST_REQUESTS);
    expect(await off.authenticate(token)).toMatchObject(accepted);
    expect(off.describe(bound.session).bound).toBe(false);
  });

  it("refuses a user's session that is not bound from requireBindingAfterMs on, and no anonymous one", async () => {
    const { strategy, device, clock, signIn } = openBound({ requireBindingAfterMs: 2 * MINUTE });
    const free = await signIn();
    const anonymous = await strategy.issue({ data: '{}' });
    const { token, session } = await signIn();
    const { token: deviceToken } = await bind(device, session);
    clock.advance(2 * MINUTE - 1);
    expect(await strategy.authenticate(free.token)).toMatchObject(accepted);
    clock.advance(1);
    expect(await strategy.authenticate(free.token)).toEqual({ refused: 'ERR_DEVICE_BINDING_REQUIRED' });
    expect(await strategy.authenticate(anonymous.token)).toMatchObject({ principal: null });
    expect(await strategy.authenticate({ token, deviceToken })).toMatchObject(accepted);
  });
});

type RefreshedToken = ReturnType<typeof requireRefreshed>;

describe('refresh', () => {
  it('keeps the token that the device presents, although answers with newer ones were lost', async () => {
    const { strategy, device, token, bound } = await openSession();
    const { bindingId, token: held } = bound;
    let { session, challenge } = bound;
    for (let lost = 0; lost < 3; lost++) {
      const request = { bindingId, proof: prove(KEY, challenge), deviceToken: [held] };
      ({ session, challenge } = requireRefreshed(await device.refresh(session, request)));
      expect(await strategy.authenticate({ token, deviceToken: held })).toMatchObject(accepted);
    }
  });

  it('lets the presented token live no longer than before', async () => {
    const { strategy, device, clock, token, bound } = await openSession();
    const { bindingId } = bound;
    const refresh = async (from: typeof bound | RefreshedToken, deviceToken: string | undefined) =>
      requireRefreshed(
        await device.refresh(from.session, { bindingId, proof: prove(KEY, from.challenge), deviceToken }),
      );
    clock.advance(LIFETIME + LEEWAY - 1);
    const second = await refresh(bound, bound.token);
    clock.advance(1);
    expect(await strategy.authenticate({ token, deviceToken: bound.token })).toEqual(MISSING);
    const third = await refresh(second, bound.token);
    await refresh(third, 'x'.repeat(43));
    expect(await strategy.authenticate({ token, deviceToken: bound.token })).toEqual(MISSING);
  });

  it('answers the stored challenge, and writes nothing, when no proof or one for another challenge came', async () => {
    const { device, bound, calls } = await openSession();
    const { session, bindingId, challenge } = bound;
    calls.length = 0;
    for (const proof of [undefined, prove(KEY, 'an older challenge')]) {
      expect(await device.refresh(session, { bindingId, proof })).toEqual({ outcome: 'challenged', challenge });
    }
    expect(calls).toEqual([]);
  });

  it('accepts a challenge once', async () => {
    const { device, bound, memory } = await openSession();
    const { session, bindingId } = bound;
    const proof = prove(KEY, bound.challenge);
    const next = requireRefreshed(await device.refresh(session, { bindingId, proof }));
    const again = { outcome: 'challenged', challenge: next.challenge };
    expect(await device.refresh(next.session, { bindingId, proof })).toEqual(again);
    expect(await device.refresh(session, { bindingId, proof })).toEqual(again);
    expect(memory.read(session.id)).toEqual(next.session);
  });

  it('does not accept the challenge of the registration', async () => {
    const { device, unbound, bound } = await openSession();
    const { session, bindingId, challenge } = bound;
    const proof = prove(KEY, device.readOffer(unbound) ?? '');
    expect(await device.refresh(session, { bindingId, proof })).toEqual({ outcome: 'challenged', challenge });
  });

  it('accepts a challenge for 10 minutes longer than the token, and then answers a new one', async () => {
    const { device, clock, bound, memory } = await openSession();
    const { session, bindingId } = bound;
    const proof = prove(KEY, bound.challenge);
    clock.advance(CHALLENGE_LIFE - 1);
    expect(await device.refresh(session, { bindingId, proof: undefined })).toMatchObject({
      challenge: bound.challenge,
    });
    clock.advance(1);
    const outcome = await device.refresh(session, { bindingId, proof });
    if (outcome.outcome !== 'challenged') throw new Error(outcome.outcome);
    expect(outcome.challenge).not.toBe(bound.challenge);
    const next = await device.refresh(requireRecord(memory.read(session.id)), {
      bindingId,
      proof: prove(KEY, outcome.challenge),
    });
    expect(next).toMatchObject({ outcome: 'refreshed' });
  });

  it('accepts a proof in the last ms of its challenge', async () => {
    const { device, clock, bound } = await openSession();
    clock.advance(CHALLENGE_LIFE - 1);
    const request = { bindingId: bound.bindingId, proof: prove(KEY, bound.challenge) };
    expect(await device.refresh(bound.session, request)).toMatchObject({ outcome: 'refreshed' });
  });

  it("answers ended for an id that is not the binding's, and for a session that is not bound", async () => {
    const { device, bound, signIn } = await openSession();
    const { session: plain } = await signIn({ offerBinding: false });
    const { session: offered } = await signIn();
    const proof = prove(KEY, bound.challenge);
    const asked = [
      [bound.session, 'bAAAAAAAAAAAAAAAAAAAAAA'],
      [bound.session, ''],
      [offered, bound.bindingId],
      [plain, bound.bindingId],
      [plain, undefined as never],
    ] as const;
    for (const [session, bindingId] of asked) {
      expect(await device.refresh(session, { bindingId, proof })).toEqual({ outcome: 'ended' });
    }
  });

  it('goes on after a rotate: binding and device token belong to the session, not to its id', async () => {
    const { strategy, device, clock, bound } = await openSession();
    const rotated = await strategy.rotate(bound.session);
    if (rotated === undefined) throw new Error('gone');
    clock.advance(MINUTE);
    const { token, session } = rotated;
    expect(await strategy.authenticate({ token, deviceToken: bound.token })).toMatchObject(accepted);
    const request = { bindingId: bound.bindingId, proof: prove(KEY, bound.challenge) };
    expect(await device.refresh(session, request)).toMatchObject({ outcome: 'refreshed' });
  });

  it('fits into the record that the session has had since its registration', async () => {
    const clock = createManualClock();
    const store = createMemoryStore({ clock, sweepEveryMs: 0, maxSessionsPerUser: 1, maxBytesPerUser: 4_096 });
    const strategy = createSessionStrategy({ store, deviceBound: {} });
    const device = requireDevice(strategy);
    const { session } = await strategy.issue({ subject: ADA, data: '{}', offerBinding: true });
    const bound = await bind(device, session);
    const full = await strategy.update(bound.session, 'x'.repeat(4_096 - bound.session.details.length));
    if (full.outcome !== 'updated') throw new Error(full.outcome);
    const request = { bindingId: bound.bindingId, proof: prove(KEY, bound.challenge) };
    expect(await device.refresh(full.session, request)).toMatchObject({ outcome: 'refreshed' });
  });
});

describe('what it costs', () => {
  it('sign-in with an offer takes the same calls of the store as one without', async () => {
    const { calls, signIn } = openBound();
    await signIn({ offerBinding: false });
    const without = calls.splice(0);
    await signIn();
    expect(calls).toEqual(without);
  });

  it('a request of a bound session takes the same calls of the store as one of a session that is not bound', async () => {
    const { strategy, calls, clock, token, bound, signIn } = await openSession();
    const plain = await signIn();
    const both = [plain.token, { token, deviceToken: bound.token }];
    for (const [ms, expected] of [
      [0, ['read']],
      [4 * MINUTE, ['read', 'touch']],
    ] as const) {
      clock.advance(ms);
      for (const tokens of both) {
        calls.length = 0;
        expect(await strategy.authenticate(tokens)).toMatchObject(accepted);
        expect(calls).toEqual(expected);
      }
    }
  });

  it('a request that is refused moves no expiry', async () => {
    const { strategy, calls, clock, token } = await openSession();
    clock.advance(20 * MINUTE);
    calls.length = 0;
    expect(await strategy.authenticate(token)).toEqual(MISSING);
    expect(calls).toEqual(['read']);
  });

  it('the memory store still answers without a promise', async () => {
    const { strategy, token, bound } = await openSession();
    expect(strategy.authenticate({ token, deviceToken: bound.token })).toMatchObject(accepted);
  });

  it('a registration and a refresh take one read and one write, a challenge at most as much', async () => {
    const { strategy, device, calls, clock, signIn } = openBound();
    const { session: signedIn } = await signIn();
    const readSession = async () => requireRecord(await strategy.read(signedIn.id));
    calls.length = 0;
    const { bindingId, challenge } = await bind(device, await readSession());
    expect(calls.splice(0)).toEqual(['read', 'replaceDetails']);

    const countCalls = async (proof: string | undefined) => {
      await device.refresh(await readSession(), { bindingId, proof });
      return calls.splice(0);
    };
    expect(await countCalls(undefined)).toEqual(['read']);
    expect(await countCalls('x')).toEqual(['read']);
    expect(await countCalls(prove(KEY, challenge))).toEqual(['read', 'replaceDetails']);
    clock.advance(CHALLENGE_LIFE);
    expect(await countCalls(undefined)).toEqual(['read', 'replaceDetails']);
  });

  it('a refresh raises no version and moves no expiry', async () => {
    const { device, memory, unbound, bound } = await openSession();
    const request = { bindingId: bound.bindingId, proof: prove(KEY, bound.challenge) };
    const { session } = requireRefreshed(await device.refresh(bound.session, request));
    expect(memory.read(session.id)).toEqual({ ...unbound, details: session.details });
  });
});

describe('a record that cannot be read', () => {
  const good = { challenge: 'c', challengeExpiresAt: 1 };
  const token = { hash: 'h', expiresAt: 1 };
  const bound = { ...good, id: 'b', key: {}, boundAt: 1, current: token, previous: token, presented: token };

  it.each<[string, unknown]>([
    ['null', null],
    ['a text', 'x'],
    ['a list', []],
    ['an empty binding', {}],
    ['no challenge', { ...good, challenge: undefined }],
    ['an expiry as text', { ...good, challengeExpiresAt: '1' }],
    ['an offer with a key', { ...good, key: {} }],
    ['a binding with an empty id', { ...bound, id: '' }],
    ['a binding with null as id', { ...bound, id: null }],
    ['a binding without a key', { ...bound, key: undefined }],
    ['a binding without a token', { ...bound, current: undefined }],
    ['a binding without the previous token', { ...bound, previous: undefined }],
    ['a binding without the presented token', { ...bound, presented: undefined }],
    ['a binding without boundAt', { ...bound, boundAt: undefined }],
    ['a token without an expiry', { ...bound, current: { hash: 'h' } }],
    ['a token without a hash', { ...bound, current: { hash: '', expiresAt: 1 } }],
  ])('%s is refused with ERR_SESSION_UNREADABLE, and never counts as not bound', async (_name, binding) => {
    const { strategy, device, memory, signIn } = openBound();
    const { token, session } = await signIn();
    const details = JSON.stringify({ binding });
    memory.replaceDetails(session.id, { from: session.details, to: details });
    const damaged = { ...session, details };
    const refused = { outcome: 'refused', code: 'ERR_SESSION_UNREADABLE' };
    expect(await strategy.authenticate(token)).toEqual({ refused: 'ERR_SESSION_UNREADABLE' });
    expect(await device.register(damaged, 'x')).toEqual(refused);
    expect(await device.refresh(damaged, { bindingId: 'b', proof: undefined })).toEqual(refused);
    expect(strategy.describe(damaged).bound).toBe(false);
  });

  it('a stored key that is no key is refused at the refresh', async () => {
    const { device, bound } = await openSession();
    const { bindingId, challenge } = bound;
    const details = bound.session.details.replace('"crv":"P-256"', '"crv":"P-384"');
    const outcome = await device.refresh({ ...bound.session, details }, { bindingId, proof: prove(KEY, challenge) });
    expect(outcome).toEqual({ outcome: 'refused', code: 'ERR_SESSION_UNREADABLE' });
  });

  it('members of a newer version survive, in the details and in the binding', async () => {
    const { device, memory, signIn } = openBound();
    const { session } = await signIn();
    const details = session.details.replace('{"binding":{', '{"next":1,"binding":{"other":[2],');
    memory.replaceDetails(session.id, { from: session.details, to: details });
    const bound = await bind(device, { ...session, details });
    const request = { bindingId: bound.bindingId, proof: prove(KEY, bound.challenge) };
    const { session: after } = requireRefreshed(await device.refresh(bound.session, request));
    expect(JSON.parse(after.details)).toMatchObject({ next: 1, binding: { other: [2] } });
  });
});

describe('options', () => {
  it.each<[string, unknown]>([
    ['true', true],
    ['false', false],
    ['null', null],
    ['an unknown name', { requireBinding: true }],
    ['a lifetime below 4 minutes', { lifetimeMs: 239_000 }],
    ['a lifetime of 0', { lifetimeMs: 0, allowShortLifetime: true }],
    ['a lifetime with a part of a second', { lifetimeMs: 180_500 }],
    ['a lifetime as text', { lifetimeMs: '5m' }],
    ['an endless lifetime', { lifetimeMs: Number.POSITIVE_INFINITY }],
    ['a short lifetime that is allowed by 1', { lifetimeMs: 1000, allowShortLifetime: 1 }],
    ['no time to register', { registerWithinMs: 0 }],
    ['a binding that is required from the start', { requireBindingAfterMs: 0 }],
  ])('%s is refused at startup', (_name, deviceBound) => {
    const store = createMemoryStore({ sweepEveryMs: 0 });
    const create = () => createSessionStrategy({ store, deviceBound: deviceBound as never });
    expect(create).toThrow(expect.objectContaining({ code: 'ERR_OPTION_INVALID' }));
  });

  it('a store without replaceDetails is refused at startup', () => {
    const { replaceDetails, ...store } = createMemoryStore({ sweepEveryMs: 0 });
    const create = () => createSessionStrategy({ store: store as SessionStore, deviceBound: {} });
    expect(create).toThrow(/replaceDetails/);
    expect(createSessionStrategy({ store: store as SessionStore }).deviceBound).toBeUndefined();
  });

  it('lifetimes of 4 minutes and more are accepted, shorter ones with allowShortLifetime', () => {
    expect(openBound({ lifetimeMs: 240_000 }).device.lifetimeMs).toBe(240_000);
    expect(openBound({ lifetimeMs: 1000, allowShortLifetime: true }).device.lifetimeMs).toBe(1000);
    expect(openBound().device.lifetimeMs).toBe(LIFETIME);
  });
});
