// JWT_CACHE_ENTRIES and JWT_CACHE_BYTES, and the figures of the cache in /metrics.

import { expect, it } from 'vitest';
import { me, openApp, signIn } from './app.ts';

const readFigures = (text: string) =>
  Object.fromEntries([...text.matchAll(/^jwt_cache_(\w+) (\d+)$/gm)].map(([, name, value]) => [name, Number(value)]));

it('counts hits, misses and evictions', async () => {
  const app = await openApp({ JWT_CACHE_ENTRIES: '2' });
  const tokens = [await signIn(app), await signIn(app), await signIn(app)];
  const [a, b, c] = tokens;
  // A token enters the cache when it is verified for the second time.
  for (const token of [a, a, a, 'x.y.z', b, b, c, c]) await me(app, token);
  expect(readFigures((await app.inject('/metrics')).body)).toEqual({
    hits_total: 1,
    misses_total: 7,
    evictions_total: 1,
    entries: 2,
    bytes: expect.any(Number),
  });
});

it.each(['JWT_CACHE_ENTRIES', 'JWT_CACHE_BYTES'])('has none with %s=0', async (name) => {
  const app = await openApp({ [name]: '0' });
  const token = await signIn(app);
  expect([(await me(app, token)).statusCode, (await me(app, token)).statusCode]).toEqual([200, 200]);
  expect((await app.inject('/metrics')).body).not.toContain('jwt_cache');
});
