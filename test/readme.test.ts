// The README's table of scripts names what package.json has, both ways.

import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';

const read = (file: string): string => readFileSync(new URL(`../${file}`, import.meta.url), 'utf8');

it('lists every script of package.json in the README, and no other', () => {
  const [, table = ''] =
    /<!-- generated:scripts -->([\s\S]*)<!-- \/generated:scripts -->/.exec(read('README.md')) ?? [];
  const listed = [...table.matchAll(/^\| `([^`]+)`/gm)].map(([, name]) => name);
  expect(listed.sort()).toEqual(Object.keys(JSON.parse(read('package.json')).scripts).sort());
});
