// Device-bound sessions on the memory store: sign-in, registration, requests, refreshes.

import { expect, it } from 'vitest';
import { openBound } from './device-fixture.ts';
import { createEcKey, createRsaKey, prove, proveFirst } from './device-forge.ts';
import { HOUR } from './fixture.ts';

const MINUTE = 60_000;
const LIFETIME = 5 * MINUTE;

it.each([
  ['ES256', createEcKey()],
  ['RS256 with 2,048 bits', createRsaKey(2_048)],
  ['RS256 with 4,096 bits', createRsaKey(4_096)],
])('a session is bound to a key of %s, and refreshed by it again and again', async (_name, key) => {
  const { strategy, device, clock, signIn } = openBound();
  const { token, session } = await signIn();
  expect(strategy.describe(session).bound).toBe(false);

  const registered = await device.register(session, proveFirst(key, device.readOffer(session) ?? ''));
  if (registered.outcome !== 'registered') throw new Error(registered.code);
  expect(strategy.describe(registered.session).bound).toBe(true);
  const { bindingId } = registered;
  let { session: record, token: deviceToken, challenge } = registered;
  for (let round = 0; round < 5; round++) {
    clock.advance(LIFETIME);
    expect(await strategy.authenticate({ token, deviceToken })).toMatchObject({ principal: { userId: 'ada' } });
    const refreshed = await device.refresh(record, { bindingId, proof: prove(key, challenge) });
    if (refreshed.outcome !== 'refreshed') throw new Error(refreshed.outcome);
    ({ session: record, token: deviceToken, challenge } = refreshed);
    expect(await strategy.authenticate({ token, deviceToken })).toMatchObject({ principal: { userId: 'ada' } });
  }
  expect(await strategy.authenticate({ token })).toEqual({ refused: 'ERR_DEVICE_COOKIE_MISSING' });
  expect(clock()).toBeLessThan(record.createdAt + HOUR);
});
