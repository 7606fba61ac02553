// The judges of all experiments, on canned events: they are pure, so every outcome can be tested.

import { describe, expect, it } from 'vitest';
import type { Event, Outcome } from '../src/contracts/events.ts';
import type { ExperimentOptions, RunPlan } from '../src/contracts/plan.ts';
import type { PartSummary, Report } from '../src/contracts/report.ts';
import { describeWeights } from '../src/experiments/crowd.ts';
import { findExperiment } from '../src/experiments/registry.ts';
import { judgeEvents } from '../src/judge/judge.ts';
import { resolveOptions } from '../src/setup/options.ts';

const environment = {
  cpu: 'c',
  cores: 2,
  memoryBytes: 1,
  platform: 'p',
  node: '24',
  limits: {},
  measuredAt: '2026-01-01T00:00:00.000Z',
};

async function judgeCanned(id: string, events: Event[], asked: Partial<ExperimentOptions> = {}): Promise<Report> {
  const { sides, scenarios } = findExperiment(id);
  const options = resolveOptions(findExperiment(id), asked);
  const plan: RunPlan = { experiment: id, options, sides, scenarios, again: '', environment, notes: [] };
  return judgeEvents(plan, [...events, { type: 'end', durationMs: 1 }]);
}

const part = (side: string, scenario: string): Event => ({ type: 'part', side, scenario, at: 0 });
const signIn = (user: number, server = 'a'): Event => ({ type: 'sign-in', at: 1, user, server, ms: 1 });
const signOut = (user: number): Event => ({ type: 'sign-out', at: 10, user, server: 'a' });
const ask = (user: number, outcome: Outcome, at = 100): Event => ({
  type: 'request',
  at,
  late: 0,
  ms: 1,
  user,
  outcome,
  status: 200,
  server: 'a',
});
const figure = (name: string, value: number): Event => ({ type: 'figure', name, value, unit: '', text: '' });
const killed: Event = {
  type: 'mark',
  at: 50,
  kind: 'kill',
  text: 'kill -9 a',
  proof: {},
  excuses: { servers: ['a'], cause: 'a was killed' },
};
const findCell = (report: Report, side: string, scenario: string) =>
  report.cells.find((cell) => cell.side === side && cell.scenario === scenario);
const findOutcome = (report: Report, id: string) => report.checks.find((check) => check.id === id)?.outcome;

describe('crash', () => {
  const homes = figure('signed_in_at_victim', 1);

  it('holds when exactly the killed server’s users are signed out', async () => {
    const users = [signIn(1, 'a'), signIn(2, 'b'), homes, killed, ask(1, 'signedOut'), ask(2, 'ok')];
    const report = await judgeCanned('crash', [part('memory+affinity', 'crash'), ...users]);
    expect(report.verdict).toBe('holds');
    expect(findCell(report, 'memory+affinity', 'crash')?.text).toBe('1 of 2 users signed out; no request failed');
  });

  it('is broken when a user of another server is signed out, too', async () => {
    const users = [
      signIn(1, 'a'),
      signIn(2, 'b'),
      homes,
      killed,
      ask(1, 'signedOut'),
      ask(2, 'signedOut'),
      ask(3, 'ok'),
    ];
    const report = await judgeCanned('crash', [part('memory+affinity', 'crash'), ...users]);
    expect(report.verdict).toBe('broken');
    expect(['exact-set', 'named-causes'].map((id) => findOutcome(report, id))).toEqual(['broken', 'broken']);
  });

  it('is broken when a user of the killed server stays signed in', async () => {
    const users = [signIn(1), signIn(2), figure('signed_in_at_victim', 2), killed, ask(1, 'signedOut'), ask(2, 'ok')];
    const report = await judgeCanned('crash', [part('memory+affinity', 'crash'), ...users]);
    expect(findOutcome(report, 'exact-set')).toBe('broken');
  });

  it('is broken when a shared store loses a user', async () => {
    const report = await judgeCanned('crash', [
      part('redis', 'crash'),
      signIn(1),
      killed,
      ask(1, 'signedOut'),
      ask(1, 'ok'),
    ]);
    expect(findCell(report, 'redis', 'crash')?.outcome).toBe('broken');
  });

  it('counts users, however many answers 401 each of them gets', async () => {
    const users = [signIn(1), signIn(2, 'b'), homes, killed, ask(1, 'signedOut'), ask(1, 'signedOut'), ask(2, 'ok')];
    const report = await judgeCanned('crash', [part('memory+affinity', 'crash'), ...users]);
    expect(findCell(report, 'memory+affinity', 'crash')).toMatchObject({
      text: '1 of 2 users signed out; no request failed',
      evidence: expect.arrayContaining(['requests: right 1, 401 to a signed-in user 2']),
    });
  });

  it('is unknown when no user got an answer', async () => {
    const report = await judgeCanned('crash', [part('jwt', 'crash'), signIn(1), killed, ask(1, 'timedOut')]);
    expect(report.verdict).toBe('unknown');
  });

  it('is unknown when the roll call got no answer', async () => {
    const callRoll = { ...ask(1, 'serverError', 200), warmUp: true } as Event;
    const report = await judgeCanned('crash', [part('jwt', 'crash'), signIn(1), killed, ask(1, 'ok'), callRoll]);
    expect(findOutcome(report, 'everybody-known')).toBe('unknown');
    expect(report.verdict).toBe('unknown');
    expect(report.sentence).toMatch(
      / It is unknown whether the last request of every user was answered: jwt, crash: 1 users got no answer\./,
    );
  });

  it('says nothing of an exact set where none was to be signed out', async () => {
    const report = await judgeCanned('crash', [part('redis', 'crash'), signIn(1), killed, ask(1, 'ok')]);
    expect(findOutcome(report, 'exact-set')).toBeUndefined();
    expect(report.verdict).toBe('holds');
  });
});

describe('scale', () => {
  const moved: Event = {
    type: 'mark',
    at: 50,
    kind: 'scale',
    text: '1 → 10',
    proof: {},
    excuses: { servers: 'all', cause: 'moved' },
  };
  const events = [part('memory+affinity', 'all'), signIn(1), signIn(2), moved, ask(1, 'signedOut'), ask(2, 'ok')];

  it('is broken when affinity loses a user at the embedded gateway, whose cookie names the server', async () => {
    expect((await judgeCanned('scale', events)).verdict).toBe('broken');
  });

  it('holds at nginx, whose consistent hash moves a share of the users', async () => {
    expect((await judgeCanned('scale', events, { gateway: 'nginx' })).verdict).toBe('holds');
  });
});

describe('rolling-deploy', () => {
  it('is broken by one failed request', async () => {
    const events = [part('redis', 'deploy'), signIn(1), ask(1, 'ok'), ask(1, 'serverError')];
    const report = await judgeCanned('rolling-deploy', events);
    expect(report.verdict).toBe('broken');
    expect(findCell(report, 'redis', 'deploy')?.text).toBe('all stay signed in; 1 request failed');
  });
});

describe('stolen-cookie', () => {
  const copies = (longest: number, more: Record<string, number> = {}) =>
    Object.entries({ copies: 2, bound: 2, longest, ...more }).map(([name, value]) => figure(name, value));
  const judge = async (side: string, scenario: string, events: Event[]) =>
    findCell(await judgeCanned('stolen-cookie', [part(side, scenario), signIn(1), ...events]), side, scenario);

  it.each([
    ['jwt', 'active', copies(9_000), 'accepted for up to 9 s', 'holds', 'bad'],
    ['jwt', 'sign-out', copies(7_000), 'accepted for up to 7 s after the sign-out', 'holds', 'bad'],
    ['jwt', 'sign-out', copies(0), 'refused immediately', 'broken', 'good'],
    ['redis', 'idle', copies(13_000, { worked_at_last: 2 }), 'still accepted after 13 s', 'holds', 'bad'],
    ['redis', 'idle', copies(3_000), 'accepted for up to 3 s', 'broken', 'bad'],
    ['redis', 'sign-out', copies(0), 'refused immediately', 'holds', 'good'],
    ['redis', 'sign-out', copies(200), 'accepted for up to 200 ms after the sign-out', 'broken', 'bad'],
    ['redis+bound', 'active', copies(8_900), 'accepted for up to 8.9 s', 'holds', 'good'],
    ['redis+bound', 'active', copies(11_000), 'accepted for up to 11 s', 'broken', 'good'],
    ['redis+bound', 'active', copies(8_900, { worked_again: 1 }), 'accepted for up to 8.9 s', 'broken', 'good'],
    ['redis+bound', 'active', copies(8_900, { worked_at_last: 1 }), 'still accepted after 8.9 s', 'broken', 'good'],
    ['redis+bound', 'idle', copies(8_900, { bound: 1 }), '1 of 2 sessions were bound', 'unknown', 'good'],
    ['redis', 'idle', copies(0, { refused_at_first: 1 }), '1 of 2 copies refused at first', 'unknown', 'good'],
    ['redis', 'idle', copies(9_000, { unanswered: 1 }), '1 copies got no clear answer', 'unknown', 'bad'],
  ])('%s, %s: case %#', async (side, scenario, events, text, outcome, tone) => {
    expect(await judge(side, scenario, [...events, ask(1, 'ok')])).toMatchObject({ text, outcome, tone });
  });

  it('is broken by an owner who is signed out', async () => {
    const cell = await judge('redis+bound', 'active', [...copies(8_900), ask(1, 'signedOut')]);
    expect(cell).toMatchObject({ outcome: 'broken', text: 'accepted for up to 8.9 s; 1 owners signed out' });
  });

  it('says for how long a copy works in each mode', async () => {
    const report = await judgeCanned('stolen-cookie', [
      ...[part('jwt', 'active'), signIn(1), ...copies(9_000), ask(1, 'ok')],
      ...[part('redis', 'idle'), signIn(1), ...copies(13_000, { worked_at_last: 2 }), ask(1, 'ok')],
      ...[part('redis+bound', 'active'), signIn(1), ...copies(8_000), ask(1, 'ok')],
      ...[part('redis+bound', 'idle'), signIn(1), ...copies(8_500), ask(1, 'ok')],
    ]);
    expect(report.sentence).toBe(
      'A copy of all that a client holds works with redis+bound for up to 8.5 s (its bound cookie lives 4 s, and is accepted ' +
        'for 5 s more), and no owner is signed out; with redis until the owner signs out; with jwt for up to 9 s (a token ' +
        'lives 12 s), also after the owner has signed out.',
    );
  });
});

describe('timeouts', () => {
  it.each(['rolling-deploy', 'scale', 'capacity', 'load', 'impact'])('make %s unknown, not broken', async (id) => {
    const scenario = { 'rolling-deploy': 'deploy', scale: 'one', load: 'latency', impact: 'crowd' }[id] ?? 'all';
    const events = [part('redis', scenario), signIn(1), ask(1, 'timedOut'), ask(1, 'ok')];
    const report = await judgeCanned(id, events);
    expect(findCell(report, 'redis', scenario)?.outcome).toBe('unknown');
  });
});

describe('a fault that had no effect', () => {
  const mark = (kind: string, at = 50): Event => ({ type: 'mark', at, kind, text: kind, proof: {} });
  const createMany = (scenario: string, ms: number) => [
    part('redis', scenario),
    signIn(1),
    ...Array.from({ length: 20 }, (_, at) => ({ ...ask(1, 'ok', 100 + at), ms })),
  ];

  it('is no proof that Redis away does no harm', async () => {
    const report = await judgeCanned('redis-outage', [...createMany('outage', 1), mark('redis-cut')]);
    expect(findCell(report, 'redis', 'outage')?.outcome).toBe('unknown');
  });

  it('breaks slow-redis: a delay that no request shows', async () => {
    const report = await judgeCanned('slow-redis', [
      ...createMany('direct', 1),
      ...createMany('idle', 1),
      ...createMany('far', 1),
    ]);
    expect(findCell(report, 'redis', 'far')?.outcome).toBe('broken');
  });

  it('proves no deploy: a server that is replaced after the load', async () => {
    const report = await judgeCanned('rolling-deploy', [...createMany('deploy', 1), mark('drain', 60_000)]);
    expect(findCell(report, 'redis', 'deploy')).toMatchObject({
      outcome: 'unknown',
      text: expect.stringContaining('more --seconds'),
    });
  });
});

describe('redis-outage', () => {
  const cut: Event = { type: 'mark', at: 50, kind: 'redis-cut', text: 'cut', proof: {} };
  const well = Array.from({ length: 10 }, (_, at) => ask(1, 'ok', 6_000 + at));
  const judgeOutage = (failure: Event) =>
    judgeCanned('redis-outage', [part('redis', 'outage'), signIn(1), cut, failure, ...well]);

  it.each([
    ['holds', 'a quick 503', ask(1, 'serverError')],
    ['broken', 'a slow 503', { ...ask(1, 'serverError'), ms: 2_500 }],
    ['broken', 'a broken connection', ask(1, 'connectionBroken')],
    ['broken', 'a user signed out', ask(1, 'signedOut')],
    ['unknown', 'a timeout', { ...ask(1, 'timedOut'), ms: 5_000 }],
  ] as const)('%s: %s', async (outcome, _what, failure) => {
    expect(findCell(await judgeOutage(failure as Event), 'redis', 'outage')?.outcome).toBe(outcome);
  });
});

it('impact is broken when a user of a killed server’s memory stays signed in', async () => {
  const users = [signIn(1), signIn(2), figure('signed_in_at_victim', 2), killed, ask(1, 'signedOut'), ask(2, 'ok')];
  const report = await judgeCanned('impact', [part('memory+affinity', 'crash'), ...users]);
  expect(findOutcome(report, 'exact-set')).toBe('broken');
});

describe('capacity', () => {
  const createWeighed = (scenario: string, bytes: number) => [
    part('redis', scenario),
    signIn(1),
    ask(1, 'ok'),
    figure('redis_per_user', bytes),
    figure('heap_per_user', 10),
  ];

  it.each([
    ['holds', 300, 340],
    ['broken', 300, 400],
  ])('%s: a session weighs %i bytes with half the users, %i with all', async (outcome, half, all) => {
    const report = await judgeCanned('capacity', [...createWeighed('half', half), ...createWeighed('all', all)]);
    expect(findOutcome(report, 'same-weight-redis')).toBe(outcome);
    expect(report.verdict).toBe(outcome);
  });

  it('says what a user weighs in each place, or how little could have been seen', () => {
    const figures = { redis_per_user: { value: 512 }, heap_per_user_below: { value: 65.5 } };
    expect(describeWeights({ figures } as unknown as PartSummary)).toBe(
      'server below 66 bytes per user, Redis 512 bytes per user',
    );
  });
});

describe('impact, a token beside a session', () => {
  const createWeighed = (side: string, bytes: number, name = 'heap_per_user') => [
    part(side, 'crowd'),
    signIn(1),
    ask(1, 'ok'),
    figure(name, bytes),
  ];

  it.each([
    ['holds', 'of 45 bytes', createWeighed('jwt', 45), createWeighed('memory', 487)],
    ['broken', 'of 90 bytes', createWeighed('jwt', 90), createWeighed('memory', 487)],
    ['holds', 'below 66 bytes', createWeighed('jwt', 66, 'heap_per_user_below'), createWeighed('memory', 487)],
    [
      undefined,
      'below 655 bytes, as is the session',
      createWeighed('jwt', 655, 'heap_per_user_below'),
      createWeighed('memory', 655, 'heap_per_user_below'),
    ],
  ])('%s: a token %s weighs nothing', async (outcome, _what, token, session) => {
    expect(findOutcome(await judgeCanned('impact', [...token, ...session]), 'token-weighs-nothing')).toBe(outcome);
  });
});

it('impact tells who was signed out before the kill, where affinity is missing', async () => {
  const scattered: Event = { ...killed, at: 0, kind: 'scattered', excuses: { servers: 'all', cause: 'scattered' } };
  const lost = [ask(1, 'signedOut', 10), killed, scattered, ask(2, 'signedOut'), ask(2, 'ok', 200)];
  const report = await judgeCanned('impact', [part('memory', 'crash'), signIn(1), signIn(2), ...lost]);
  expect(findCell(report, 'memory', 'crash')?.text).toBe(
    '2 of 2 users signed out, 1 of them before the kill (no affinity); no request failed',
  );
});

describe('revocation', () => {
  const used = [signIn(1), signOut(1), ask(1, 'acceptedAfterSignOut', 3010), ask(1, 'refused', 4000)];

  it('measures the exposure of a signed token, which breaks nothing', async () => {
    const report = await judgeCanned('revocation', [part('jwt', 'sign-out'), ...used]);
    expect(report.verdict).toBe('holds');
    expect(findCell(report, 'jwt', 'sign-out')?.text).toBe('accepted for up to 3 s (1 of 1 users)');
  });

  it('is broken by a session that goes on', async () => {
    const report = await judgeCanned('revocation', [part('redis', 'sign-out'), ...used]);
    expect(report.verdict).toBe('broken');
    expect(findOutcome(report, 'sign-outs-stand')).toBe('broken');
  });

  it('is unknown when a sign-out was not acknowledged', async () => {
    const report = await judgeCanned('revocation', [part('redis', 'sign-out'), signIn(1), ask(1, 'ok')]);
    expect(report.verdict).toBe('unknown');
  });
});

describe('redis-restart', () => {
  it('is broken by a user who is still signed in with a session that is gone', async () => {
    const restarted: Event = { ...killed, kind: 'redis-restart', excuses: { servers: 'all', cause: 'empty' } };
    const events = [part('redis', 'restart'), signIn(1), signIn(2), restarted, ask(1, 'signedOut'), ask(2, 'ok')];
    expect((await judgeCanned('redis-restart', events)).verdict).toBe('broken');
  });
});

describe('clock-step', () => {
  const judgeStep = (side: string, scenario: string, figures: Record<string, number>) => {
    const named = Object.entries({ asked_there: 1, ...figures }).map(([name, value]) => figure(name, value));
    return judgeCanned('clock-step', [part(side, scenario), signIn(1), signIn(2), ask(1, 'ok'), ...named]);
  };

  it.each([
    ['holds', 'jwt', 'ahead', { refused_there: 1, late_refused_elsewhere: 1 }],
    ['broken', 'jwt', 'ahead', {}],
    ['broken', 'jwt', 'ahead', { refused_there: 1 }],
    ['broken', 'jwt', 'ahead', { refused_there: 1, late_refused_elsewhere: 1, refused_elsewhere: 1 }],
    ['broken', 'jwt', 'ahead', { refused_there: 1, late_refused_elsewhere: 1, refused_after: 1 }],
    ['holds', 'jwt', 'behind', { refused_there: 1, late_refused_elsewhere: 1 }],
    ['broken', 'jwt', 'behind', { refused_there: 1, late_refused_elsewhere: 1, late_refused_there: 1 }],
    ['holds', 'redis', 'ahead', {}],
    ['broken', 'redis', 'ahead', { refused_there: 1 }],
    ['broken', 'memory+affinity', 'behind', { late_refused_there: 1 }],
  ] as const)('%s: %s with a clock %s, %j', async (outcome, side, scenario, figures) => {
    const report = await judgeStep(side, scenario, figures);
    expect(findCell(report, side, scenario)?.outcome).toBe(outcome);
  });

  it('names the modes that are affected', async () => {
    const { sentence } = await judgeStep('jwt', 'ahead', { refused_there: 1, late_refused_elsewhere: 1 });
    expect(sentence).toContain('jwt: 1 of 1 users refused by that server');
  });
});

describe('slow-redis', () => {
  it('believes nothing when the idle proxy is not harmless', async () => {
    const createThrough = (scenario: string, ms: number) => [
      part('redis', scenario),
      signIn(1),
      ...Array.from({ length: 20 }, (_, at) => ({ ...ask(1, 'ok', at), ms })),
    ];
    const report = await judgeCanned('slow-redis', [...createThrough('direct', 1), ...createThrough('idle', 30)]);
    expect(findOutcome(report, 'idle-proxy')).toBe('unknown');
    expect(report.verdict).toBe('unknown');
  });
});

describe('load', () => {
  /** Five rounds of a side: seconds that 1,000 requests took. */
  const createRounds = (side: string, scenario: string, seconds: number[]) => [
    part(side, scenario),
    signIn(1),
    ask(1, 'ok'),
    figure('requests', 1000),
    ...seconds.map((took, index) => figure(`seconds_${index + 1}`, took)),
  ];
  const steady = [0.5, 0.52, 0.49, 0.51, 0.5];
  const twice = steady.map((seconds) => seconds * 2);

  it('prints the course’s lines to the letter, and an interval', async () => {
    const events = [
      ...createRounds('jwt', 'throughput', steady),
      ...createRounds('jwt', 'control', [0.51, 0.5, 0.5, 0.52, 0.49]),
      ...createRounds('memory', 'throughput', twice),
    ];
    const { lines, verdict } = await judgeCanned('load', events);
    expect(lines).toEqual([
      '[Stateless] 5000 requests in 2.5s (1984 req/s)',
      '[Stateful] 5000 requests in 5.0s (992 req/s)',
      '[Difference] stateful to stateless, requests per second: 0.50 times (0.50 to 0.50)',
    ]);
    expect(verdict).toBe('holds');
  });

  it('says how small a difference it could have shown where the interval holds 1', async () => {
    const noisy = [0.4, 0.7, 0.45, 0.6, 0.5];
    const { lines } = await judgeCanned('load', [
      ...createRounds('jwt', 'throughput', steady),
      ...createRounds('memory', 'throughput', noisy),
    ]);
    expect(lines[2]).toMatch(
      /^\[Difference\] .*: no difference shown \(0\.\d\d to 1\.\d\d; one below \d\d % could not have been seen\)$/,
    );
  });

  it('compares nothing where there is one side only', async () => {
    const control = createRounds('jwt', 'control', [0.51, 0.5, 0.5, 0.52, 0.49]);
    const report = await judgeCanned('load', [...createRounds('jwt', 'throughput', steady), ...control]);
    expect(report.sentence).toBe('Every request was answered.');
  });

  it('is broken by a 401 in a part for which no user signed in', async () => {
    const report = await judgeCanned('load', [part('jwt', 'latency'), ask(1, 'ok'), ask(1, 'signedOut')]);
    expect(findCell(report, 'jwt', 'latency')).toMatchObject({
      outcome: 'broken',
      text: expect.stringContaining('1 answer 401 to signed-in users'),
    });
  });

  it('is unknown when a side differs from itself', async () => {
    const events = [...createRounds('jwt', 'throughput', steady), ...createRounds('jwt', 'control', twice)];
    expect((await judgeCanned('load', events)).verdict).toBe('unknown');
  });
});

it('asserts nothing under a late generator', async () => {
  const answers = [0, 1].map((at) => ({ ...ask(1, 'ok', at * 100), late: 5_000 }) as Event);
  const report = await judgeCanned('crash', [part('jwt', 'crash'), signIn(1), ...answers]);
  expect(report.verdict).toBe('unknown');
  expect(report.sentence).toMatch(
    /^The load was not sent as planned \(lateness p99 at most 5(\.\d+)? s \(bound 250 ms\), .*; too late in jwt, crash\), so this is what was seen and no more: /,
  );
});

it('says in its sentence what was not measured', async () => {
  const { sides, scenarios } = findExperiment('crash');
  const without = sides.map((side) => (side.id.startsWith('redis') ? { ...side, missing: 'there is no Redis' } : side));
  const options = resolveOptions(findExperiment('crash'), {});
  const plan: RunPlan = { experiment: 'crash', options, sides: without, scenarios, again: '', environment, notes: [] };
  const report = await judgeEvents(plan, [
    part('jwt', 'crash'),
    signIn(1),
    ask(1, 'ok'),
    { type: 'end', durationMs: 1 },
  ]);
  expect(report.sentence).toMatch(/ Not measured: redis; redis, tracked cache\.$/);
  expect(report.coverage).toEqual({ measured: 2, of: 4 });
});

it('calls an incomplete run unknown', async () => {
  const { sides, scenarios } = findExperiment('crash');
  const options = resolveOptions(findExperiment('crash'), {});
  const plan: RunPlan = { experiment: 'crash', options, sides, scenarios, again: '', environment, notes: [] };
  const report = await judgeEvents(plan, [part('jwt', 'crash'), signIn(1), ask(1, 'ok')]);
  expect(report.verdict).toBe('unknown');
  expect(report.sentence).toMatch(/^The run is incomplete\./);
});

describe('failover', () => {
  const excuses = { servers: 'all', cause: 'Redis failed over', withinMs: 5_000 } as const;
  const fault: Event = { type: 'mark', at: 50, kind: 'redis-failover', text: 'f', proof: {}, excuses };
  const promoted: Event = { type: 'mark', at: 60, kind: 'promoted', text: 'p', proof: {} };
  const refused: Event = { ...ask(1, 'serverError', 70), what: 'sign-in' } as Event;
  const reads = Array.from({ length: 10 }, (_, index) => ask(1, 'ok', 200 + index));
  const writes = Array.from({ length: 10 }, (_, index) => ({ ...signIn(10 + index), at: 200 + index }) as Event);
  const begin = [signIn(1), signIn(2), ask(1, 'ok', 20), fault];
  const judge = (scenario: string, ...events: Event[]) =>
    judgeCanned('failover', [part('redis', scenario), ...begin, ...events]);

  it.each([
    ['holds', 'planned', [promoted, refused, ...reads, ...writes]],
    ['broken: no replica became the master', 'kill', [refused, ...reads, ...writes]],
    ['broken: writes do not come back', 'kill', [promoted, refused, ...reads]],
    ['broken: reads do not come back', 'kill', [promoted, refused, ask(1, 'serverError', 80), ...writes]],
    ['holds', 'kill-min-1', [promoted, refused, ...reads]],
    ['broken: min-replicas-to-write refuses nothing', 'kill-min-1', [promoted, ...reads, ...writes]],
    ['broken: writes do not come back', 'kill-min-2', [promoted, refused, ...reads]],
  ] as const)('%s (%s)', async (outcome, scenario, events) => {
    const report = await judge(scenario, ...events);
    expect(findCell(report, 'redis', scenario)?.outcome).toBe(outcome.split(':')[0]);
  });

  it('says what was lost, when it was acknowledged, and what failed for how long', async () => {
    const late = [{ ...signIn(3), at: 80 } as Event, { ...signOut(2), at: 90 } as Event];
    const gone = [ask(3, 'signedOut', 300), ask(2, 'acceptedAfterSignOut', 300)];
    const report = await judge('planned', promoted, ...late, refused, ...reads, ...writes, ...gone);
    expect(report.verdict).toBe('holds');
    expect(findCell(report, 'redis', 'planned')).toMatchObject({
      text: '1 of 11 sign-ins lost, 1 of 1 sign-outs undone; sign-ins and sign-outs failed for 1 ms, reads never, 1 of 1 users affected',
      tone: 'bad',
    });
    expect(report.sentence).toContain(
      'Planned: at most 1 of 11 sign-ins lost, 1 of 1 sign-outs undone, acknowledged 0.03 to 0.04 s after it ' +
        'began; requests failed for at most 1 ms.',
    );
  });

  it('is broken when a user is lost who had signed in long before', async () => {
    const long = { ...fault, at: 10_000 } as Event;
    const report = await judgeCanned('failover', [
      ...[part('redis', 'kill'), signIn(1), signIn(2), signOut(2), ask(1, 'ok', 20), long],
      ...[ask(1, 'signedOut', 11_000), ask(2, 'acceptedAfterSignOut', 11_000)],
    ]);
    expect(['named-causes', 'sign-outs-stand'].map((id) => findOutcome(report, id))).toEqual(['broken', 'broken']);
    expect(report.verdict).toBe('broken');
  });
});
