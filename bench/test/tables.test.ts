import { expect, it } from 'vitest';
import { createApiTable, createPlainTable, toMarkdown, toText } from '../src/tables.ts';
import { createResults } from './fixture.ts';

const STEADY = { bare: [20, 20, 20], 'bare-again': [20, 20, 20] };

it('divides the median of each contender by the bare route and by its peers', () => {
  const results = createResults({
    ...STEADY,
    redis: [30, 24, 33],
    'hand-get': [25, 25, 25],
    'fastify-session-redis': [60, 60, 60],
  });
  const row = createPlainTable(results).rows.find(({ own }) => own)?.cells;
  expect(row).toEqual([
    'redis',
    '30.0',
    '24.0',
    '1.50',
    '33,333',
    '1.3',
    '1.20 of one ioredis GET by hand; 0.50 of @fastify/session on Redis',
  ]);
});

it('puts the cheapest contender first', () => {
  const table = createPlainTable(createResults({ ...STEADY, jose: [50, 50], memory: [24, 24] }));
  expect(table.rows.map(({ cells }) => cells[1])).toEqual(['20.0', '20.0', '24.0', '50.0']);
});

it('says unknown in the place of every ratio if the bare route is not steady', () => {
  const results = createResults({
    bare: [20],
    'bare-again': [22],
    memory: [24],
    'fastify-session': [48],
    'stateless-api': [30],
    'stateless-api-open': [20],
  });
  expect(createPlainTable(results).rows.map(({ cells }) => cells[3])).toEqual(Array(4).fill('unknown'));
  expect(createPlainTable(results).rows.find(({ own }) => own)?.cells[6]).toBe('unknown');
  expect(createApiTable(results).rows.map(({ cells }) => cells[4])).toEqual(['unknown']);
});

it('divides the route of each API by the open route of the same API', () => {
  const results = createResults({
    ...STEADY,
    'stateful-api-memory': [30, 33, 36],
    'stateful-api-memory-open': [22, 22, 22],
    'stateless-api': [26, 26, 26],
  });
  expect(createApiTable(results).rows.map(({ cells }) => cells.slice(0, 5))).toEqual([
    ['stateful-api, memory', '22.0', '33.0', '30.0', '1.50'],
  ]);
});

it('aligns the columns of plain text and marks our own rows', () => {
  const table = {
    head: ['what', 'µs'],
    rows: [
      { own: true, cells: ['a thing', '1.0'] },
      { own: false, cells: ['other', '10.0'] },
    ],
  };
  expect(toText(table)).toBe('what         µs\na thing *   1.0\nother      10.0');
});

it('writes our own rows in bold in Markdown', () => {
  const table = { head: ['what', 'µs'], rows: [{ own: true, cells: ['a thing', '1.0'] }] };
  expect(toMarkdown(table)).toBe('|  | µs |\n| --- | --: |\n| **a thing** | 1.0 |');
});
