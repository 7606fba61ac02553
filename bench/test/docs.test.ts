// The docs say what bench/published.json says, to the letter; npm run docs -- performance writes them.

import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { docsOf } from '../src/docs.ts';
import { failuresIn } from '../src/failures.ts';
import { readPublished } from '../src/results.ts';
import { root } from '../src/server.ts';

const read = (file: string): string => readFileSync(root + file, 'utf8');
const docs = docsOf(readPublished(), read('README.md'));

it.each(Object.keys(docs))('%s is what the published results make of it', (file) => {
  expect(read(file)).toBe(docs[file]);
});

it('holds no run in which an answer failed or was somebody else’s', () => {
  expect(failuresIn(readPublished())).toEqual([]);
});
