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
  '@fastify/jwt': ['context.jwt'],
  'prom-client': ['getForPromString'],
  ioredis: ['.sendCommand(', 'new Command(', 'extends Command'],
};

/** Known uses that are being replaced. An entry that is no longer needed fails the test. */
const EXCEPTIONS: readonly string[] = [
  'packages/auth-core/src/stores/redis/client.ts uses .sendCommand( of ioredis',
  'packages/auth-core/src/stores/redis/client.ts uses new Command( of ioredis',
  'packages/auth-core/src/stores/redis/reads.ts uses .sendCommand( of ioredis',
  'packages/auth-core/src/stores/redis/reads.ts uses extends Command of ioredis',
  'packages/auth-fastify/src/jwt/fastify-jwt-codec.ts uses context.jwt of @fastify/jwt',
];

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
    expect(found.filter((use) => !EXCEPTIONS.includes(use))).toEqual([]);
  });

  it('need every exception of this test', () => {
    expect(EXCEPTIONS.filter((use) => !found.includes(use))).toEqual([]);
  });
});
