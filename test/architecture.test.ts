// Who may import whom: compares every import in src and every package.json with this table.

import { spawnSync } from 'node:child_process';
import { existsSync, globSync, readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';
import { describe, expect, it } from 'vitest';

const API = ['auth-core', 'auth-fastify', 'accounts', 'service-kit'];
const EXAMPLE = ['auth-core', 'auth-fastify'];

/** Workspace packages that each one's src may import. Tests may also import infra-dev. */
const MAY_IMPORT: Record<string, readonly string[]> = {
  'packages/auth-core': [],
  'packages/accounts': ['auth-core', 'auth-fastify'],
  'packages/store-kit': ['auth-core'],
  'packages/service-kit': [],
  'packages/auth-client': [],
  'packages/auth-fastify': ['auth-core'],
  'packages/lab': ['auth-client', 'infra-dev', 'infra-nginx'],
  'apps/stateless-api': API,
  'apps/stateful-api': API,
  'apps/accounts-cli': ['accounts', 'auth-core', 'service-kit', 'stateful-api'],
  'apps/lab-cli': ['lab'],
  'apps/learn': ['auth-client', 'auth-core', 'auth-fastify', 'infra-dev', 'store-kit'],
  'infra/dev': [],
  'infra/nginx': ['infra-dev'],
  'infra/publish': ['infra-dev'],
  bench: ['auth-core', 'auth-fastify', 'infra-dev'],
  'examples/bearer-tokens': EXAMPLE,
  'examples/by-hand': EXAMPLE,
  'examples/cookie-sessions': EXAMPLE,
  'examples/cookie-sessions-commonjs': EXAMPLE,
  'examples/cookies-and-tokens': EXAMPLE,
  'examples/fastify-session-on-our-store': EXAMPLE,
  'examples/own-store': [...EXAMPLE, 'store-kit'],
  'examples/redis': EXAMPLE,
};

const root = fileURLToPath(new URL('..', import.meta.url));
const listFiles = (pattern: string): string[] => globSync(pattern, { cwd: root }).sort();
const read = (file: string): string => readFileSync(join(root, file), 'utf8');

function listImports(file: string): string[] {
  return ts.preProcessFile(read(file), true, true).importedFiles.map(({ fileName }) => fileName);
}

const readWorkspaceName = (specifier: string): string[] => {
  const [scope, name] = specifier.split('/');
  return scope === '@statecraft' && name !== undefined ? [name] : [];
};

const folders = [...listFiles('{packages,apps,infra,examples}/*/package.json'), 'bench/package.json'].map((file) =>
  dirname(file),
);

it('knows every package of the workspace', () => {
  expect(folders.sort()).toEqual(Object.keys(MAY_IMPORT).sort());
});

it('docs/architecture.md has the same table, with one row for all examples', () => {
  const [, table = ''] = /\| \| may import \|\n([\s\S]*?)\n\n/.exec(read('docs/architecture.md')) ?? [];
  const rows = [...table.matchAll(/^\| ([a-z-]+(?:, [a-z-]+)*) \| ([^|;(]*)/gm)].flatMap(
    ([, names = '', cell = '']) => {
      const allowed = cell.startsWith('no workspace package') ? [] : cell.trim().split(', ').sort();
      return names.split(', ').map((name) => [name, allowed] as const);
    },
  );
  const expected = Object.entries({ ...MAY_IMPORT, examples: EXAMPLE }).map(([folder, allowed]) => {
    return [folder.replace('infra/', 'infra-').replace(/^(packages|apps)\//, ''), [...allowed].sort()] as const;
  });
  const withoutSingle = expected.filter(([name]) => !name.startsWith('examples/'));
  expect(Object.fromEntries(rows)).toEqual(Object.fromEntries(withoutSingle));
});

describe.each(Object.entries(MAY_IMPORT))('%s', (folder, allowed) => {
  const own = JSON.parse(read(`${folder}/package.json`)).name.split('/')[1];

  it('imports in src only what the table allows', () => {
    const wrong = listFiles(`${folder}/src/**/*.{ts,js}`).flatMap((file) =>
      listImports(file)
        .flatMap(readWorkspaceName)
        .filter((name) => !allowed.includes(name))
        .map((name) => `${file} imports ${name}`),
    );
    expect(wrong).toEqual([]);
  });

  it('leaves its folder by package name only', () => {
    const wrong = listFiles(`${folder}/{src,test}/**/*.{ts,js}`).flatMap((file) =>
      listImports(file).filter(
        (name) => name.startsWith('.') && !resolve(root, dirname(file), name).startsWith(join(root, folder)),
      ),
    );
    expect(wrong).toEqual([]);
  });

  it('names in package.json only what the table allows', () => {
    const {
      dependencies = {},
      peerDependencies = {},
      devDependencies = {},
    } = JSON.parse(read(`${folder}/package.json`));
    const runtime = Object.keys({ ...dependencies, ...peerDependencies }).flatMap(readWorkspaceName);
    const development = Object.keys(devDependencies).flatMap(readWorkspaceName);
    expect(runtime.filter((name) => !allowed.includes(name))).toEqual([]);
    expect(development.filter((name) => ![...allowed, 'infra-dev', own].includes(name))).toEqual([]);
  });

  it('has no circular imports among its files', () => {
    expect(findCycles(folder)).toEqual([]);
  });
});

function findCycles(folder: string): string[] {
  const finished = new Set<string>();
  const cycles: string[] = [];
  const visit = (file: string, path: readonly string[]): void => {
    if (path.includes(file)) cycles.push([...path.slice(path.indexOf(file)), file].join(' -> '));
    if (path.includes(file) || finished.has(file) || !existsSync(join(root, file))) return;
    for (const name of listImports(file).filter((name) => name.startsWith('.'))) {
      visit(join(dirname(file), name), [...path, file]);
    }
    finished.add(file);
  };
  for (const file of listFiles(`${folder}/src/**/*.{ts,js}`)) visit(file, []);
  return cycles;
}

describe('inside auth-core', () => {
  it('lets contracts import neither stores nor strategies', () => {
    const wrong = listFiles('packages/auth-core/src/contracts/**/*.ts').flatMap((file) =>
      listImports(file).filter((name) => /\/(stores|strategies)\//.test(name)),
    );
    expect(wrong).toEqual([]);
  });

  it('the conformance kit imports the contracts, and no store', () => {
    const wrong = listFiles('packages/store-kit/src/**/*.ts').flatMap((file) =>
      listImports(file).filter((name) =>
        ['memory', 'redis', 'sqlite', 'postgres'].some((store) => name === `@statecraft/auth-core/${store}`),
      ),
    );
    expect(wrong).toEqual([]);
  });

  it('loads no database driver from "."', () => {
    const refuse = `import { registerHooks } from 'node:module';
      registerHooks({ resolve: (name, context, next) => {
        if (['ioredis', 'pg'].includes(name)) throw new Error('driver: ' + name);
        return next(name, context);
      } });`;
    const load = (entry: string) =>
      spawnSync(
        process.execPath,
        [
          '--import',
          `data:text/javascript,${encodeURIComponent(refuse)}`,
          '--input-type=module',
          '-e',
          `await import(${JSON.stringify(join(root, entry))})`,
        ],
        { encoding: 'utf8' },
      );
    expect(load('packages/auth-core/src/index.ts')).toMatchObject({ status: 0, stderr: '' });
  });
});
