// The repository holds no paths of one machine and no secrets.

import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';

const root = fileURLToPath(new URL('..', import.meta.url));

// Globs, not git: a tarball has no git. The patterns are written in pieces, so that this file does not match itself.
const FORBIDDEN = [
  ['a path of one machine', new RegExp(`(^|[\\s'"\`=(])/(${['home', 'root', 'work', 'Users'].join('|')})/`, 'm')],
  ['a private key', new RegExp(`-----BEGIN [A-Z ]*${'PRIVATE'} KEY-----\\s+[A-Za-z0-9+/]{40}`)],
  ['an AWS key', new RegExp(`\\b${'AKIA'}[0-9A-Z]{16}\\b`)],
] as const;

const files = globSync(
  '{.ci,.github,apps,bench,docs,examples,infra,packages,scripts,test}/**/*.{ts,mjs,js,json,md,yml,yaml,sh,conf}',
  {
    cwd: root,
    exclude: (name) => /(^|\/)(node_modules|dist|\.turbo|runs)(\/|$)/.test(name),
  },
);

it.each(FORBIDDEN)('holds no %s', (_what, pattern) => {
  expect(files.length).toBeGreaterThan(30);
  expect(files.filter((file) => pattern.test(readFileSync(join(root, file), 'utf8')))).toEqual([]);
});
