// The word check finds what it is for, and leaves data alone.

import { expect, it } from 'vitest';
import { findWord, isVerbless, listFunctions } from '../scripts/check-words.ts';

const WORD = /\bwhoever\b/i;

it('findWord names the place of each line with the word', () => {
  expect(findWord(WORD, 'docs/a.md', 'First line.\nWhoever reads this.\n')).toEqual([
    { place: 'docs/a.md:2', text: 'Whoever reads this.' },
  ]);
});

it('findWord skips generated sections and generated pages', () => {
  const page = '<!-- generated:a -->\nwhoever\n<!-- /generated:a -->\nwhoever\n';
  expect(findWord(WORD, 'docs/a.md', page).map(({ place }) => place)).toEqual(['docs/a.md:4']);
  expect(findWord(WORD, 'docs/a.md', `<!-- Written by a program; do not edit. -->\n${page}`)).toEqual([]);
});

it('findWord counts comments and titles of tests, and no data', () => {
  const test = "// whoever\nit.each(ALL)('whoever', () => {\n  const name = 'whoever';\n";
  expect(findWord(WORD, 'packages/a/test/a.test.ts', test).map(({ place }) => place)).toEqual([
    'packages/a/test/a.test.ts:1',
    'packages/a/test/a.test.ts:2',
  ]);
});

it('listFunctions finds declarations, methods, and variables and properties that are functions', () => {
  const source = `function one() {}
    const two = () => {}, none = 2;
    class A { three() {} }
    const b = { four() {}, five: () => {}, none: 5 };`;
  expect(listFunctions('a.ts', source).map(({ text }) => text)).toEqual(['one', 'two', 'three', 'four', 'five']);
});

it('isVerbless knows names without a verb, and the verbs signIn and logIn', () => {
  expect(['principalOf', 'recordIn', 'sessionsAt'].filter(isVerbless)).toHaveLength(3);
  expect(['signIn', 'logIn', 'readPrincipal', 'of', 'login'].filter(isVerbless)).toEqual([]);
});
