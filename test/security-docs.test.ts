// docs/security.md names a test for each thing that is kept: the file is there, and has a test of that title.

import { existsSync, readFileSync } from 'node:fs';
import { expect, it } from 'vitest';

const page = new URL('../docs/security.md', import.meta.url);
const rows = [...readFileSync(page, 'utf8').matchAll(/\]\(([^)]+\.test\.ts)\) "([^"]+)"/g)];

it('names tests', () => {
  expect(rows.length).toBeGreaterThan(30);
});

it.each(rows.map(([, file = '', title = '']) => [file, title] as const))('%s has "%s"', (file, title) => {
  const path = new URL(file, page);
  expect(existsSync(path)).toBe(true);
  expect(readFileSync(path, 'utf8')).toContain(title);
});
