// The bench as its user starts it, where it ends before anything is measured.

import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';

const main = fileURLToPath(new URL('../src/main.ts', import.meta.url));
const isLinux = process.platform === 'linux';
/** Nothing listens on port 1. */
const env = { PATH: process.env.PATH ?? '', REDIS_URL: 'redis://127.0.0.1:1' };

function runBench(...args: string[]) {
  return spawnSync(process.execPath, ['--conditions=@statecraft/source', main, ...args], { env, encoding: 'utf8' });
}

it.runIf(isLinux)(
  'does not publish without Redis: it names what is missing, says what installs Redis, and ends with 3',
  () => {
    const { status, stderr, stdout } = runBench('--write');
    expect(stderr).toMatch(/^REDIS_URL is set, but 127\.0\.0\.1:1 does not answer PING\.\n/);
    expect(stderr).toMatch(/There is no Redis\. Not measured: redis, tracked, .*hand-get, .*stateful-api-redis/);
    expect(stderr).toMatch(/To measure them, too: .*(redis|valkey)/);
    expect(stdout).toBe('');
    expect(status).toBe(3);
  },
);

it('ends with 64 and prints nothing on stdout for wrong usage', () => {
  const { status, stderr, stdout } = runBench('--rounds', 'many');
  expect(stderr).toMatch(/^--rounds must be a whole number from 1 to 100\. It is "many"\.\n/);
  expect(stdout).toBe('');
  expect(status).toBe(64);
});
