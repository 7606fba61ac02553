// The pages name only what exists: the targets of links, tests by file and title, npm scripts.

import { existsSync, globSync, readFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const root = fileURLToPath(new URL('..', import.meta.url));
const read = (file: string): string => readFileSync(join(root, file), 'utf8');
const pages = [
  'README.md',
  'CONTRIBUTING.md',
  ...globSync(['docs/**/*.md', '{examples,exercises}/{,*/}README.md'], { cwd: root }).sort(),
];
const scripts = Object.keys(JSON.parse(read('package.json')).scripts);

const findLinks = (page: string): string[] =>
  [...removeCode(read(page)).matchAll(/\]\(([^)\s]+)\)|href="([^"]+)"/g)]
    .map(([, link, href = '']) => link ?? href)
    .filter((link) => !/^(https?|mailto):/.test(link));

const removeCode = (text: string): string => text.replace(/```[\s\S]*?```/g, '').replace(/`[^`\n]*`/g, '');

const findCode = (text: string): string => [...text.matchAll(/```[\s\S]*?```|`[^`\n]*`/g)].join('\n');

/** As GitHub makes them: lower case, without punctuation, dashes for spaces. */
const listAnchors = (file: string): string[] =>
  [...read(file).matchAll(/^#+ (.*)$/gm)].map(([, heading = '']) =>
    heading
      .toLowerCase()
      .replace(/[^\p{L}\p{N} _-]/gu, '')
      .replaceAll(' ', '-'),
  );

/** `[name](file.test.ts) "title", "title"` */
function findNamedTests(page: string): [file: string, title: string][] {
  const named = [...read(page).matchAll(/\]\(([^)]+\.test\.ts)\) ("[^"]+"(?:, "[^"]+")*)/g)];
  return named.flatMap(([, file = '', titles = '']) =>
    [...titles.matchAll(/"([^"]+)"/g)].map(([, title = '']): [string, string] => [join(dirname(page), file), title]),
  );
}

it.each([...pages, 'docs/course/two-servers.html'])('%s links only to pages and headings that exist', (page) => {
  const broken = findLinks(page).filter((link) => {
    const [path = '', anchor] = link.split('#');
    const file = path === '' ? page : join(dirname(page), path);
    if (!existsSync(join(root, file))) return true;
    return anchor !== undefined && !listAnchors(file).includes(anchor);
  });
  expect(broken).toEqual([]);
});

describe.each(pages)('%s', (page) => {
  it('names only tests that exist', () => {
    const missing = findNamedTests(page).filter(
      ([file, title]) => !existsSync(join(root, file)) || !read(file).includes(title),
    );
    expect(missing).toEqual([]);
  });

  it('names only scripts that exist', () => {
    const named = [
      ...findCode(read(page)).matchAll(/(?:^|[^\w-])(?:npm run|pnpm run|pnpm) (?:-s |--silent )?([a-z][\w:-]*)/gm),
    ];
    const unknown = named.map(([, name = '']) => name).filter((name) => ![...scripts, ...PNPM_OWN].includes(name));
    expect(unknown).toEqual([]);
  });
});

/** Commands of pnpm itself that the pages name. */
const PNPM_OWN = ['install', 'doctor', 'pack'];

it('docs/security.md names a test for each guarantee, docs/course/1-difference.md for each claim', () => {
  expect(findNamedTests('docs/security.md').length).toBeGreaterThan(30);
  expect(findNamedTests('docs/course/1-difference.md').length).toBeGreaterThan(15);
});

it('README.md links to every page of docs', () => {
  const linked = findLinks('README.md').map((link) => link.split('#')[0]);
  const own = pages.filter((page) => dirname(page) === 'docs');
  expect(own.filter((page) => !linked.includes(page))).toEqual([]);
});

it('every page has a title', () => {
  expect(pages.filter((page) => !read(page).startsWith('# ')).map((page) => basename(page))).toEqual([]);
});
