// The bounded cache: its limits, which entry goes, its groups, and any order of calls against a model.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type BoundedCache, createBoundedCache } from '../src/bounded-cache.ts';

const ROOMY = { maxEntries: 1_000, maxBytes: 1_000_000 };

/** Sets each key to itself, 10 bytes each. */
function setAll(cache: BoundedCache<string>, keys: string): void {
  for (const key of keys) cache.set(key, key, 10);
}

/** The keys of a to z that the cache holds. A look counts as a read, so call it last. */
function listKeys(cache: BoundedCache<string>): string {
  return [...'abcdefghijklmnopqrstuvwxyz'].filter((key) => cache.get(key) !== undefined).join('');
}

describe('get and set', () => {
  it('get answers the value that was set last', () => {
    const cache = createBoundedCache<number>(ROOMY);
    cache.set('a', 1, 10);
    cache.set('a', 2, 30);
    expect(cache.get('a')).toBe(2);
    expect(cache.stats()).toMatchObject({ entries: 1, bytes: 30, evictions: 0 });
  });

  it('get counts hits and misses', () => {
    const cache = createBoundedCache<string>(ROOMY);
    setAll(cache, 'a');
    for (const key of ['a', 'a', 'b']) cache.get(key);
    expect(cache.stats()).toMatchObject({ hits: 2, misses: 1 });
  });
});

describe('limits', () => {
  it('the oldest entry goes when there are more than maxEntries', () => {
    const cache = createBoundedCache<string>({ ...ROOMY, maxEntries: 3 });
    setAll(cache, 'abcd');
    expect(cache.stats()).toMatchObject({ entries: 3, evictions: 1 });
    expect(listKeys(cache)).toBe('bcd');
  });

  it('as many of the oldest entries go as it takes to stay within maxBytes', () => {
    const cache = createBoundedCache<string>({ ...ROOMY, maxBytes: 40 });
    setAll(cache, 'abc');
    cache.set('d', 'd', 25);
    expect(cache.stats()).toMatchObject({ entries: 2, bytes: 35, evictions: 2 });
    expect(listKeys(cache)).toBe('cd');
  });

  it('an entry that was read since it got its place gets one more round', () => {
    const cache = createBoundedCache<string>({ ...ROOMY, maxEntries: 3 });
    setAll(cache, 'abc');
    cache.get('a');
    setAll(cache, 'd');
    expect(listKeys(cache)).toBe('acd');
  });

  it('a new entry is kept when all others were read', () => {
    const cache = createBoundedCache<string>({ ...ROOMY, maxEntries: 3 });
    setAll(cache, 'abc');
    expect(listKeys(cache)).toBe('abc');
    setAll(cache, 'd');
    expect(listKeys(cache)).toBe('bcd');
  });

  it('one more round is all that one read gives', () => {
    const cache = createBoundedCache<string>({ ...ROOMY, maxEntries: 3 });
    setAll(cache, 'abc');
    cache.get('a');
    setAll(cache, 'defg');
    expect(listKeys(cache)).toBe('efg');
  });

  it('a set gives at most 1,000 second chances', () => {
    const cache = createBoundedCache<number>({ ...ROOMY, maxEntries: 1_100 });
    const keys = Array.from({ length: 1_100 }, (_, index) => `key-${index}`);
    for (const [index, key] of keys.entries()) cache.set(key, index, 1);
    for (const key of keys) cache.get(key);
    cache.set('new', -1, 1);
    expect(keys.filter((key) => cache.get(key) === undefined)[0]).toBe('key-1000');
  });

  it('one 64th of the entries goes at a time', () => {
    const cache = createBoundedCache<number>({ ...ROOMY, maxEntries: 128 });
    for (let one = 0; one < 129; one++) cache.set(`key-${one}`, one, 1);
    expect(cache.stats()).toMatchObject({ entries: 127, evictions: 2 });
  });

  it('an entry of more than maxBytes is not kept, evicts nothing, and replaces an older one of its key', () => {
    const cache = createBoundedCache<string>({ ...ROOMY, maxBytes: 30 });
    setAll(cache, 'abc');
    cache.set('a', 'too large', 31);
    expect(cache.stats()).toMatchObject({ entries: 2, bytes: 20, evictions: 0 });
    expect(listKeys(cache)).toBe('bc');
  });
});

describe('removal', () => {
  it('remove answers whether the entry was there', () => {
    const cache = createBoundedCache<string>(ROOMY);
    setAll(cache, 'ab');
    expect([cache.remove('a'), cache.remove('a')]).toEqual([true, false]);
    expect(cache.stats()).toMatchObject({ entries: 1, bytes: 10, evictions: 0 });
  });

  it('removeWhere removes what the predicate names', () => {
    const cache = createBoundedCache<string>(ROOMY);
    setAll(cache, 'abcd');
    expect(cache.removeWhere((value) => value > 'b')).toBe(2);
    expect(listKeys(cache)).toBe('ab');
  });

  it('removeGroup removes the entries of one group', () => {
    const cache = createBoundedCache<number>({ ...ROOMY, readGroup: (key) => key.slice(0, 3) });
    for (const key of ['ada1', 'ada2', 'bob1']) cache.set(key, 1, 10);
    expect([cache.removeGroup('ada'), cache.removeGroup('ada')]).toEqual([2, 0]);
    expect(cache.get('bob1')).toBe(1);
    expect(cache.stats()).toMatchObject({ entries: 1, bytes: 10 });
  });

  it('removeGroup removes nothing without readGroup', () => {
    const cache = createBoundedCache<string>(ROOMY);
    setAll(cache, 'a');
    expect(cache.removeGroup('a')).toBe(0);
    expect(listKeys(cache)).toBe('a');
  });

  it('clear removes all and keeps the counts', () => {
    const cache = createBoundedCache<string>({ ...ROOMY, readGroup: (key) => key });
    setAll(cache, 'ab');
    cache.get('a');
    cache.clear();
    expect(cache.stats()).toEqual({ entries: 0, bytes: 0, hits: 1, misses: 0, evictions: 0 });
    expect(cache.removeGroup('a')).toBe(0);
  });
});

describe('any order of calls', () => {
  const step = fc.record({
    act: fc.constantFrom('set', 'set', 'set', 'get', 'get', 'remove', 'removeGroup', 'clear'),
    group: fc.nat(3),
    name: fc.nat(4),
    bytes: fc.integer({ min: 1, max: 60 }),
  });
  const limits = fc.record({ maxEntries: fc.integer({ min: 1, max: 8 }), maxBytes: fc.integer({ min: 1, max: 200 }) });

  it('keeps within the limits, counts right, and answers only what was set last and not removed', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 120, size: 'max' }), limits, (steps, bounds) => {
        const cache = createBoundedCache<number>({ ...bounds, readGroup: (key) => key.charAt(0) });
        const model = new Map<string, { value: number; bytes: number }>();
        steps.forEach(({ act, group, name, bytes }, value) => {
          const key = `${group}${name}`;
          if (act === 'set') {
            cache.set(key, value, bytes);
            model.set(key, { value, bytes });
          } else if (act === 'remove') {
            cache.remove(key);
            model.delete(key);
          } else if (act === 'removeGroup') {
            cache.removeGroup(String(group));
            for (const known of model.keys()) if (known.startsWith(String(group))) model.delete(known);
          } else if (act === 'clear') {
            cache.clear();
            model.clear();
          } else {
            const found = cache.get(key);
            if (found !== undefined) expect(found).toBe(model.get(key)?.value);
          }
          const held = new Map<string, number>();
          cache.removeWhere((found, at) => {
            held.set(at, found);
            return false;
          });
          for (const [at, found] of held) expect(found).toBe(model.get(at)?.value);
          const { entries, bytes: counted } = cache.stats();
          expect(entries).toBe(held.size);
          expect(entries).toBeLessThanOrEqual(bounds.maxEntries);
          expect(counted).toBe([...held.keys()].reduce((sum, at) => sum + (model.get(at)?.bytes ?? 0), 0));
          expect(counted).toBeLessThanOrEqual(bounds.maxBytes);
        });
      }),
      { numRuns: 200 },
    );
  });
});
