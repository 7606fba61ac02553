// What npm would get: the built packages, as an ESM and as a CJS user loads them.

import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { publint } from 'publint';
import { expect, it } from 'vitest';

const folderOf = (name: string) => fileURLToPath(new URL(`../packages/${name}`, import.meta.url));
const PUBLISHED = ['auth-core', 'auth-fastify', 'auth-client'];

/** Runs code in the package's folder, where a package can load itself by its name. */
function runIn(name: string, type: 'module' | 'commonjs', code: string): string {
  const args = [`--input-type=${type}`, '-e', code];
  const { stdout, stderr, status } = spawnSync(process.execPath, args, { cwd: folderOf(name), encoding: 'utf8' });
  if (status !== 0) throw new Error(stderr);
  return stdout.trim();
}

it.each(PUBLISHED)('%s has a package.json that every tool can follow (publint)', async (name) => {
  const { messages } = await publint({ pkgDir: folderOf(name), strict: true, pack: false });
  expect(messages.map(({ code, path }) => `${code} ${path.join('.')}`)).toEqual([]);
});

it.each(PUBLISHED)('%s can be imported and required', (name) => {
  const count = 'console.log(Object.keys(it).length > 3)';
  expect(runIn(name, 'module', `import * as it from '@statecraft/${name}'; ${count}`)).toBe('true');
  expect(runIn(name, 'commonjs', `const it = require('@statecraft/${name}'); ${count}`)).toBe('true');
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
  expect(runIn('auth-core', type, code)).toBe('true ERR_SESSION_ID_INVALID');
});
