// What a restart and a second server mean in each mode: the lesson, on the app itself.

import { afterEach, describe, expect, it, vi } from 'vitest';
import { browserOf, openApp, ownRedis, refusal, signedIn, statusOf, WAYS } from './app.ts';

const redis = ownRedis();
const SECOND = 1000;
const tea = { sku: 'tea', quantity: 2 };

describe.each(WAYS)('$store, $engine', (way) => {
  const kept = way.store === 'redis';

  it(`${kept ? 'keeps' : 'loses'} sessions and carts over a restart`, async () => {
    const env = redis.envOf(way);
    const before = await openApp(env);
    const alice = await signedIn(before);
    await alice.ask('POST', '/cart/items', tea);
    await before.close();
    const after = browserOf(await openApp(env), alice.cookie);
    expect(await statusOf(after)).toBe(kept ? 200 : 401);
    if (kept) expect((await after.ask('GET', '/cart')).json()).toEqual({ items: [tea] });
  });

  it(`is ${kept ? 'one' : 'another'} to a second server`, async () => {
    const env = redis.envOf(way);
    const [one, two] = [await openApp(env), await openApp({ ...env, INSTANCE_ID: 'two' })];
    const atOne = await signedIn(one);
    await atOne.ask('POST', '/cart/items', tea);
    const atTwo = browserOf(two, atOne.cookie);
    expect(await statusOf(atTwo)).toBe(kept ? 200 : 401);
    if (!kept) return;
    expect((await atTwo.ask('GET', '/cart')).json()).toEqual({ items: [tea] });
    await atTwo.ask('POST', '/auth/logout');
    expect(await statusOf(atOne)).toBe(401);
  });

  it('gives the strategy the limits of the environment', async () => {
    const env = { ...redis.envOf(way), SESSION_IDLE_SECONDS: '7', SESSION_ABSOLUTE_SECONDS: '9' };
    const app = await openApp(env);
    expect([app.sessions.idleMs, app.sessions.absoluteMs]).toEqual([7_000, 9_000]);
    const alice = await signedIn(app);
    const [session] = await app.sessions.list('demo-alice');
    const { createdAt = 0, idleExpiresAt = 0, absoluteExpiresAt = 0 } = session ?? {};
    expect([idleExpiresAt - createdAt, absoluteExpiresAt - createdAt]).toEqual([7_000, 9_000]);
    expect((await alice.ask('GET', '/auth/sessions')).json().sessions).toHaveLength(1);
  });

  describe('time', () => {
    afterEach(() => void vi.useRealTimers());

    /** Moves the clock that every store here goes by. */
    function passSeconds(seconds: number): void {
      vi.advanceTimersByTime(seconds * SECOND);
    }

    it('ends a session after SESSION_IDLE_SECONDS without a request, and not before', async () => {
      vi.useFakeTimers({ toFake: ['performance'] });
      const alice = await signedIn(await openApp({ ...redis.envOf(way), SESSION_IDLE_SECONDS: '100' }));
      for (const pause of [60, 60, 60]) {
        passSeconds(pause);
        expect(await statusOf(alice)).toBe(200);
      }
      passSeconds(100);
      expect(refusal(await alice.ask('GET', '/auth/me'))).toEqual([401, 'ERR_SESSION_INVALID']);
    });

    it('ends a session SESSION_ABSOLUTE_SECONDS after sign-in, however busy it is', async () => {
      vi.useFakeTimers({ toFake: ['performance'] });
      const limits = { SESSION_IDLE_SECONDS: '100', SESSION_ABSOLUTE_SECONDS: '150' };
      const alice = await signedIn(await openApp({ ...redis.envOf(way), ...limits }));
      passSeconds(80);
      expect((await alice.ask('POST', '/cart/items', tea)).statusCode).toBe(200);
      passSeconds(69);
      expect(await statusOf(alice)).toBe(200);
      passSeconds(1);
      expect(await statusOf(alice)).toBe(401);
    });
  });
});
