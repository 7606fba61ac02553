// A learner's function that answers nothing or throws gets a first failure in words, never a stack of the check.

import { globSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it, onTestFinished } from 'vitest';
import { EXERCISES } from '../src/exercises.ts';
import { runCheck } from '../src/run-check.ts';

const root = fileURLToPath(new URL('../../../', import.meta.url));

/** What a function does before it is written. */
const BODIES = {
  'answers nothing': '(): any {}',
  'throws an error': '(): any { throw new Error("not written yet"); }',
} as const;

/** The files of the starter, each with functions of the same names and this body. */
function writeUnfinished(name: string, body: string): string {
  const folder = mkdtempSync(join(tmpdir(), 'statecraft-unfinished-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const starter = join(root, 'exercises', name, 'starter');
  for (const file of globSync('*.ts', { cwd: starter })) {
    const exported = readFileSync(join(starter, file), 'utf8').matchAll(/^export (?:async )?function (\w+)/gm);
    const lines = [...exported].map(([, one]) => `export function ${one}${body}\n`);
    writeFileSync(join(folder, file), lines.join(''));
  }
  return folder;
}

describe.each(EXERCISES)('exercise $name', { timeout: 120_000 }, (exercise) => {
  it.each(Object.entries(BODIES))('shows a first failure if a function %s', async (_what, body) => {
    const outcome = await runCheck(exercise, writeUnfinished(exercise.name, body));
    expect(outcome).toMatchObject({ kind: 'failed' });
  });
});
