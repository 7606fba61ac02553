import { expect, it } from 'vitest';
import { hasSection, readSection, replaceSection } from '../src/index.ts';

const PAGE = 'before\n<!-- generated:table -->\nold\n<!-- /generated:table -->\nafter\n';

it('replaceSection writes between the markers and nowhere else', () => {
  const page = replaceSection(PAGE, 'table', 'new\nlines\n');
  expect(page).toBe('before\n<!-- generated:table -->\nnew\nlines\n<!-- /generated:table -->\nafter\n');
  expect(replaceSection(page, 'table', 'new\nlines')).toBe(page);
});

it('replaceSection throws if the page lacks a marker, or has them in the wrong order', () => {
  expect(() => replaceSection(PAGE, 'other', 'new')).toThrow('no section <!-- generated:other -->');
  expect(() => replaceSection('<!-- /generated:a --> <!-- generated:a -->', 'a', 'new')).toThrow('no section');
});

it('readSection reads what replaceSection wrote', () => {
  expect(readSection(replaceSection(PAGE, 'table', 'new\nlines'), 'table')).toBe('new\nlines');
  expect(() => readSection(PAGE, 'other')).toThrow('no section');
});

it('hasSection tells whether a page has the section', () => {
  expect([hasSection(PAGE, 'table'), hasSection(PAGE, 'other')]).toEqual([true, false]);
});
