// npm run release: every step of a release up to publishing. CI publishes with `-- --publish`.
//
//   built packages ──> pack ──> check ──> no problem in any? ──> publish each, or show what npm would publish

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { formatCommand, readArguments } from '@statecraft/infra-dev';
import { type PackedPackage, PUBLIC_PACKAGES, packPackage } from './packages.ts';
import { listProblems } from './problems.ts';
import { publishPackage } from './publish.ts';

const HELP = `${formatCommand('release', ['--publish'])}
Packs the public packages, checks them with publint and "are the types wrong?", and shows what npm would publish.
  --publish   publish them, with provenance; only a CI job can do that
Exit code: 0 done, 1 a step failed, 64 wrong usage.`;

const given = readArguments(process.argv.slice(2), { help: HELP, options: { publish: { type: 'boolean' } } });
process.exitCode = typeof given === 'number' ? given : await release(given.values.publish !== true);

async function release(dryRun: boolean): Promise<number> {
  const folder = mkdtempSync(join(tmpdir(), 'statecraft-release-'));
  try {
    const packed: PackedPackage[] = [];
    for (const name of PUBLIC_PACKAGES) packed.push(await packPackage(name, folder));
    const problems = await Promise.all(packed.map(async (one) => ({ name: one.name, found: await listProblems(one) })));
    const lines = problems.flatMap(({ name, found }) => found.map((problem) => `${name}: ${problem}`));
    for (const line of lines) console.error(line);
    if (lines.length > 0) return 1;
    for (const one of packed) {
      await publishPackage(one, { dryRun });
      console.log(`${dryRun ? 'Would publish' : 'Published'} ${one.name} (${one.bytes.length} bytes)`);
    }
    return 0;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
