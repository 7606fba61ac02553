// Each row of the attack table in docs/device-bound.md is tried, and must say what happened.

import { readFileSync } from 'node:fs';
import type { LightMyRequestResponse } from 'fastify';
import { expect, it } from 'vitest';
import { ATTACKS } from './attacks.ts';

const docs = readFileSync(new URL('../../../../../docs/device-bound.md', import.meta.url), 'utf8');
const [, section = ''] = docs.split('\n## Attacks, and their answers\n');
/** Attempt, answer, control. */
const rows = [...(section.split('\n## ')[0] ?? '').matchAll(/^\| (.*) \| (.*) \| (.*) \|$/gm)]
  .map((row) => row.slice(1))
  .slice(1);

it('the table has the attacks of this test, in its order', () => {
  expect(rows.map(([attempt]) => attempt)).toEqual(ATTACKS.map(({ attempt }) => attempt));
});

it.each(ATTACKS)('$attempt: is answered as the table says', async ({ attempt, control, run }) => {
  const tried = await run();
  const row = [attempt, formatAnswer(tried.answer), `${control}: ${formatAnswer(tried.control)}`];
  expect(rows).toContainEqual(row);
});

function formatAnswer(answer: LightMyRequestResponse): string {
  const { code, continue: goesOn } = answer.json();
  if (goesOn === false) return `${answer.statusCode} \`continue: false\``;
  return answer.statusCode === 200 ? '200' : `${answer.statusCode} \`${code}\``;
}
