// docs/errors.md says what the code tables say, both ways.

import { readFileSync } from 'node:fs';
import { STATUS_CODES } from 'node:http';
import { expect, it } from 'vitest';
import { errorsPage, errorTables, gatewayErrors } from '../scripts/docs-errors.ts';

it('holds docs/errors.md against every table of error codes (npm run docs:errors writes it)', () => {
  expect(readFileSync(new URL('../docs/errors.md', import.meta.url), 'utf8')).toBe(errorsPage());
});

it('gives no code to two packages', () => {
  const codes = errorTables().flatMap(([, table]) => Object.keys(table));
  expect(codes).toEqual([...new Set(codes)]);
});

it('has nginx answer in the form of every other error, with the same text for the same code', () => {
  const known = Object.assign({}, ...errorTables().map(([, table]) => table));
  const errors = gatewayErrors();
  expect(errors.length).toBeGreaterThan(10);
  for (const { statusCode, code, error, message } of errors) {
    expect({ code, error }).toEqual({ code, error: STATUS_CODES[statusCode] });
    expect({ code, statusCode, message }).toEqual({ code, ...pick(known[code]) });
  }
});

const pick = ({ statusCode, message }: { statusCode: number; message: string }) => ({ statusCode, message });
