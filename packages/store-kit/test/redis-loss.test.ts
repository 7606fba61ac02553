// What a Redis that is killed loses, by its appendfsync: the bounds that docs/stores.md declares.

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startRedis } from '@statecraft/infra-dev';
import { expect, it, onTestFinished } from 'vitest';
import { runSessionStoreChecks, sessionStoreChecks } from '../src/index.ts';
import { createRedisHarness } from './harnesses/redis.ts';

const checks = sessionStoreChecks.filter(({ id }) => id === 'loss-is-bounded');

async function runOnRedis(appendfsync: string, boundMs: number) {
  const folder = mkdtempSync(join(tmpdir(), 'statecraft-redis-'));
  const server = await startRedis(['--appendonly', 'yes', '--appendfsync', appendfsync, '--dir', folder]);
  onTestFinished(async () => {
    await server.stop();
    rmSync(folder, { recursive: true });
  });
  const [result] = await runSessionStoreChecks(
    createRedisHarness(() => server, { lossAfterKill: { ms: boundMs } }),
    checks,
  );
  return result;
}

it.each([
  ['always', 0],
  ['everysec', 2_000],
])(
  'with appendfsync %s, a kill loses nothing that was answered more than %i ms before',
  async (appendfsync, boundMs) => {
    expect(await runOnRedis(appendfsync, boundMs)).toMatchObject({ outcome: 'passed', error: undefined });
  },
  60_000,
);

it('without an append-only file a kill loses everything, and the check says so', async () => {
  const server = await startRedis();
  onTestFinished(() => server.stop());
  const [result] = await runSessionStoreChecks(
    createRedisHarness(() => server, { lossAfterKill: { ms: 0 } }),
    checks,
  );
  expect(result).toMatchObject({
    outcome: 'failed',
    error: { message: expect.stringContaining('ms before the kill') },
  });
}, 60_000);
