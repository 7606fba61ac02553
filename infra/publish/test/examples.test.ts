// Every @example in the doc comments of the public packages compiles, as code of a user of the package.

import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';
import { expect, it } from 'vitest';
import { PUBLIC_PACKAGES, type PublicPackage, resolvePackage } from '../src/packages.ts';

/** What the examples of a package use without saying where it comes from. */
const PRELUDES: Record<PublicPackage, string> = {
  'auth-core': `
    import { AuthError, createJwtStrategy, createSessionStrategy, type SessionStrategy, type Subject } from '@statecraft/auth-core';
    import { createMemoryStore } from '@statecraft/auth-core/memory';
    import { adviseOnRedis, createRedisStore, createTrackedStore, redisClientOptions, redisSubscriberOptions } from '@statecraft/auth-core/redis';
    import { createPostgresStore, createSessionTable, listSessionTableStatements, postgresPoolOptions } from '@statecraft/auth-core/postgres';
    import { createSqliteStore } from '@statecraft/auth-core/sqlite';
    import { Redis } from 'ioredis';
    import { Pool } from 'pg';
    declare const log: { warn(text: string): void };
    declare const secret: string;
    declare const former: string;
    declare const warnTheOperator: () => Promise<void>;`,
  'store-kit': `
    import type { SessionStore } from '@statecraft/auth-core';
    declare const createMyStore: (options: { clock: () => number }) => SessionStore;`,
  'auth-fastify': `
    import { createMemoryStore } from '@statecraft/auth-core/memory';
    import { jwtPlugin, sessionPlugin, withPrincipal } from '@statecraft/auth-fastify';
    import { createFastifyJwtCodec } from '@statecraft/auth-fastify/compat';
    import Fastify from 'fastify';
    const app = Fastify();
    declare const secret: string;
    declare const issuer: string;
    declare const audience: string;`,
  'auth-client': `
    import { StatefulClient, StatelessClient } from '@statecraft/auth-client';
    declare const password: string;`,
};

/** Free names that one example makes and another uses. */
const DECLARATIONS: readonly [name: string, declaration: string][] = [
  ['sessions', 'declare const sessions: SessionStrategy;'],
  ['subject', 'declare const subject: Subject;'],
  ['client', 'declare const client: Redis;'],
  ['pool', 'declare const pool: Pool;'],
];

interface Example {
  readonly file: string;
  readonly code: string;
}

function readExamples(name: PublicPackage): Example[] {
  const folder = resolvePackage(name);
  return globSync('src/**/*.ts', { cwd: folder }).flatMap((source) => {
    const comments = readFileSync(join(folder, source), 'utf8').matchAll(/@example\n((?:\s+\*(?!\/).*\n)+)/g);
    return [...comments].map(([, text = ''], index) => {
      const code = text.replace(/^\s+\* ?/gm, '').replace(/^@\w[\s\S]*/m, '');
      return {
        place: `${name}/${source}`,
        file: join(folder, `example-${source.replaceAll('/', '-')}-${index}.mts`),
        code,
      };
    });
  });
}

function createSource(name: PublicPackage, code: string): string {
  const needed = DECLARATIONS.filter(
    ([free]) => new RegExp(`\\b${free}\\b`).test(code) && !new RegExp(`(const|let) (\\{.*)?\\b${free}\\b`).test(code),
  );
  return [PRELUDES[name], ...needed.map(([, declaration]) => declaration), code, 'export {};'].join('\n');
}

const OPTIONS: ts.CompilerOptions = {
  target: ts.ScriptTarget.ES2023,
  module: ts.ModuleKind.NodeNext,
  moduleResolution: ts.ModuleResolutionKind.NodeNext,
  customConditions: ['@statecraft/source'],
  allowImportingTsExtensions: true,
  strict: true,
  exactOptionalPropertyTypes: true,
  skipLibCheck: true,
  noEmit: true,
  types: ['node'],
};

/** The errors of the type checker in these files, which exist in memory only. */
function compile(files: ReadonlyMap<string, string>): string[] {
  const host = ts.createCompilerHost(OPTIONS);
  const { fileExists, readFile, getSourceFile } = host;
  host.fileExists = (path) => files.has(path) || fileExists(path);
  host.readFile = (path) => files.get(path) ?? readFile(path);
  host.getSourceFile = (path, target, ...rest) => {
    const text = files.get(path);
    return text === undefined ? getSourceFile(path, target, ...rest) : ts.createSourceFile(path, text, target);
  };
  const program = ts.createProgram([...files.keys()], OPTIONS, host);
  return [...files.keys()].flatMap((path) => {
    const source = program.getSourceFile(path);
    const found = [...program.getSyntacticDiagnostics(source), ...program.getSemanticDiagnostics(source)];
    return found.map(({ messageText }) => `${path}: ${ts.flattenDiagnosticMessageText(messageText, ' ')}`);
  });
}

it('every @example of the public packages compiles', { timeout: 120_000 }, () => {
  const files = new Map<string, string>();
  for (const name of PUBLIC_PACKAGES) {
    const examples = readExamples(name);
    expect([name, examples.length > 0]).toEqual([name, true]);
    for (const { file, code } of examples) files.set(file, createSource(name, code));
  }
  expect(compile(files)).toEqual([]);
});

it('an example with a wrong option does not compile', { timeout: 120_000 }, () => {
  const file = join(resolvePackage('auth-client'), 'example-wrong.mts');
  const source = createSource('auth-client', "new StatefulClient({ baseUrl: 'http://localhost', timeout: 1 });");
  expect(compile(new Map([[file, source]]))).toEqual([expect.stringContaining("'timeout' does not exist")]);
});
