// The number of nginx workers, from the limits of a container as the kernel shows them.

import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it, onTestFinished } from 'vitest';

const script = fileURLToPath(new URL('../count-workers.sh', import.meta.url));

/** @param limits the files of the control groups, by path */
function countWorkers(limits: Record<string, string>, cores: number): number {
  const folder = mkdtempSync(join(tmpdir(), 'statecraft-workers-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  for (const [name, text] of Object.entries(limits)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), `${text}\n`);
  }
  const { stdout, stderr } = spawnSync('sh', [script, folder, String(cores)], { encoding: 'utf8' });
  expect(stderr).toBe('');
  return Number(stdout);
}

const MIB = 1024 * 1024;
const UNLIMITED_V1 = '9223372036854771712';

it.each<[string, Record<string, string>, number, number]>([
  ['one per core without limits', {}, 6, 6],
  ['one per core if version 2 says max', { 'cpu.max': 'max 100000', 'memory.max': 'max' }, 6, 6],
  [
    'one per core if version 1 has no limit',
    { 'cpu/cpu.cfs_quota_us': '-1', 'cpu/cpu.cfs_period_us': '100000', 'memory/memory.limit_in_bytes': UNLIMITED_V1 },
    6,
    6,
  ],
  ['8 in 128 MiB on 64 cores (version 2)', { 'cpu.max': 'max 100000', 'memory.max': String(128 * MIB) }, 64, 8],
  ['8 in 128 MiB on 64 cores (version 1)', { 'memory/memory.limit_in_bytes': String(128 * MIB) }, 64, 8],
  ['2 with one and a half cores (version 2)', { 'cpu.max': '150000 100000', 'memory.max': 'max' }, 64, 2],
  [
    '2 with one and a half cores (version 1)',
    { 'cpu/cpu.cfs_quota_us': '150000', 'cpu/cpu.cfs_period_us': '100000' },
    64,
    2,
  ],
  ['1 with a tenth of a core', { 'cpu.max': '10000 100000' }, 64, 1],
  ['1 in less memory than one is counted with', { 'memory.max': String(8 * MIB) }, 4, 1],
  ['the cores if the limits allow more', { 'cpu.max': '800000 100000', 'memory.max': String(512 * MIB) }, 2, 2],
])('%s', (_what, limits, cores, workers) => {
  expect(countWorkers(limits, cores)).toBe(workers);
});
