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

it('measures the rest without a Redis, and says how to get one', async () => {
  const report = await run('two-requests', { modes: ['memory', 'redis'] });
  expect(listCellTexts(report, 'redis')).toEqual(Array(4).fill('not measured'));
  expect(report.notes).toContainEqual(
    expect.stringMatching(/^redis was not measured: There is no Redis here\. To install one: /),
  );
  expect(report.verdict).toBe('holds');
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
