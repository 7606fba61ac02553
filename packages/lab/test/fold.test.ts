// Events ──> summaries, on canned events.

import { expect, it } from 'vitest';
import type { Event, Outcome } from '../src/contracts/events.ts';
import { foldEvents } from '../src/fold/fold.ts';

const part: Event = { type: 'part', side: 'memory', scenario: 'crash', at: 0 };
const signIn = (user: number, server = 'a'): Event => ({ type: 'sign-in', at: 1, user, server, ms: 5 });
const ask = (at: number, user: number, outcome: Outcome, more: object = {}): Event => ({
  type: 'request',
  at,
  late: 1,
  ms: 9,
  user,
  outcome,
  status: 200,
  server: 'a',
  ...more,
});
const killed = (at: number, servers: string[] | 'all'): Event => ({
  type: 'mark',
  at,
  kind: 'kill',
  text: 'kill -9 a',
  proof: { pid: 1 },
  excuses: { servers, cause: 'a was killed' },
});

function fold(...events: Event[]) {
  const [summary] = foldEvents([part, ...events], 100).parts;
  if (summary === undefined) throw new Error('no part');
  return summary;
}

it('counts response time from the intended start, service time from the sending', () => {
  const { responseTime, serviceTime } = fold(signIn(1), ask(10, 1, 'ok'));
  expect(responseTime.max).toBeCloseTo(10, 1);
  expect(serviceTime.max).toBeCloseTo(9, 1);
});

it('keeps a timeout in the distribution, and a refused connection out of it', () => {
  const { responseTime, outcomes } = fold(
    signIn(1),
    ask(10, 1, 'timedOut', { ms: 5000 }),
    ask(11, 1, 'connectionRefused'),
  );
  expect(responseTime.count).toBe(1);
  expect(responseTime.max).toBeGreaterThan(4990);
  expect(outcomes).toMatchObject({ timedOut: 1, connectionRefused: 1, ok: 0 });
});

it('says no percentile of too few samples', () => {
  const { responseTime } = fold(signIn(1), ...Array.from({ length: 999 }, (_, index) => ask(index, 1, 'ok')));
  expect(responseTime).toMatchObject({ count: 999, p99: null, p999: null });
  expect(responseTime.p90).not.toBeNull();
});

it('throws the warm-up away in the figures, but not in the ledger', () => {
  const warm = { warmUp: true } as const;
  const { outcomes, lost } = fold(
    signIn(1),
    ask(1, 1, 'signedOut', warm),
    ask(2, 1, 'ok', warm),
    ask(3, 1, 'wrongUser', warm),
  );
  expect(outcomes).toMatchObject({ ok: 0, signedOut: 0, wrongUser: 1 });
  expect(lost.count).toBe(1);
});

it('names the cause of a loss: the newest mark before it that excuses the user’s server', () => {
  const { lost } = fold(
    signIn(1, 'a'),
    signIn(2, 'b'),
    killed(20, ['a']),
    ask(30, 1, 'signedOut'),
    ask(31, 2, 'signedOut'),
  );
  expect(lost.named).toEqual([
    { user: 'user 1', at: 40, server: 'a', cause: 'a was killed' },
    { user: 'user 2', at: 41, server: 'b', cause: null },
  ]);
});

it('finds no cause in what happened later', () => {
  const { lost } = fold(signIn(1), ask(5, 1, 'signedOut'), killed(20, 'all'));
  expect(lost.named[0]?.cause).toBeNull();
});

it('counts a user who is lost once, however often they ask', () => {
  expect(fold(signIn(1), ask(5, 1, 'signedOut'), ask(6, 1, 'signedOut')).lost.count).toBe(1);
});

it('measures exposure from the acknowledged sign-out to the last accepted use', () => {
  const { exposure } = fold(
    signIn(1),
    signIn(2),
    { type: 'sign-out', at: 100, user: 1, server: 'a' },
    { type: 'sign-out', at: 100, user: 2, server: 'a' },
    ask(149, 1, 'acceptedAfterSignOut'),
    ask(199, 1, 'acceptedAfterSignOut'),
    ask(200, 2, 'refused'),
  );
  expect(exposure).toEqual({ users: 2, accepted: 1, p50: 0, max: 100 });
});

it('measures recovery from the fault to the first of ten answers in a row', () => {
  const after = (outcome: Outcome, from: number, count: number) =>
    Array.from({ length: count }, (_, index) => ask(from + index, 1, outcome));
  const summary = fold(
    signIn(1),
    killed(100, ['a']),
    ...after('ok', 101, 3),
    ...after('serverError', 110, 5),
    ...after('ok', 130, 12),
  );
  expect(summary.recoveryMs).toBe(40);
});

it('counts the failures that came before the mark was written: a restart tells of itself when it is over', () => {
  const answers = (outcome: Outcome, from: number, count: number) =>
    Array.from({ length: count }, (_, index) => ask(from + index, 1, outcome));
  const summary = fold(
    signIn(1),
    ...answers('ok', 50, 5),
    ...answers('serverError', 110, 3),
    killed(100, 'all'),
    ...answers('ok', 130, 12),
  );
  expect(summary.recoveryMs).toBe(40);
});

it('has no recovery when it ends in failures', () => {
  const ok = Array.from({ length: 12 }, (_, index) => ask(110 + index, 1, 'ok'));
  expect(fold(signIn(1), killed(100, ['a']), ...ok, ask(200, 1, 'timedOut')).recoveryMs).toBeNull();
});

it('achieves no more than was answered until the last answer, however long after the last question', () => {
  const { rate } = fold(signIn(1), ask(0, 1, 'ok'), ask(500, 1, 'ok'), ask(1000, 1, 'ok', { ms: 1999 }));
  expect(rate).toEqual({ planned: 3, achieved: 1 });
});

it('has no recovery without a fault, nor without ten answers', () => {
  expect(fold(signIn(1), ask(1, 1, 'ok')).recoveryMs).toBeNull();
  expect(fold(signIn(1), killed(1, ['a']), ask(2, 1, 'serverError')).recoveryMs).toBeNull();
});

it('merges a repeat of the same part: histograms, counts, time', () => {
  const end: Event = { type: 'part-end', at: 1000 };
  const summary = fold(signIn(1), ask(10, 1, 'ok'), end, part, signIn(1), ask(10, 1, 'ok', { ms: 99 }), end);
  expect(summary).toMatchObject({ durationMs: 2000, signIns: 2, outcomes: { ok: 2 } });
  expect(summary.responseTime).toMatchObject({ count: 2 });
  expect(summary.bins.map(({ at, ok }) => [at, ok]).filter(([, ok]) => ok)).toEqual([
    [0, 1],
    [1000, 1],
  ]);
});

const generator = (ms: number, cpu: number, more: object = {}): Event => ({
  type: 'generator',
  ms,
  cpu,
  eventLoopDelayP99: 1,
  ...more,
});
const foldGenerator = (...seen: Event[]) => fold(signIn(1), ask(10, 1, 'ok'), ...seen).generator;

it('takes the generator’s share of a core over all timed load of a part', () => {
  expect(foldGenerator(generator(900, 1), generator(100, 0.5)).cpu).toBeCloseTo(0.95);
  expect(foldGenerator(generator(600, 1), generator(400, 0.9))).toMatchObject({ cpu: 0.96, believable: false });
});

it('does not take ten questions of a process that still compiles for a core that was too busy', () => {
  expect(foldGenerator(generator(40, 1.25))).toMatchObject({ cpu: 0.1, believable: true });
  expect(foldGenerator(generator(300, 2))).toMatchObject({ cpu: 1.2, believable: false });
});

it('reads raw files that do not say how long the generator was watched', () => {
  expect(foldGenerator(generator(0, 0.3, { ms: undefined }))).toMatchObject({ cpu: 0.3, believable: true });
  expect(foldGenerator(generator(0, 0.99, { ms: undefined }))).toMatchObject({ believable: false });
});

it('leaves a roll call out of the generator’s figures: nothing of it is timed', () => {
  const callRoll = generator(5_000, 1.4, { warmUp: true, eventLoopDelayP99: 90 });
  expect(foldGenerator(generator(1_000, 0.2), callRoll)).toMatchObject({
    cpu: 0.2,
    eventLoopDelayP99: 1,
    believable: true,
  });
});

it('does not believe a generator that was late, dropped starts or had no core to itself', () => {
  const late = fold(signIn(1), ask(10, 1, 'ok', { late: 500 }));
  const dropped = fold(signIn(1), ask(10, 1, 'ok'), ask(11, 1, 'dropped'));
  const busy = fold(signIn(1), ask(10, 1, 'ok'), generator(2_000, 0.99));
  expect([late, dropped, busy].map(({ generator }) => generator.believable)).toEqual([false, false, false]);
  expect(fold(signIn(1), ask(10, 1, 'ok')).generator.believable).toBe(true);
});

it('shows in each bin what the users last saw', () => {
  const { bins } = fold(signIn(1), signIn(2), ask(10, 1, 'ok'), ask(220, 2, 'signedOut'), ask(330, 1, 'wrongUser'));
  expect(bins.at(-1)?.users).toEqual({ signedIn: 0, signedOut: 1, wronglySignedIn: 1, unknown: 0 });
  expect(bins[0]?.users).toEqual({ signedIn: 2, signedOut: 0, wronglySignedIn: 0, unknown: 0 });
});

const failedOver = (at: number): Event => ({
  type: 'mark',
  at,
  kind: 'redis-failover',
  text: 'SENTINEL FAILOVER',
  proof: {},
  excuses: { servers: 'all', cause: 'Redis failed over', withinMs: 1_000 },
});
const enter = (at: number, user: number): Event => ({ type: 'sign-in', at, user, server: 'a', ms: 5 });
const leave = (at: number, user: number): Event => ({ type: 'sign-out', at, user, server: 'a' });
const failed = (at: number, user: number, more: object = {}) => ask(at, user, 'serverError', more);

it('excuses only sign-ins and sign-outs that were acknowledged near a failover', () => {
  const { lost, exposure } = fold(
    ...[enter(1, 1), enter(2, 2), enter(3, 3)],
    failedOver(2_000),
    enter(2_900, 4),
    ...[leave(900, 2), leave(1_100, 3)],
    ...[ask(5_000, 1, 'signedOut'), ask(5_000, 4, 'signedOut')],
    ...[ask(5_000, 2, 'acceptedAfterSignOut'), ask(5_000, 3, 'acceptedAfterSignOut')],
  );
  expect(lost.named.map(({ user, cause }) => [user, cause])).toEqual([
    ['user 1', null],
    ['user 4', 'Redis failed over'],
  ]);
  expect(exposure).toMatchObject({ users: 2, accepted: 2, excused: 1 });
});

it('counts the sign-ins and sign-outs under load that a failover lost, by when they were acknowledged', () => {
  const { failover } = fold(
    ...[enter(1, 1), enter(2, 2), enter(3, 3), ask(10, 1, 'ok', { warmUp: true })],
    ...[ask(1_000, 1, 'ok'), enter(1_900, 4), leave(1_990, 1), failedOver(2_000)],
    ...[enter(2_100, 5), enter(2_300, 6), leave(2_200, 2)],
    ...[4, 5, 6].map((user) => ask(4_000, user, user === 5 ? 'ok' : 'signedOut')),
    ...[ask(4_000, 1, 'acceptedAfterSignOut'), ask(4_000, 2, 'acceptedAfterSignOut'), ask(4_100, 2, 'refused')],
  );
  expect(failover?.signIns).toEqual({ count: 3, lost: 2, firstLostMs: -100, lastLostMs: 300 });
  expect(failover?.signOuts).toEqual({ count: 2, lost: 1, firstLostMs: -10, lastLostMs: -10 });
});

it('tells a user who is refused for a while from one who is lost', () => {
  const { failover } = fold(
    ...[failedOver(10), enter(20, 1), enter(20, 2)],
    ...[ask(30, 1, 'signedOut'), ask(30, 2, 'signedOut'), ask(40, 1, 'ok'), ask(41, 1, 'serverError')],
  );
  expect(failover).toMatchObject({ falselyRefused: 1, signIns: { lost: 0 } });
});

it('measures for how long reads and writes failed, whom that hit, and what was right afterwards', () => {
  const { failover } = fold(
    ...[enter(1, 1), enter(2, 2), enter(3, 3), ask(50, 1, 'ok'), failedOver(100)],
    ...[failed(110, 1), failed(150, 2, { what: 'sign-out' }), ask(160, 3, 'ok'), failed(170, 1)],
    ...[ask(200, 1, 'ok'), ask(300, 2, 'ok'), leave(400, 3)],
  );
  expect(failover?.reads).toEqual({ count: 2, firstMs: 10, lastMs: 80, rightAfter: 2 });
  expect(failover?.writes).toEqual({ count: 1, firstMs: 50, lastMs: 60, rightAfter: 1 });
  expect(failover?.users).toEqual({ asked: 3, failed: 2 });
});

it('has no cost of a failover where there was none', () => {
  expect(fold(signIn(1), ask(10, 1, 'ok')).failover).toBeUndefined();
});
