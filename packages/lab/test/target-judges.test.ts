// The judges of runs at a target, on canned events: every outcome of every judge.

import { describe, expect, it } from 'vitest';
import type { Event, Outcome } from '../src/contracts/events.ts';
import type { RunPlan } from '../src/contracts/plan.ts';
import type { Report } from '../src/contracts/report.ts';
import { findExperiment } from '../src/experiments/registry.ts';
import { judgeEvents } from '../src/judge/judge.ts';
import { resolveOptions } from '../src/setup/options.ts';

const TARGET = 'https://example.test/api';
const environment = { cpu: 'c', cores: 2, memoryBytes: 1, platform: 'p', node: '24', limits: {}, measuredAt: '' };

async function judgeCanned(id: string, side: string, scenario: string, events: readonly Event[]): Promise<Report> {
  const experiment = findExperiment(id);
  if (experiment.remote === undefined) throw new Error(`${id} takes no target.`);
  const options = resolveOptions(experiment, { target: TARGET, modes: [side] });
  const { scenarios } = experiment.remote;
  const sides = experiment.sides.filter((one) => one.id === side);
  const plan: RunPlan = { experiment: id, options, sides, scenarios, again: '', environment, notes: [] };
  const begin: Event = { type: 'part', side, scenario, at: 0 };
  return judgeEvents(plan, [begin, ...events, { type: 'end', durationMs: 1 }]);
}

/** What was made of that one scenario: the cell's words, its outcome, and the verdict over all of it. */
async function judgeScenario(id: string, side: string, scenario: string, events: readonly Event[]) {
  const { cells, verdict } = await judgeCanned(id, side, scenario, events);
  const cell = cells.find((one) => one.scenario === scenario);
  return [cell?.text, cell?.outcome, verdict];
}

const signIn = (user = 1, server = 'a'): Event => ({ type: 'sign-in', at: 1, user, server, ms: 1 });
const signOut = (user = 1): Event => ({ type: 'sign-out', at: 10, user, server: 'a' });
const ask = (outcome: Outcome, { user = 1, at = 100, server = 'a' } = {}): Event => {
  const answered = outcome === 'timedOut' ? {} : { server, status: 200 };
  return { type: 'request', at, late: 0, ms: 1, user, outcome, ...answered };
};
const mark = (kind: string, excuses?: { servers: string[] | 'all'; cause: string }): Event => {
  return { type: 'mark', at: 50, kind, text: kind, proof: {}, ...(excuses === undefined ? {} : { excuses }) };
};

const scattered = mark('asking', { servers: 'all', cause: 'in the memory of one server' });

describe('two-requests, asked again', () => {
  it.each([
    ['stays signed in', 'redis', [ask('ok')], 'still signed in', 'holds'],
    [
      'stays signed in at every server of a shared store',
      'redis',
      [ask('ok'), ask('ok', { server: 'b' })],
      'still signed in',
      'holds',
    ],
    ['is signed out of a shared store', 'redis', [ask('ok'), ask('signedOut')], 'signed out', 'broken'],
    ['is signed out with a token', 'jwt', [ask('signedOut')], 'signed out', 'broken'],
    [
      'is unknown to the second memory',
      'memory',
      [scattered, ask('ok'), ask('signedOut', { server: 'b' })],
      'signed out',
      'holds',
    ],
    [
      'is signed out by the one server that has the session',
      'memory',
      [scattered, ask('ok'), ask('signedOut')],
      'signed out',
      'broken',
    ],
    ['is known to two memories', 'memory', [ask('ok'), ask('ok', { server: 'b' })], 'still signed in', 'broken'],
    ['is answered as another user', 'redis', [ask('ok'), ask('wrongUser')], 'WRONG USER', 'broken'],
    ['gets no answer once', 'redis', [ask('ok'), ask('timedOut')], 'unknown', 'unknown'],
    ['is never asked', 'redis', [], 'unknown', 'unknown'],
  ] as const)('a user who %s (%s)', async (_who, side, answers, text, outcome) => {
    const seen = await judgeScenario('two-requests', side, 'second-request', [signIn(), ...answers]);
    expect(seen).toEqual([text, outcome, outcome]);
  });
});

describe('two-requests, signed out', () => {
  it.each([
    ['refused', 'redis', [signOut(), ask('refused')], 'refused immediately', 'holds'],
    [
      'a session that goes on',
      'redis',
      [signOut(), ask('acceptedAfterSignOut'), ask('refused')],
      'still accepted after 90 ms',
      'broken',
    ],
    ['a token that goes on', 'jwt', [signOut(), ask('acceptedAfterSignOut')], 'still accepted after 90 ms', 'holds'],
    ['a token that ends', 'jwt', [signOut(), ask('refused')], 'refused immediately', 'broken'],
    ['a sign-out without an acknowledgement', 'redis', [ask('ok')], 'unknown', 'unknown'],
    ['no answer to the replay', 'redis', [signOut(), ask('timedOut')], 'unknown', 'unknown'],
  ] as const)('%s (%s)', async (_what, side, answers, text, outcome) => {
    const seen = await judgeScenario('two-requests', side, 'sign-out', [signIn(), ...answers]);
    expect(seen).toEqual([text, outcome, outcome]);
  });
});

describe('revocation', () => {
  it.each([
    ['a session that ends', 'redis', [signOut(), ask('refused')], 'refused immediately', 'holds'],
    [
      'a session that goes on',
      'redis',
      [signOut(), ask('acceptedAfterSignOut')],
      'accepted for up to 90 ms (1 of 1 users)',
      'broken',
    ],
    [
      'a token that goes on',
      'jwt',
      [signOut(), ask('acceptedAfterSignOut')],
      'still accepted after 90 ms (1 of 1 users)',
      'holds',
    ],
    ['a token that ends', 'jwt', [signOut(), ask('refused')], 'refused immediately', 'broken'],
    [
      'a sign-out without an acknowledgement',
      'redis',
      [signOut(), ask('refused'), signIn(2)],
      '1 of 2 sign-outs acknowledged',
      'unknown',
    ],
    ['no sign-out at all', 'redis', [ask('ok')], '0 of 1 sign-outs acknowledged', 'unknown'],
  ] as const)('%s (%s)', async (_what, side, answers, text, outcome) => {
    const seen = await judgeScenario('revocation', side, 'sign-out', [signIn(), ...answers]);
    expect(seen).toEqual([text, outcome, outcome]);
  });

  it('says of a token that its end was not seen, and how many servers were met', async () => {
    const events = [signIn(), signOut(), ask('acceptedAfterSignOut'), ask('acceptedAfterSignOut', { server: 'b' })];
    const { sentence, notes } = await judgeCanned('revocation', 'jwt', 'sign-out', events);
    expect(sentence).toBe('A signed token still worked after 90 ms.');
    expect(notes.join()).toContain('2 servers answered (x-served-by): a 1, b 1.');
  });
});

it('asks after affinity when a sign-out from memory reached another server', async () => {
  const events = [signIn(), signOut(), ask('acceptedAfterSignOut')];
  for (const [id, side] of [['two-requests', 'memory'] as const, ['revocation', 'memory+affinity'] as const])
    expect((await judgeCanned(id, side, 'sign-out', events)).notes.join()).toContain('GATEWAY_AFFINITY=cookie');
});

describe('load', () => {
  it.each([
    ['answers', [ask('ok')], 'holds'],
    ['one failure', [ask('ok'), ask('serverError')], 'broken'],
    ['a user signed out', [ask('ok', { user: 2 }), ask('signedOut')], 'broken'],
    ['a timeout', [ask('ok'), ask('timedOut', { user: 2 })], 'unknown'],
    ['no answer', [ask('timedOut')], 'unknown'],
  ] as const)('%s', async (_what, answers, outcome) => {
    const [, cell, verdict] = await judgeScenario('load', 'redis', 'latency', [signIn(), signIn(2), ...answers]);
    expect([cell, verdict]).toEqual([outcome, outcome]);
  });
});

describe('watch', () => {
  const stopped = mark('stopped', { servers: ['a'], cause: 'a fell silent' });
  const lost = ask('signedOut');

  it.each([
    ['a server falls silent', 'redis', [mark('stopped'), ask('ok')], 'all stay signed in; no request failed', 'holds'],
    ['a server comes', 'jwt', [mark('came'), ask('ok')], 'all stay signed in; no request failed', 'holds'],
    [
      'nothing is to be seen but failures',
      'redis',
      [ask('serverError'), ask('ok', { at: 200 })],
      'all stay signed in; 1 request failed',
      'holds',
    ],
    ['nothing happens', 'redis', [ask('ok')], 'all stay signed in; but no server had a fault', 'unknown'],
    [
      'a shared store loses a user',
      'redis',
      [mark('stopped'), lost],
      '1 of 1 users signed out; no request failed',
      'broken',
    ],
    ['a user loses their token', 'jwt', [lost], '1 of 1 users signed out; but no server had a fault', 'broken'],
    [
      'a memory ends with its server',
      'memory+affinity',
      [stopped, lost, ask('ok', { user: 2 })],
      '1 of 1 users signed out; no request failed',
      'holds',
    ],
    [
      'no user is led back',
      'memory',
      [mark('scattered', { servers: 'all', cause: 'no affinity' }), lost, ask('ok')],
      '1 of 1 users signed out; but no server had a fault',
      'unknown',
    ],
    [
      'no server answers any more',
      'redis',
      [mark('stopped'), ask('timedOut')],
      'all stay signed in; 1 request got no answer in time',
      'unknown',
    ],
  ] as const)('%s (%s)', async (_what, side, events, text, outcome) => {
    const [cellText, cell, verdict] = await judgeScenario('watch', side, 'watch', [signIn(), ...events]);
    expect(String(cellText).replace(/; p50.*/, '')).toBe(text);
    expect([cell, verdict]).toEqual([outcome, outcome]);
  });

  it('is broken when affinity loses a user of a server that goes on', async () => {
    const events = [
      signIn(1, 'a'),
      signIn(2, 'b'),
      stopped,
      lost,
      ask('signedOut', { user: 2 }),
      ask('ok', { user: 3 }),
    ];
    const { verdict, sentence } = await judgeCanned('watch', 'memory+affinity', 'watch', events);
    expect([verdict, sentence]).toEqual([
      'broken',
      expect.stringMatching(/^Not as promised: .*2 of 2 users signed out, 1 of them although their server went on/),
    ]);
  });

  it('asks after affinity then, and only then', async () => {
    const advice = 'GATEWAY_AFFINITY=cookie';
    const listNotes = async (...events: Event[]) =>
      (await judgeCanned('watch', 'memory+affinity', 'watch', [signIn(), ...events])).notes.join();
    expect(await listNotes(lost)).toContain(advice);
    expect(await listNotes(stopped, lost)).not.toContain(advice);
  });

  it('is unknown when a user got no last answer', async () => {
    const events = [signIn(1), signIn(2), mark('stopped'), ask('ok'), ask('connectionRefused', { user: 2 })];
    expect((await judgeCanned('watch', 'redis', 'watch', events)).verdict).toBe('unknown');
  });

  it('tells how long it took until every answer was one again', async () => {
    const failures = [60, 70, 80].map((at) => ask('serverError', { at }));
    const answers = Array.from({ length: 10 }, (_, n) => ask('ok', { at: 100 + n }));
    const { cells } = await judgeCanned('watch', 'redis', 'watch', [
      signIn(),
      mark('stopped'),
      ...failures,
      ...answers,
    ]);
    expect(cells[0]?.evidence.at(-1)).toBe('recovered after 51 ms');
  });
});
