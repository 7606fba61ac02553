// docs/scripts.md names the scripts of package.json; README.md stays short.

import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';

const read = (file: string): string => readFileSync(new URL(`../${file}`, import.meta.url), 'utf8');

it('docs/scripts.md lists every script of package.json, and no other', () => {
  const [, table = ''] =
    /<!-- generated:scripts -->([\s\S]*)<!-- \/generated:scripts -->/.exec(read('docs/scripts.md')) ?? [];
  const listed = [...table.matchAll(/^\| `([^`]+)`/gm)].map(([, name]) => name);
  const { prepare: _hook, ...scripts } = JSON.parse(read('package.json')).scripts;
  expect(listed.sort()).toEqual(Object.keys(scripts).sort());
});

it('README.md has at most 150 lines', () => {
  expect(read('README.md').split('\n').length - 1).toBeLessThanOrEqual(150);
});
