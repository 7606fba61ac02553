import { expect, it } from 'vitest';
import { readSection, replaceSection } from '../src/index.ts';

const PAGE = 'before\n<!-- generated:table -->\nold\n<!-- /generated:table -->\nafter\n';

it('replaceSection writes between the markers and nowhere else', () => {
  const page = replaceSection(PAGE, 'table', 'new\nlines\n');
  expect(page).toBe('before\n<!-- generated:table -->\nnew\nlines\n<!-- /generated:table -->\nafter\n');
  expect(replaceSection(page, 'table', 'new\nlines')).toBe(page);
});

it('replaceSection leaves a page without the markers as it is', () => {
  expect(replaceSection(PAGE, 'other', 'new')).toBe(PAGE);
  expect(replaceSection('<!-- /generated:a --> <!-- generated:a -->', 'a', 'new')).not.toContain('new');
});

it('readSection reads what replaceSection wrote', () => {
  expect(readSection(replaceSection(PAGE, 'table', 'new\nlines'), 'table')).toBe('new\nlines');
  expect(readSection(PAGE, 'other')).toBeUndefined();
});
