// The sessions that the tracked cache holds, without a Redis: the limits, and any order of reads, writes and time
// against a model.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { SessionRecord } from '../src/index.ts';
import {
  type CachedSessions,
  type CachedSessionsOptions,
  createCachedSessions,
  type ReadsInFlight,
} from '../src/stores/redis/cached-sessions.ts';

const ROOMY: CachedSessionsOptions = { maxEntries: 1_000, maxBytes: 1_000_000, maxStaleMs: 100 };
const makePartition = (user: number) => `user-${user}`.padEnd(16, '.');
const makeId = (user: number, session = 0) => `${makePartition(user)}session-${session}`;
const makeRecord = (id: string, version = 1, data = '{}'): SessionRecord => ({
  id,
  subject: { userId: 'ada', username: 'Ada', roles: ['user'] },
  data,
  details: '{}',
  version,
  createdAt: 0,
  idleExpiresAt: 1,
  absoluteExpiresAt: 1,
});

function keep(cached: CachedSessions, session: SessionRecord, readAt = 0): void {
  cached.end(cached.begin(session.id), session, readAt);
}

const findUsers = (cached: CachedSessions, users: readonly number[]) =>
  users.filter((user) => cached.find(makeId(user), 0) !== undefined);

/** What one session of `makeRecord` counts. */
function measureOne(): number {
  const cached = createCachedSessions(ROOMY);
  keep(cached, makeRecord(makeId(0)));
  return cached.stats().bytes;
}

describe('limits', () => {
  it('the oldest session goes when there are more than maxEntries', () => {
    const cached = createCachedSessions({ ...ROOMY, maxEntries: 3 });
    for (const user of [1, 2, 3, 4]) keep(cached, makeRecord(makeId(user)));
    expect(findUsers(cached, [1, 2, 3, 4])).toEqual([2, 3, 4]);
    expect(cached.stats()).toMatchObject({ entries: 3, evictions: 1 });
  });

  it('the oldest session goes when there are more than maxBytes', () => {
    const cached = createCachedSessions({ ...ROOMY, maxBytes: 3 * measureOne() });
    for (const user of [1, 2, 3, 4]) keep(cached, makeRecord(makeId(user)));
    expect(findUsers(cached, [1, 2, 3, 4])).toEqual([2, 3, 4]);
    expect(cached.stats()).toMatchObject({ bytes: 3 * measureOne(), evictions: 1 });
  });

  it('a session that alone is more than maxBytes is not kept, and evicts nothing', () => {
    const cached = createCachedSessions({ ...ROOMY, maxBytes: 2 * measureOne() });
    for (const user of [1, 2]) keep(cached, makeRecord(makeId(user)));
    keep(cached, makeRecord(makeId(3), 1, 'x'.repeat(measureOne())));
    expect(findUsers(cached, [1, 2, 3])).toEqual([1, 2]);
    expect(cached.stats().evictions).toBe(0);
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
  maxBytes: fc.integer({ min: 500, max: 16_000 }),
  maxStaleMs: fc.integer({ min: 1, max: 20 }),
});

/** A read in flight, in the model. */
interface Read {
  readonly flight: ReadsInFlight;
  readonly id: string;
  readonly at: number;
  overtaken: boolean;
}

/**
 * Runs the steps. `check` gets the cache and the model: the sessions that the cache may answer, and until when. What a
 * write overtook is not in the model, nor is what is too large for `maxBytes`.
 */
function runSteps(
  steps: readonly Step[],
  limits: CachedSessionsOptions,
  check: (
    cached: CachedSessions,
    model: ReadonlyMap<string, { session: SessionRecord; until: number }>,
    now: number,
  ) => void,
): void {
  const cached = createCachedSessions(limits);
  const model = new Map<string, { session: SessionRecord; until: number }>();
  let reads: Read[] = [];
  let now = 0;
  let version = 0;
  const fitsAlone = (session: SessionRecord) => {
    const empty = createCachedSessions({ ...limits, maxEntries: 1 });
    keep(empty, session);
    return empty.stats().entries === 1;
  };
  const forgetModel = (isTheirs: (id: string) => boolean) => {
    for (const id of model.keys()) if (isTheirs(id)) model.delete(id);
    for (const read of reads) if (isTheirs(read.id)) read.overtaken = true;
  };
  for (const { act, user, session, which, length } of steps) {
    const id = makeId(user, session);
    if (act === 'begin') reads.push({ flight: cached.begin(id), id, at: now, overtaken: false });
    if (act === 'find') cached.find(id, now);
    if (act === 'wait') now += which;
    if (act === 'forget') {
      cached.forget(makePartition(user));
      forgetModel((other) => other.startsWith(makePartition(user)));
    }
    if (act === 'clear') {
      cached.clear();
      forgetModel(() => true);
    }
    const read = act === 'end' ? reads[which % Math.max(1, reads.length)] : undefined;
    if (read !== undefined) {
      reads = reads.filter((other) => other !== read);
      // One in seven found nothing.
      const found = length % 7 === 0 ? undefined : makeRecord(read.id, ++version, 'x'.repeat(length));
      cached.end(read.flight, found, read.at);
      if (found !== undefined && !read.overtaken && fitsAlone(found)) {
        model.set(read.id, { session: found, until: read.at + limits.maxStaleMs });
      }
    }
    check(cached, model, now);
  }
}

const ALL_IDS = [0, 1, 2].flatMap((user) => [0, 1, 2].map((session) => makeId(user, session)));

describe('any order of reads, writes and time', () => {
  it('it answers what was read last, not overtaken and not too old, and nothing else', () => {
    const enough = bounds.map(({ maxStaleMs }) => ({ ...ROOMY, maxStaleMs }));
    fc.assert(
      fc.property(fc.array(step, { maxLength: 120, size: 'max' }), enough, (steps, limits) => {
        runSteps(steps, limits, (cached, model, now) => {
          for (const id of ALL_IDS) {
            const known = model.get(id);
            expect(cached.find(id, now)).toEqual(known !== undefined && now < known.until ? known.session : undefined);
          }
          expect(cached.stats()).toMatchObject({ entries: model.size, evictions: 0 });
        });
      }),
      { numRuns: 200 },
    );
  });

  it('it stays within its limits, and what it holds is in the model', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 120, size: 'max' }), bounds, (steps, limits) => {
        runSteps(steps, limits, (cached, model) => {
          const { entries, bytes } = cached.stats();
          expect(entries).toBeLessThanOrEqual(limits.maxEntries);
          expect(bytes).toBeLessThanOrEqual(limits.maxBytes);
          // At this time nothing is too old. A look decides which session goes next, not what is right.
          const found = ALL_IDS.flatMap((id) => cached.find(id, Number.NEGATIVE_INFINITY) ?? []);
          for (const session of found) expect(session).toEqual(model.get(session.id)?.session);
          expect(found).toHaveLength(entries);
          expect(bytes === 0).toBe(entries === 0);
        });
      }),
      { numRuns: 200 },
    );
  });
});
