// The built command, run as its user does.

import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';

const main = fileURLToPath(new URL('../dist/main.js', import.meta.url));

function lab(args: string[], env: Record<string, string> = {}) {
  return spawnSync(process.execPath, [main, ...args], { encoding: 'utf8', env: { ...process.env, ...env } });
}

it('prints its help and ends with 0', () => {
  const { status, stdout } = lab(['--help']);
  expect(status).toBe(0);
  expect(stdout).toContain('--json <file>');
});

it.each([
  [
    'an unknown mode',
    ['run', 'two-requests', '--mode', 'mongo'],
    'There is no mode "mongo". There are: jwt, memory, redis',
  ],
  ['an unknown experiment', ['run', 'two-request'], 'Did you mean two-requests?'],
  ['an unknown option', ['--server', '3'], 'Try: npm start -- --help'],
])('answers %s with 64 and what to type', (_what, args, line) => {
  const { status, stderr } = lab(args);
  expect(status).toBe(64);
  expect(stderr).toContain(line);
});

it('ends with 3 when the Redis at REDIS_URL does not answer', () => {
  const { status, stderr } = lab(['--mode', 'redis'], { REDIS_URL: 'redis://127.0.0.1:1' });
  expect(status).toBe(3);
  expect(stderr).toBe(
    'REDIS_URL is set, but 127.0.0.1:1 does not answer PING. Start that server, or unset REDIS_URL.\n',
  );
});

it('prints the table on stdout, progress on stderr, and writes the JSON', () => {
  const folder = mkdtempSync(join(tmpdir(), 'lab-cli-'));
  const file = join(folder, 'report.json');
  try {
    const { status, stdout, stderr } = lab(['run', 'two-requests', '--mode', 'memory', '--json', file]);
    expect(stderr).toContain('memory: starting two servers');
    expect(stdout).toContain('| Ask a second server ');
    expect(JSON.parse(readFileSync(file, 'utf8'))).toMatchObject({ schema: 'statecraft.report/2', verdict: 'holds' });
    expect(status).toBe(0);
  } finally {
    rmSync(folder, { recursive: true });
  }
}, 60_000);
