// docs/architecture.md lists the files on the way of GET /auth/me. V8 counts the calls of a real request.

import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';

const page = readFileSync(new URL('../docs/architecture.md', import.meta.url), 'utf8');
const LEFT_OUT = /^packages\/service-kit\/|\/contracts\/|\/errors\.ts$/;

function listDocumentedFiles(mode: string): string[] {
  const [, section = ''] = new RegExp(`^### ${mode}: .*\n([\\s\\S]*?)(?=^##|^[A-Z])`, 'm').exec(page) ?? [];
  return [...section.matchAll(/^\| `([^`]+)` \|/gm)].map(([, file = '']) => file).sort();
}

function listFilesThatRun(mode: string): string[] {
  const script = fileURLToPath(new URL('fixtures/walk-process.ts', import.meta.url));
  const args = ['--conditions=@statecraft/source', script, mode];
  const { stdout, stderr, status } = spawnSync(process.execPath, args, { encoding: 'utf8' });
  if (status !== 0) throw new Error(stderr);
  const files: string[] = JSON.parse(stdout);
  return files.filter((file) => !LEFT_OUT.test(file)).sort();
}

it.each(['memory', 'jwt'])('the page lists the files that run for GET /auth/me in the mode %s', (mode) => {
  expect(listDocumentedFiles(mode)).toEqual(listFilesThatRun(mode));
});
