// What every place that counts failures must keep, on the real server and from two of its clients.

import { describe, expect, it } from 'vitest';
import type { FailureCounts } from '../src/index.ts';

const HOUR = 3_600_000;
/** Room for three failures, one of which drains in 20 minutes. */
const LIMIT = { limit: 3, windowMs: HOUR };
const DRAIN = HOUR / 3;

/** @param open opens the same counts for one more server */
export function describeCounts(name: string, open: () => Promise<FailureCounts>): void {
  describe(name, () => {
    it('finds an unknown key empty', async () => {
      const counts = await open();
      expect(await counts.read('unknown')).toBe(0);
      await counts.remove('unknown');
      expect(await counts.read('unknown')).toBe(0);
    });

    it('answers with the failures before each, also to another server', async () => {
      const [one, other] = [await open(), await open()];
      expect(await one.add('key', LIMIT)).toBe(0);
      expectAbout(await other.add('key', LIMIT), DRAIN);
      expectAbout(await one.add('key', LIMIT), 2 * DRAIN);
      expectAbout(await other.read('key'), 3 * DRAIN);
    });

    it('adds no failure to a full bucket', async () => {
      const counts = await open();
      for (let count = 0; count < 3; count++) await counts.add('full', LIMIT);
      for (let count = 0; count < 3; count++) expectAbout(await counts.add('full', LIMIT), 3 * DRAIN);
      expectAbout(await counts.read('full'), 3 * DRAIN);
    });

    it('takes exactly as many of simultaneous failures, from two servers, as there is room for', async () => {
      const servers = [await open(), await open()];
      const limit = { limit: 5, windowMs: HOUR };
      const all = Array.from({ length: 20 }, (_, index) => servers[index % 2]?.add('race', limit) ?? 0);
      const steps = (await Promise.all(all)).map((before) => Math.round(before / (HOUR / 5)));
      expect(steps.sort((a, b) => a - b).slice(0, 6)).toEqual([0, 1, 2, 3, 4, 5]);
      expect(steps.slice(5)).toEqual(Array(15).fill(5));
    });

    it('empties a bucket', async () => {
      const counts = await open();
      await counts.add('again', LIMIT);
      await counts.remove('again');
      expect(await counts.read('again')).toBe(0);
      expect(await counts.add('again', LIMIT)).toBe(0);
    });

    it('counts keys apart', async () => {
      const counts = await open();
      await counts.add('a', LIMIT);
      expect(await counts.read('b')).toBe(0);
    });

    it('empties a bucket by itself', async () => {
      const counts = await open();
      const short = { limit: 1, windowMs: 1 };
      await counts.add('short', short);
      await expect.poll(() => counts.add('short', short)).toBe(0);
    });
  });
}

/** The clock of a real server runs on between two calls. */
function expectAbout(ms: number, expected: number): void {
  expect(ms).toBeLessThanOrEqual(expected);
  expect(ms).toBeGreaterThan(expected - 30_000);
}
