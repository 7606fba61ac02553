// The sources use only documented API of Node and of the dependencies. This test knows the private parts that they once
// used: a method that is renamed there stops an app, or changes its answers silently.

import { globSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const root = fileURLToPath(new URL('..', import.meta.url));

const PRIVATE_PARTS: Record<string, readonly string[]> = {
  'node:http': ['_storeHeader', 'shouldKeepAlive', '.emit =', 'override emit('],
  'V8 (arranged hidden classes)': ['executionAsyncResource', 'asyncResource'],
  Fastify: ['isLightMyRequest', 'app.log =', 'request.log =', 'reply.log =', 'reply.send ='],
  'prom-client': ['getForPromString'],
  ioredis: ['.sendCommand(', 'new Command(', 'extends Command'],
};

const sources = globSync('{packages,apps,bench,infra,scripts,examples}/**/*.{ts,mjs}', {
  cwd: root,
  exclude: ['**/node_modules', '**/dist', '**/test'],
}).sort();

function findPrivateParts(file: string): string[] {
  const text = readFileSync(`${root}/${file}`, 'utf8');
  return Object.entries(PRIVATE_PARTS).flatMap(([owner, names]) =>
    names.filter((name) => text.includes(name)).map((name) => `${file} uses ${name} of ${owner}`),
  );
}

describe('the sources', () => {
  const found = sources.flatMap(findPrivateParts);

  it('are found', () => {
    expect(sources).toContain('packages/service-kit/src/service.ts');
    expect(sources).toContain('scripts/setup.mjs');
    expect(sources.filter((file) => /node_modules|\/dist\/|\/test\//.test(file))).toEqual([]);
  });

  it('use no private part of Node or of a dependency', () => {
    expect(found).toEqual([]);
  });
});
