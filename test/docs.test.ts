// The pages say what is there: every link leads somewhere, every test that is named exists, every script can be run.

import { existsSync, globSync, readFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const root = fileURLToPath(new URL('..', import.meta.url));
const read = (file: string): string => readFileSync(join(root, file), 'utf8');
const pages = ['README.md', 'CONTRIBUTING.md', ...globSync('docs/**/*.md', { cwd: root }).sort()];
const scripts = Object.keys(JSON.parse(read('package.json')).scripts);

const linksIn = (page: string): string[] =>
  [...withoutCode(read(page)).matchAll(/\]\(([^)\s]+)\)/g)]
    .map(([, link = '']) => link)
    .filter((link) => !/^(https?|mailto):/.test(link));

const withoutCode = (text: string): string => text.replace(/```[\s\S]*?```/g, '').replace(/`[^`\n]*`/g, '');

const codeIn = (text: string): string => [...text.matchAll(/```[\s\S]*?```|`[^`\n]*`/g)].join('\n');

/** As GitHub makes them: lower case, without punctuation, dashes for spaces. */
const anchorsIn = (file: string): string[] =>
  [...read(file).matchAll(/^#+ (.*)$/gm)].map(([, heading = '']) =>
    heading
      .toLowerCase()
      .replace(/[^\p{L}\p{N} _-]/gu, '')
      .replaceAll(' ', '-'),
  );

/** `[name](file.test.ts) "title", "title"` */
function namedTests(page: string): [file: string, title: string][] {
  const named = [...read(page).matchAll(/\]\(([^)]+\.test\.ts)\) ("[^"]+"(?:, "[^"]+")*)/g)];
  return named.flatMap(([, file = '', titles = '']) =>
    [...titles.matchAll(/"([^"]+)"/g)].map(([, title = '']): [string, string] => [join(dirname(page), file), title]),
  );
}

describe.each(pages)('%s', (page) => {
  it('links to what is there', () => {
    const broken = linksIn(page).filter((link) => {
      const [path = '', anchor] = link.split('#');
      const file = path === '' ? page : join(dirname(page), path);
      if (!existsSync(join(root, file))) return true;
      return anchor !== undefined && !anchorsIn(file).includes(anchor);
    });
    expect(broken).toEqual([]);
  });

  it('names tests that there are', () => {
    const missing = namedTests(page).filter(
      ([file, title]) => !existsSync(join(root, file)) || !read(file).includes(title),
    );
    expect(missing).toEqual([]);
  });

  it('names scripts that there are', () => {
    const named = [
      ...codeIn(read(page)).matchAll(/(?:^|[^\w-])(?:npm run|pnpm run|pnpm) (?:-s |--silent )?([a-z][\w:-]*)/gm),
    ];
    const unknown = named.map(([, name = '']) => name).filter((name) => ![...scripts, ...PNPM_OWN].includes(name));
    expect(unknown).toEqual([]);
  });
});

/** pnpm's commands that the pages speak of. */
const PNPM_OWN = ['install', 'doctor', 'pack'];

it('docs/security.md names a test for what is kept, docs/concepts.md one for what it claims', () => {
  expect(namedTests('docs/security.md').length).toBeGreaterThan(30);
  expect(namedTests('docs/concepts.md').length).toBeGreaterThan(15);
});

it('README.md links to every page of docs', () => {
  const linked = linksIn('README.md').map((link) => link.split('#')[0]);
  const own = pages.filter((page) => dirname(page) === 'docs');
  expect(own.filter((page) => !linked.includes(page))).toEqual([]);
});

it('every page has a title', () => {
  expect(pages.filter((page) => !read(page).startsWith('# ')).map((page) => basename(page))).toEqual([]);
});
