// docs/course/two-servers.md and .html show the servers of examples/by-hand as they are.

import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { compareTexts, formatHtml, formatMarkdown } from '../scripts/docs/two-servers.ts';

const read = (name: string) => readFileSync(new URL(`../docs/course/${name}`, import.meta.url), 'utf8');

it('pairs the lines that differ, and keeps those that are the same', () => {
  expect(compareTexts('a\nb\nc\n', 'a\nx\ny\nc\n')).toEqual([
    { isSame: true, left: 'a\n', right: 'a\n' },
    { isSame: false, left: 'b\n', right: 'x\ny\n' },
    { isSame: true, left: 'c\n', right: 'c\n' },
  ]);
});

it.each([
  ['two-servers.md', formatMarkdown],
  ['two-servers.html', formatHtml],
])('docs/course/%s shows the files of examples/by-hand (npm run docs -- two-servers writes it)', (name, format) => {
  expect(read(name)).toBe(format());
});
