// The reference of the public packages has a page for each entry, and every export has a doc comment.

import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { writeLibraryReference } from '../src/library-reference.ts';

const ENTRIES = ['auth-core_src', 'auth-core_src_store', 'auth-fastify_src_compat', 'auth-client_src', 'store-kit_src'];

it('every entry has a page, and every export has a doc comment', { timeout: 120_000 }, async () => {
  const folder = mkdtempSync(join(tmpdir(), 'statecraft-reference-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  expect(await writeLibraryReference(folder)).toEqual([]);
  expect(ENTRIES.filter((entry) => !existsSync(join(folder, 'modules', `${entry}.html`)))).toEqual([]);
});
