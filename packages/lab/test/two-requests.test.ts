// The whole experiment on the built servers and a real Redis: what `npm start` runs.

import { fileURLToPath } from 'node:url';
import { startRedis } from '@statecraft/infra-dev';
import { expect, it } from 'vitest';
import { type Report, runTwoRequests } from '../src/index.ts';

const entryOf = (app: string) => fileURLToPath(new URL(`../../../apps/${app}/dist/main.js`, import.meta.url));
const entries = { stateless: entryOf('stateless-api'), stateful: entryOf('stateful-api') };

const answersOf = (report: Report, mode: 'jwt' | 'memory' | 'redis') =>
  report.questions.map(({ cells }) => cells[mode]?.answer);

it('sees what each mode promises', async () => {
  const redis = await startRedis();
  try {
    const report = await runTwoRequests({ entries, redis: { url: redis.url, description: 'Redis of this test' } });
    expect(answersOf(report, 'jwt')).toEqual(['signed-in', 'signed-in', 'signed-in', 'still-accepted']);
    expect(answersOf(report, 'memory')).toEqual(['signed-in', 'signed-out', 'signed-out', 'refused']);
    expect(answersOf(report, 'redis')).toEqual(['signed-in', 'signed-in', 'signed-in', 'refused']);
    expect(report.verdict).toBe('holds');
  } finally {
    await redis.stop();
  }
}, 60_000);

it('measures the rest without a Redis, and says how to get one', async () => {
  const report = await runTwoRequests({ entries, modes: ['memory', 'redis'], redis: { missing: 'install one' } });
  expect(answersOf(report, 'redis')).toEqual(Array(4).fill('not-measured'));
  expect(report.notes).toEqual(['redis was not measured: install one']);
  expect(report.verdict).toBe('holds');
}, 60_000);

it('shows the last lines of a server that does not come up', async () => {
  const broken = { stateless: entries.stateless, stateful: fileURLToPath(new URL('absent.js', import.meta.url)) };
  const run = runTwoRequests({ entries: broken, modes: ['memory'], redis: { missing: '' } });
  await expect(run).rejects.toThrow(/memory-a ended with 1[\s\S]*MODULE_NOT_FOUND/);
}, 30_000);
