import { tmpdir } from 'node:os';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { copyFromCheckout, selectContenders } from '../src/contenders.ts';
import { type Options, readOptions } from '../src/options.ts';

let printed = '';
beforeEach(() => {
  printed = '';
  const print = (text: string) => {
    printed += text;
  };
  vi.spyOn(console, 'log').mockImplementation(print);
  vi.spyOn(console, 'error').mockImplementation(print);
});
afterEach(() => vi.restoreAllMocks());

const read = (...args: string[]) => readOptions(args, '/from');

function readMeasured(...args: string[]): Options {
  const options = read(...args);
  if (typeof options === 'number') throw new Error(`Refused: ${printed}`);
  return options;
}

it('measures every contender but those on request in five rounds unless told otherwise', () => {
  expect(read()).toEqual({ rounds: 5, contenders: selectContenders([]), json: undefined, write: false });
});

it('adds the bare route and the peers to the contenders of --only', () => {
  expect(readMeasured('--only', 'memory, stateless-api').contenders.map(({ name }) => name)).toEqual([
    'bare',
    'bare-again',
    'memory',
    'fastify-session',
    'stateless-api-open',
    'stateless-api',
  ]);
});

it('names the contenders that exist if one of --only is unknown', () => {
  expect(read('--only', 'memory,lucia')).toBe(64);
  expect(printed).toMatch(/^No contender is named lucia\. The names are: bare, .*memory/);
});

it.each(['0', '101', '2.5', 'many', ''])('refuses --rounds "%s" and says what is allowed', (rounds) => {
  expect(read('--rounds', rounds)).toBe(64);
  expect(printed).toContain('--rounds must be a whole number from 1 to 100.');
});

it.each([
  ['--only', 'memory'],
  ['--rounds', '4'],
])('refuses to publish a part: --write with %s %s', (...args) => {
  expect(read('--write', ...args)).toBe(64);
  expect(printed).toContain('--write publishes everything');
});

it('takes the path of --json from the folder of the user', () => {
  expect(readMeasured('--json', 'out.json').json).toBe('/from/out.json');
});

it('refuses a --beside folder that is no checkout', () => {
  expect(read('--beside', tmpdir())).toBe(64);
  expect(printed).toContain('is no checkout with this bench');
});

it('refuses an option that does not exist', () => {
  expect(read('--goals')).toBe(64);
  expect(printed).toContain("Unknown option '--goals'");
});

it('prints the help and measures nothing', () => {
  expect(read('--help')).toBe(0);
  expect(printed).toContain('--rounds N');
});

it('starts only our own contenders from the other checkout, each beside the open route of the same checkout', () => {
  const root = new URL('file:///other/');
  const copies = copyFromCheckout(selectContenders(['memory', 'stateless-api']), root);
  expect(copies.map(({ name, peers }) => [name, ...peers])).toEqual([
    ['memory@', 'fastify-session'],
    ['stateless-api-open@'],
    ['stateless-api@', 'stateless-api-open@'],
  ]);
  expect(copies.every((contender) => contender.root === root)).toBe(true);
});
