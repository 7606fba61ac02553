// The whole experiment on the built servers and a real Redis.

import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { judgeRun, Report } from '../src/index.ts';
import { entries, listCellTexts, newFolder, run, startTestRedis } from './running.ts';

it('sees what each mode promises, and judges the same again from the raw files', async () => {
  const folder = newFolder();
  const report = await run('two-requests', {}, { folder, findRedis: await startTestRedis() });
  expect(listCellTexts(report, 'jwt').slice(0, 3)).toEqual(Array(3).fill('still signed in'));
  expect(listCellTexts(report, 'jwt')[3]).toMatch(/^still accepted for [0-6](\.\d+)? s \(token life 6 s\)$/);
  expect(listCellTexts(report, 'memory')).toEqual([
    'still signed in',
    'signed out',
    'signed out',
    'refused immediately',
  ]);
  expect(listCellTexts(report, 'redis')).toEqual([...Array(3).fill('still signed in'), 'refused immediately']);
  expect(report.verdict).toBe('holds');
  expect(Report.parse(report)).toEqual(report);
  expect(await judgeRun(folder)).toEqual(report);
}, 120_000);

it('says before it measures that it measures the rest only, and how to get a Redis', async () => {
  const seen: string[] = [];
  const say = (line: string) => void seen.push(line);
  const event = ({ type }: { type: string }) => void seen.push(type);
  const progress = { step: () => undefined, say, event, begin: () => undefined };
  const report = await run('two-requests', { modes: ['memory', 'redis'] }, { progress });
  expect(seen.slice(0, 2)).toEqual([
    expect.stringMatching(/^This run measures 1 of 2 columns, not "redis"\. To measure all, .* install a Redis/),
    'part',
  ]);
  expect(listCellTexts(report, 'redis')).toEqual(Array(4).fill('not measured'));
  expect(report.notes).toContainEqual(
    expect.stringMatching(/^redis was not measured: There is no Redis here\. To install one: /),
  );
  expect(report).toMatchObject({ verdict: 'holds', coverage: { measured: 1, of: 2 } });
}, 120_000);

it('ends with 3 when nothing is left to measure', async () => {
  await expect(run('two-requests', { modes: ['redis'] })).rejects.toMatchObject({
    exitCode: 3,
    message: expect.stringMatching(/^Nothing is left to measure\. There is no Redis here/),
  });
});

it('shows the last lines of a server that does not come up', async () => {
  const broken = { ...entries, stateful: fileURLToPath(new URL('absent.js', import.meta.url)) };
  await expect(run('two-requests', { modes: ['memory'] }, { entries: broken })).rejects.toThrow(
    /memory-\d ended with 1[\s\S]*MODULE_NOT_FOUND/,
  );
}, 120_000);
