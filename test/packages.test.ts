// The built packages, as users of ESM and of CommonJS load them. What npm gets is checked in infra/publish.

import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';
import { expect, it, onTestFinished } from 'vitest';

const resolveFolder = (name: string) => fileURLToPath(new URL(`../packages/${name}`, import.meta.url));
const PUBLISHED = ['auth-core', 'store-kit', 'auth-fastify', 'auth-client'];

/** Runs code in the package's folder, where a package can load itself by its name. */
function runCode(name: string, type: 'module' | 'commonjs', code: string): string {
  const args = [`--input-type=${type}`, '-e', code];
  const { stdout, stderr, status } = spawnSync(process.execPath, args, { cwd: resolveFolder(name), encoding: 'utf8' });
  if (status !== 0) throw new Error(stderr);
  return stdout.trim();
}

it.each(PUBLISHED)('%s can be imported and required', (name) => {
  const count = 'console.log(Object.keys(it).length > 3)';
  expect(runCode(name, 'module', `import * as it from '@statecraft/${name}'; ${count}`)).toBe('true');
  expect(runCode(name, 'commonjs', `const it = require('@statecraft/${name}'); ${count}`)).toBe('true');
});

const USER = `import { AuthError, createSessionStrategy, type SessionStore } from '@statecraft/auth-core';
import { createMemoryStore } from '@statecraft/auth-core/memory';
import { createRedisStore } from '@statecraft/auth-core/redis';
import { jwtPlugin, sessionPlugin } from '@statecraft/auth-fastify';
import { fastify } from 'fastify';
export const store: SessionStore = createMemoryStore();
export const all = [AuthError, createSessionStrategy, createRedisStore, jwtPlugin];
export const app = fastify();
app.register(sessionPlugin, { store, idleMs: 1000 });
app.get('/', (request) => request.session.regenerate(['cart']));
// @ts-expect-error: a text is no number of ms
app.register(sessionPlugin, { store, idleMs: '1 s' });
`;

/** Returns the type errors in the built types and in two users of the package, one of each module system. */
function findTypeErrors(name: string): string[] {
  const users = ['user.mts', 'user.cts'].map((file) => `${resolveFolder(name)}/${file}`);
  const options: ts.CompilerOptions = {
    target: ts.ScriptTarget.ES2023,
    module: ts.ModuleKind.NodeNext,
    moduleResolution: ts.ModuleResolutionKind.NodeNext,
    strict: true,
    exactOptionalPropertyTypes: true,
    noEmit: true,
    types: ['node'],
    typeRoots: [fileURLToPath(new URL('../node_modules/@types', import.meta.url))],
  };
  const host = ts.createCompilerHost(options);
  const { fileExists, readFile, getSourceFile } = host;
  host.fileExists = (path) => users.includes(path) || fileExists(path);
  host.readFile = (path) => (users.includes(path) ? USER : readFile(path));
  host.getSourceFile = (path, target, ...rest) =>
    users.includes(path) ? ts.createSourceFile(path, USER, target) : getSourceFile(path, target, ...rest);
  const program = ts.createProgram(users, options, host);
  const ours = program.getSourceFiles().filter(({ fileName }) => /\/packages\/[\w-]+\/(dist\/|user\.)/.test(fileName));
  return ours.flatMap((source) =>
    program
      .getSemanticDiagnostics(source)
      .map(({ messageText }) => `${source.fileName}: ${ts.flattenDiagnosticMessageText(messageText, ' ')}`),
  );
}

it('the types are complete for ESM and CJS, and refuse a wrong option', { timeout: 60_000 }, () => {
  expect(findTypeErrors('auth-fastify')).toEqual([]);
});

// Bundled twice, the class would be two classes, and `instanceof` would lie.
it.each([
  [
    'module',
    "const [core, memory] = await Promise.all([import('@statecraft/auth-core'), import('@statecraft/auth-core/memory')]);",
  ],
  [
    'commonjs',
    "const core = require('@statecraft/auth-core'); const memory = require('@statecraft/auth-core/memory');",
  ],
] as const)('auth-core throws one and the same AuthError from every door (%s)', (type, load) => {
  const code = `${load} const store = memory.createMemoryStore();
    try { store.create({ id: 'no id' }); } catch (error) { console.log(error instanceof core.AuthError, error.code); }`;
  expect(runCode('auth-core', type, code)).toBe('true ERR_SESSION_ID_INVALID');
});

// The thread is a file of its own beside the bundle.
it.each([
  ['module', "const { createSqliteStore } = await import('@statecraft/auth-core/sqlite');"],
  ['commonjs', "const { createSqliteStore } = require('@statecraft/auth-core/sqlite');"],
] as const)('the built SQLite store finds its thread (%s)', (type, load) => {
  const folder = mkdtempSync(join(tmpdir(), 'statecraft-built-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const path = JSON.stringify(join(folder, 'sessions.db'));
  const code = `${load} createSqliteStore({ path: ${path} }).then((store) => store.sweep()).then(console.log);`;
  expect(runCode('auth-core', type, code)).toBe('0');
});
