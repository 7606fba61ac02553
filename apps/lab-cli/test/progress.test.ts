// What is seen while a run goes on. The clock is the test's own.

import { Writable } from 'node:stream';
import { stripVTControlCharacters } from 'node:util';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createCountdown, createProgress } from '../src/progress/progress.ts';
import { createTally } from '../src/progress/tally.ts';

function createScreen(isTTY: boolean, columns = 80) {
  const written: string[] = [];
  const stream = new Writable({
    write(chunk, _encoding, done) {
      written.push(String(chunk));
      done();
    },
  });
  return { written, stream: Object.assign(stream, { isTTY, columns }) as unknown as NodeJS.WriteStream };
}

const part = { type: 'part', side: 'redis', scenario: 'crash', at: 0 } as const;
const signIn = (user: number, server: string) => ({ type: 'sign-in', at: 1, user, server, ms: 3 }) as const;
const request = (user: number, outcome: 'ok' | 'signedOut' | 'timedOut' | 'wrongUser' | 'refused', server = 'a') =>
  ({ type: 'request', at: 2, late: 0, ms: 1, user, outcome, server }) as const;
const mark = { type: 'mark', at: 8_000, kind: 'kill', text: 'b killed', proof: { pid: 7 } } as const;

describe('the tally', () => {
  it('counts users by the server that they were last seen signed in at', () => {
    const tally = createTally();
    for (const event of [part, signIn(1, 'a'), signIn(2, 'b'), signIn(3, 'b'), request(3, 'ok', 'a')]) tally.add(event);
    expect(tally.formatSignedIn()).toBe('users signed in: a 2, b 1');
  });

  it('lets go of who signed out and of who was signed out', () => {
    const tally = createTally();
    for (const event of [part, signIn(1, 'a'), signIn(2, 'a'), request(1, 'signedOut')]) tally.add(event);
    tally.add({ type: 'sign-out', at: 3, user: 2, server: 'a' });
    expect(tally.formatSignedIn()).toBe('users signed in: none');
  });

  it('tells failed requests, answers 401 and wrong users apart, and does not call a refusal a failure', () => {
    const tally = createTally();
    const outcomes = ['ok', 'timedOut', 'signedOut', 'wrongUser', 'refused'] as const;
    for (const outcome of outcomes) tally.add(request(1, outcome));
    expect(tally.formatCounts()).toBe('5 requests: 1 failed, 1 answered with 401, 1 answered as ANOTHER USER');
  });

  it('begins anew with each part', () => {
    const tally = createTally();
    for (const event of [part, signIn(1, 'a'), request(1, 'ok'), part]) tally.add(event);
    expect([tally.getPart(), tally.formatCounts()]).toEqual(['redis, crash', '0 requests']);
  });
});

describe('the countdown', () => {
  const createStarted = (parts: number, seconds: number) => {
    const clock = { now: 0 };
    const countdown = createCountdown(() => clock.now);
    expect(countdown.format()).toBe('');
    countdown.begin({ parts, seconds });
    return { clock, countdown };
  };

  it('begins with the time that was planned', () => {
    const { clock, countdown } = createStarted(15, 80);
    expect(countdown.format()).toBe('part 1 of 15, about 80 s left');
    clock.now = 4_000;
    expect(countdown.format()).toBe('part 1 of 15, about 76 s left');
  });

  it('follows what is measured, the more the more is done', () => {
    const { clock, countdown } = createStarted(4, 40);
    const seen = [1, 2, 3].map((part) => {
      // Each part takes twice as long as planned.
      clock.now = part * 20_000;
      countdown.endPart();
      return countdown.format();
    });
    // 60, 40 and 20 s are left in truth.
    expect(seen).toEqual([
      'part 2 of 4, about 38 s left',
      'part 3 of 4, about 30 s left',
      'part 4 of 4, about 18 s left',
    ]);
  });

  it('gives minutes from two minutes on', () => {
    expect(createStarted(15, 600).countdown.format()).toBe('part 1 of 15, about 10 min left');
  });

  it('never says that no time is left before the end', () => {
    const { clock, countdown } = createStarted(2, 10);
    clock.now = 60_000;
    expect(countdown.format()).toBe('part 1 of 2, about 1 s left');
    for (let time = 0; time < 3; time++) countdown.endPart();
    clock.now = 600_000;
    expect(countdown.format()).toBe('part 2 of 2, about 1 s left');
  });
});

describe('without a terminal', () => {
  it('is a line for each step and each fault, without control characters', () => {
    const { stream, written } = createScreen(false);
    const progress = createProgress(stream, () => 0);
    progress.step('redis: starting three servers');
    progress.event(mark);
    expect(written.join('')).toBe('redis: starting three servers …\n  8.0 s: b killed\n');
  });

  it('says at each part which it is, and how much time is left', () => {
    const { stream, written } = createScreen(false);
    let now = 0;
    const progress = createProgress(stream, () => now);
    progress.begin({ parts: 15, seconds: 60 });
    progress.event(part);
    now = 1_000;
    progress.event({ type: 'part-end', at: 1 });
    const lines = written.join('');
    expect(lines).toBe('part 1 of 15, about 60 s left\npart 1 of 15, about 60 s left: redis, crash\n');
    progress.event(part);
    expect(written.join('').slice(lines.length)).toBe('part 2 of 15, about 53 s left: redis, crash\n');
  });

  it('counts at most every two seconds', () => {
    const { stream, written } = createScreen(false);
    let now = 0;
    const progress = createProgress(stream, () => now);
    for (const at of [500, 1_000, 1_999, 2_000, 2_001, 3_999, 4_000]) {
      now = at;
      progress.event(request(1, 'ok'));
    }
    expect(written).toEqual([
      '  0.0 s: 4 requests; users signed in: a 1\n',
      '  0.0 s: 7 requests; users signed in: a 1\n',
    ]);
  });
});

describe('on a terminal', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  const listDraws = (written: readonly string[]) => written.filter((text) => text.includes('step one'));

  it('draws at most ten times a second, and not when nothing has changed', () => {
    const { stream, written } = createScreen(true);
    const progress = createProgress(stream, () => 0);
    progress.step('step one');
    for (let ms = 0; ms < 1_000; ms++) {
      progress.event(request(1, 'ok'));
      vi.advanceTimersByTime(1);
    }
    expect(listDraws(written)).toHaveLength(10);
    vi.advanceTimersByTime(5_000);
    expect(listDraws(written).length).toBeLessThanOrEqual(11);
    progress.end();
  });

  it('shows step, part, users for each server and faults, none wider than the terminal', () => {
    const { stream, written } = createScreen(true, 40);
    const progress = createProgress(stream, () => 0);
    progress.step('step one');
    for (const event of [part, signIn(1, 'a'), mark, { ...mark, text: 'x'.repeat(100) }]) progress.event(event);
    vi.advanceTimersByTime(100);
    const lines = stripVTControlCharacters(listDraws(written).at(-1) ?? '')
      .trimEnd()
      .split('\n');
    expect(lines.slice(0, 4)).toEqual([
      '0 s  step one',
      '  redis, crash: 0 requests',
      '  users signed in: a 1',
      '  ! 8.0 s: b killed',
    ]);
    expect(Math.max(...lines.map((line) => line.length))).toBeLessThan(40);
    progress.end();
  });

  it('leaves nothing behind when it ends', () => {
    const { stream, written } = createScreen(true);
    const progress = createProgress(stream, () => 0);
    progress.step('step one');
    vi.advanceTimersByTime(100);
    progress.end();
    const after = written.length;
    vi.advanceTimersByTime(1_000);
    expect(written).toHaveLength(after);
    // Up over what was drawn, to the line's beginning, and clear from there.
    expect(written.slice(-3).join('')).toBe('\u001b[1A\r\u001b[0J');
  });
});
