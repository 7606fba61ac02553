// docs/stores.md says what comes out when everything is run. To write its generated parts anew: this test with -u.

import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { startRedis } from '@statecraft/infra-dev';
import { expect, it, onTestFinished } from 'vitest';
import { runSessionStoreChecks, sessionStoreChecks } from '../../src/testing/index.ts';
import { stepInto } from './docs-page.ts';
import { harnessOf, type Mutant } from './mutants/base.ts';
import { mutants } from './mutants/index.ts';
import { memoryHarness, redisHarness } from './stores.ts';

const PAGE = fileURLToPath(new URL('../../../../docs/stores.md', import.meta.url));
const page = readFileSync(PAGE, 'utf8');

async function isCaught(mutant: Mutant): Promise<boolean> {
  const checks = sessionStoreChecks.filter(({ id }) => id === mutant.caughtBy);
  const results = await runSessionStoreChecks(harnessOf(mutant), checks);
  return results.some(({ outcome }) => outcome === 'failed');
}

it('has the tables that a run of everything gives', { timeout: 120_000 }, async () => {
  const server = await startRedis();
  onTestFinished(() => server.stop());
  const caught = new Set<Mutant>();
  for (const mutant of mutants) if (await isCaught(mutant)) caught.add(mutant);
  const memory = await runSessionStoreChecks(memoryHarness);
  const redis = await runSessionStoreChecks(redisHarness(() => server.url));
  await expect(stepInto(page, { memory, redis, caught, mutants })).toMatchFileSnapshot(PAGE);
});

it('shows the example as it is', () => {
  const example = readFileSync(new URL('example.test.ts', import.meta.url), 'utf8');
  expect(page).toContain(`\`\`\`ts\n${example}\`\`\``);
});

it('names every option of a harness', () => {
  const source = readFileSync(new URL('../../src/testing/harness.ts', import.meta.url), 'utf8');
  const names = [...source.matchAll(/^ {2}(?:readonly )?(\w+)\??[(:]/gm)].map(([, name = '']) => name);
  expect(names).toContain('stall');
  for (const name of names) expect(page).toMatch(new RegExp(`\`${name}[(:\`]`));
});
