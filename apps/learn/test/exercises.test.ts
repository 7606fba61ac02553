// Each exercise grades right: the starter fails, the solution passes, and each wrong solution of test/wrong/ is caught with the
// message that its first line names.

import { existsSync, globSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { EXERCISES } from '../src/exercises.ts';
import { type CheckOutcome, runCheck } from '../src/run-check.ts';

const root = fileURLToPath(new URL('../../../', import.meta.url));

function describeSeen(outcome: CheckOutcome): string {
  if (outcome.kind === 'failed') return outcome.failure.saw;
  return outcome.kind === 'error' ? outcome.message : 'it passed';
}

/** The wrong solutions of an exercise, and the text that the learner must see. */
function listWrong(name: string): readonly { label: string; folder: string; seen: string }[] {
  const folder = join(root, 'apps/learn/test/wrong', name);
  return readdirSync(folder).map((label) => {
    const texts = globSync('*', { cwd: join(folder, label) }).map((file) =>
      readFileSync(join(folder, label, file), 'utf8'),
    );
    const seen = texts.flatMap((text) => /^\/\/ seen: (.+)$/m.exec(text)?.[1] ?? [])[0];
    if (seen === undefined) throw new Error(`${name}/${label} has no line "// seen: …".`);
    return { label, folder: join(folder, label), seen };
  });
}

it('every folder of exercises/ is an exercise, and has a task and a starter', () => {
  const folders = globSync('[0-9]*/', { cwd: join(root, 'exercises') }).map((folder) => folder.replace(/\/$/, ''));
  expect(folders.sort()).toEqual(EXERCISES.map(({ name }) => name));
  const missing = EXERCISES.filter(
    ({ name }) =>
      !existsSync(join(root, 'exercises', name, 'README.md')) || !existsSync(join(root, 'exercises', name, 'starter')),
  );
  expect(missing).toEqual([]);
});

// A check takes seconds; a machine that is busy takes more than the usual limit for exercise 10.
describe.each(EXERCISES)('exercise $name', { timeout: 120_000 }, ({ name, ...exercise }) => {
  const check = (folder: string) => runCheck({ name, ...exercise }, folder);
  const wrong = listWrong(name);

  it('fails with its starter', async () => {
    expect((await check(join(root, 'exercises', name, 'starter'))).kind).toBe('failed');
  });

  it('passes with its solution', async () => {
    expect(await check(join(root, 'apps/learn/solutions', name))).toEqual({ kind: 'passed' });
  });

  it('has at least three wrong solutions', () => {
    expect(wrong.length).toBeGreaterThanOrEqual(3);
  });

  it.each(wrong)('catches the wrong solution $label', async ({ folder, seen }) => {
    expect(describeSeen(await check(folder))).toContain(seen);
  });
});
