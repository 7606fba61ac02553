// docs/errors.md and the tables of error codes say the same.

import { readFileSync } from 'node:fs';
import { STATUS_CODES } from 'node:http';
import { expect, it } from 'vitest';
import { formatErrorsPage, listErrorTables, listGatewayErrors } from '../scripts/docs/errors.ts';

it('docs/errors.md has every code of every table (npm run docs -- errors writes it)', () => {
  expect(readFileSync(new URL('../docs/errors.md', import.meta.url), 'utf8')).toBe(formatErrorsPage());
});

it('no code is in the tables of two packages', () => {
  const codes = listErrorTables().flatMap(([, table]) => Object.keys(table));
  expect(codes).toEqual([...new Set(codes)]);
});

it('nginx answers errors in the common form, with the same text for the same code', () => {
  const known = Object.assign({}, ...listErrorTables().map(([, table]) => table));
  const errors = listGatewayErrors();
  expect(errors.length).toBeGreaterThan(10);
  for (const { statusCode, code, error, message } of errors) {
    expect({ code, error }).toEqual({ code, error: STATUS_CODES[statusCode] });
    expect({ code, statusCode, message }).toEqual({ code, ...pickText(known[code]) });
  }
});

const pickText = ({ statusCode, message }: { statusCode: number; message: string }) => ({ statusCode, message });
