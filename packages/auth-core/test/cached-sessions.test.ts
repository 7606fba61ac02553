// What the tracked cache holds, without a Redis: its bounds, and every order of reads, writes and evictions against a model.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { SessionRecord } from '../src/index.ts';
import { type CacheBounds, createCachedSessions } from '../src/stores/redis/cached-sessions.ts';

const MANY: CacheBounds = { maxEntries: 1_000, maxBytes: 1_000_000, maxStaleMs: 100 };
const partitionOf = (user: number) => `user-${user}`.padEnd(16, '.');
const idOf = (user: number, session = 0) => `${partitionOf(user)}session-${session}`;
const recordOf = (id: string, version = 1, data = '{}'): SessionRecord => ({
  id,
  userId: 'ada',
  data,
  version,
  createdAt: 0,
  idleExpiresAt: 1,
  absoluteExpiresAt: 1,
});

type Cached = ReturnType<typeof createCachedSessions>;

function keep(cached: Cached, session: SessionRecord, readAt = 0): void {
  cached.end(cached.begin(session.id), session, readAt);
}

const holds = (cached: Cached, users: readonly number[]) =>
  users.filter((user) => cached.find(idOf(user), 0) !== undefined);

/** As the cache counts one session of `recordOf`. */
function bytesOfOne(): number {
  const cached = createCachedSessions(MANY);
  keep(cached, recordOf(idOf(0)));
  return cached.bytes;
}

describe('room', () => {
  it('is made by the session that came first when there are more than maxEntries', () => {
    const cached = createCachedSessions({ ...MANY, maxEntries: 3 });
    for (const user of [1, 2, 3, 4]) keep(cached, recordOf(idOf(user)));
    expect(holds(cached, [1, 2, 3, 4])).toEqual([2, 3, 4]);
    expect(cached).toMatchObject({ entries: 3, evictions: 1 });
  });

  it('is made by the session that came first when there are more than maxBytes', () => {
    const cached = createCachedSessions({ ...MANY, maxBytes: 3 * bytesOfOne() });
    for (const user of [1, 2, 3, 4]) keep(cached, recordOf(idOf(user)));
    expect(holds(cached, [1, 2, 3, 4])).toEqual([2, 3, 4]);
    expect(cached).toMatchObject({ bytes: 3 * bytesOfOne(), evictions: 1 });
  });

  it('is not made by a session that was used since it was last passed over', () => {
    const cached = createCachedSessions({ ...MANY, maxEntries: 3 });
    for (const user of [1, 2, 3]) keep(cached, recordOf(idOf(user)));
    cached.find(idOf(1), 0);
    keep(cached, recordOf(idOf(4)));
    expect(holds(cached, [1, 2, 3, 4])).toEqual([1, 3, 4]);
  });

  it('is not made for a session that alone is more than maxBytes: it is not kept', () => {
    const cached = createCachedSessions({ ...MANY, maxBytes: 2 * bytesOfOne() });
    for (const user of [1, 2]) keep(cached, recordOf(idOf(user)));
    keep(cached, recordOf(idOf(3), 1, 'x'.repeat(bytesOfOne())));
    expect(holds(cached, [1, 2, 3])).toEqual([1, 2]);
    expect(cached.evictions).toBe(0);
  });
});

const step = fc.record({
  act: fc.constantFrom('begin', 'begin', 'end', 'end', 'end', 'find', 'find', 'forget', 'clear', 'wait'),
  user: fc.nat(2),
  session: fc.nat(2),
  which: fc.nat(5),
  length: fc.nat(600),
});
type Step = typeof step extends fc.Arbitrary<infer Value> ? Value : never;

const bounds = fc.record({
  maxEntries: fc.integer({ min: 1, max: 8 }),
  maxBytes: fc.integer({ min: 500, max: 8_000 }),
  maxStaleMs: fc.integer({ min: 1, max: 20 }),
});

/** A read under way, as the model sees it. */
interface Read {
  readonly flight: ReturnType<Cached['begin']>;
  readonly id: string;
  readonly at: number;
  overtaken: boolean;
}

/**
 * Plays the steps. `check` sees the cache and, for every session of which something true was read, what and until when.
 * What was read before a write and ended after it is not among it, nor is what is too long for `maxBytes`.
 */
function play(
  steps: readonly Step[],
  limits: CacheBounds,
  check: (cached: Cached, truth: ReadonlyMap<string, { session: SessionRecord; until: number }>, now: number) => void,
): void {
  const cached = createCachedSessions(limits);
  const truth = new Map<string, { session: SessionRecord; until: number }>();
  let reads: Read[] = [];
  let now = 0;
  let version = 0;
  const alone = (session: SessionRecord) => {
    const empty = createCachedSessions({ ...limits, maxEntries: 1 });
    keep(empty, session);
    return empty.entries === 1;
  };
  const forget = (isOf: (id: string) => boolean) => {
    for (const id of truth.keys()) if (isOf(id)) truth.delete(id);
    for (const read of reads) if (isOf(read.id)) read.overtaken = true;
  };
  for (const { act, user, session, which, length } of steps) {
    const id = idOf(user, session);
    if (act === 'begin') reads.push({ flight: cached.begin(id), id, at: now, overtaken: false });
    if (act === 'find') cached.find(id, now);
    if (act === 'wait') now += which;
    if (act === 'forget') {
      cached.forget(partitionOf(user));
      forget((other) => other.startsWith(partitionOf(user)));
    }
    if (act === 'clear') {
      cached.clear();
      forget(() => true);
    }
    const read = act === 'end' ? reads[which % Math.max(1, reads.length)] : undefined;
    if (read !== undefined) {
      reads = reads.filter((other) => other !== read);
      // One in seven found nothing.
      const found = length % 7 === 0 ? undefined : recordOf(read.id, ++version, 'x'.repeat(length));
      cached.end(read.flight, found, read.at);
      if (found !== undefined && !read.overtaken && alone(found)) {
        truth.set(read.id, { session: found, until: read.at + limits.maxStaleMs });
      }
    }
    check(cached, truth, now);
  }
}

const ALL_IDS = [0, 1, 2].flatMap((user) => [0, 1, 2].map((session) => idOf(user, session)));

describe('any order of reads, writes and time', () => {
  it('answers what was read last and not overtaken, not too old, and nothing else', () => {
    const enough = bounds.map(({ maxStaleMs }) => ({ ...MANY, maxStaleMs }));
    fc.assert(
      fc.property(fc.array(step, { maxLength: 120, size: 'max' }), enough, (steps, limits) => {
        play(steps, limits, (cached, truth, now) => {
          for (const id of ALL_IDS) {
            const known = truth.get(id);
            expect(cached.find(id, now)).toEqual(known !== undefined && now < known.until ? known.session : undefined);
          }
          expect(cached).toMatchObject({ entries: truth.size, evictions: 0 });
        });
      }),
      { numRuns: 200 },
    );
  });

  it('never holds more than it may, and forgets for want of room only what was true', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 120, size: 'max' }), bounds, (steps, limits) => {
        play(steps, limits, (cached, truth) => {
          expect(cached.entries).toBeLessThanOrEqual(limits.maxEntries);
          expect(cached.bytes).toBeLessThanOrEqual(limits.maxBytes);
          // Before all time nothing is too old. To be asked for decides which session goes, not what is true.
          const found = ALL_IDS.flatMap((id) => cached.find(id, Number.NEGATIVE_INFINITY) ?? []);
          for (const session of found) expect(session).toEqual(truth.get(session.id)?.session);
          expect(found).toHaveLength(cached.entries);
          expect(cached.bytes === 0).toBe(cached.entries === 0);
        });
      }),
      { numRuns: 200 },
    );
  });
});
