import { describe, expect, it } from 'vitest';
import { applyThresholds, listThresholds, parseThreshold } from '../src/judge/thresholds.ts';
import { impactReport } from './fixtures/report.ts';

const judgeThresholds = (...texts: string[]) => applyThresholds(impactReport(), texts.map(parseThreshold));

describe('a threshold as typed', () => {
  it.each([
    ['unexpected_401=0', { name: 'unexpected_401', operator: '=', bound: 0 }],
    ['p99_ms <= 50', { name: 'p99_ms', operator: '<=', bound: 50 }],
    ['exposure_s<0.5', { name: 'exposure_s', operator: '<', bound: 0.5 }],
    ['requests_per_second>=100', { name: 'requests_per_second', operator: '>=', bound: 100 }],
    ['lost>1', { name: 'lost', operator: '>', bound: 1 }],
  ])('%s', (text, threshold) => {
    expect(parseThreshold(text)).toEqual(threshold);
  });

  it.each(['', 'lost', 'lost=', 'lost=x', 'lost==0', 'lost=-1', 'lost=1ms', '=0', 'lost=0;errors=0'])(
    'is not "%s"',
    (text) => {
      expect(() => parseThreshold(text)).toThrow(/is not a name, one of/);
    },
  );

  it('of an unknown name is answered with the nearest, and code 64', () => {
    expect(() => parseThreshold('p99=5')).toThrow(expect.objectContaining({ exitCode: 64 }));
    expect(() => parseThreshold('unexpected401=0')).toThrow(/Did you mean unexpected_401/);
  });

  it('is not taken from what every object has', () => {
    expect(() => parseThreshold('constructor=0')).toThrow(/There is no threshold/);
  });
});

it('leaves a report without thresholds as it is', () => {
  expect(applyThresholds(impactReport(), [])).toEqual(impactReport());
});

it('keeps the verdict where every part keeps the bound', () => {
  const report = judgeThresholds('wrong_user=0', 'p99_ms<=24');
  expect(report.verdict).toBe('holds');
  expect(report.checks.slice(-2).map(({ outcome, kind }) => [outcome, kind])).toEqual([
    ['holds', 'threshold'],
    ['holds', 'threshold'],
  ]);
});

it('breaks it where one part misses the bound, and says which', () => {
  const report = judgeThresholds('p99_ms<24');
  expect(report.verdict).toBe('broken');
  expect(report.sentence).toMatch(
    /Threshold p99_ms < 24: missed: 24 in redis, scale; 24 in redis, crash; 24 in redis, users\.$/,
  );
});

it('names three parts and counts the rest', () => {
  expect(judgeThresholds('max_ms<1').checks.at(-1)?.detail).toMatch(/; 121 in memory\+affinity, scale, and 9 more$/);
});

it('is unknown where nothing was measured that it could hold', () => {
  const report = impactReport();
  const parts = report.parts.map((part) => ({ ...part, recoveryMs: null }));
  expect(applyThresholds({ ...report, parts }, [parseThreshold('recovery_s<1')]).verdict).toBe('unknown');
});

it('looks only at parts that have something to say', () => {
  expect(judgeThresholds('recovery_s<=0.74').checks.at(-1)).toMatchObject({
    outcome: 'holds',
    detail: 'in all 4 parts that measured it',
  });
});

it('does not make a run hold that did not', () => {
  const unknown = { ...impactReport(), verdict: 'unknown' as const };
  expect(applyThresholds(unknown, [parseThreshold('wrong_user=0')]).verdict).toBe('unknown');
});

it('has a meaning for every name', () => {
  expect(listThresholds().filter(([, text]) => text === '')).toEqual([]);
});
