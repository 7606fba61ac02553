// docs/errors.md says what the code tables say, both ways.

import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { errorsPage, errorTables } from '../scripts/docs-errors.ts';

it('holds docs/errors.md against every table of error codes (npm run docs:errors writes it)', () => {
  expect(readFileSync(new URL('../docs/errors.md', import.meta.url), 'utf8')).toBe(errorsPage());
});

it('gives no code to two packages', () => {
  const codes = errorTables().flatMap(([, table]) => Object.keys(table));
  expect(codes).toEqual([...new Set(codes)]);
});
