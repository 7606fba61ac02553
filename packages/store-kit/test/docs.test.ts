// The generated parts of docs/stores.md are the results of a run. To write them again, run this test with -u.

import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { startPostgres, startRedis } from '@statecraft/infra-dev';
import { expect, it, onTestFinished } from 'vitest';
import { runSessionStoreChecks, sessionStoreChecks } from '../src/index.ts';
import { writeParts } from './docs-page.ts';
import { memoryHarness } from './harnesses/memory.ts';
import { createPostgresHarness } from './harnesses/postgres.ts';
import { createRedisHarness } from './harnesses/redis.ts';
import { sqliteHarness } from './harnesses/sqlite.ts';
import { endIdleProcess } from './harnesses/store-process.ts';
import { createMutantHarness, type Mutant } from './mutants/base.ts';
import { mutants } from './mutants/index.ts';

const PAGE = fileURLToPath(new URL('../../../docs/stores.md', import.meta.url));
const page = readFileSync(PAGE, 'utf8');

async function isCaught(mutant: Mutant): Promise<boolean> {
  const checks = sessionStoreChecks.filter(({ id }) => id === mutant.caughtBy);
  const results = await runSessionStoreChecks(createMutantHarness(mutant), checks);
  return results.some(({ outcome }) => outcome === 'failed');
}

it('docs/stores.md has the tables that a run of all checks gives', { timeout: 600_000 }, async () => {
  const server = await startRedis();
  onTestFinished(() => server.stop());
  const postgres = await startPostgres();
  onTestFinished(() => postgres.stop());
  onTestFinished(endIdleProcess);
  const caught = new Set<Mutant>();
  for (const mutant of mutants) if (await isCaught(mutant)) caught.add(mutant);
  // The tests of each store run the checks at full length; here they only give the table.
  const short = { operations: 500, runs: 10 };
  const stores = {
    memory: await runSessionStoreChecks({ ...memoryHarness, ...short }),
    Redis: await runSessionStoreChecks({ ...createRedisHarness(() => server), ...short }),
    SQLite: await runSessionStoreChecks({ ...sqliteHarness, ...short }),
    PostgreSQL: await runSessionStoreChecks({
      ...createPostgresHarness(() => postgres, { lossAfterKill: { ms: 0 } }),
      ...short,
    }),
  };
  await expect(writeParts(page, { stores, caught, mutants })).toMatchFileSnapshot(PAGE);
});

it.each(['map-store.ts', 'example.test.ts'])('docs/stores.md shows the tested %s', (file) => {
  const example = readFileSync(new URL(file, import.meta.url), 'utf8');
  expect(page).toContain(`\`\`\`ts\n${example}\`\`\``);
});

it('README.md shows the tested example', () => {
  const readme = readFileSync(new URL('../README.md', import.meta.url), 'utf8');
  const example = readFileSync(new URL('example.test.ts', import.meta.url), 'utf8');
  expect(readme).toContain(`\`\`\`ts\n${example}\`\`\``);
  expect(readme).toContain(`${sessionStoreChecks.length} checks`);
});

it('docs/stores.md names every option of a harness', () => {
  const source = readFileSync(new URL('../src/harness.ts', import.meta.url), 'utf8');
  const names = [...source.matchAll(/^ {2}(?:readonly )?(\w+)\??[(:]/gm)].map(([, name = '']) => name);
  expect(names).toContain('stall');
  for (const name of names) expect(page).toMatch(new RegExp(`\`${name}[(:\`]`));
});
