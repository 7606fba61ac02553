import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { findOrFetchProgram, REDIS } from '../src/index.ts';

it('a machine without apt-get and Homebrew gets an error that names every way', async () => {
  await expect(findOrFetchProgram(REDIS, { find: () => undefined })).rejects.toThrow(
    'no redis-server or valkey-server is on the PATH; there is no apt-get; there is no brew',
  );
});

it('without apt-get, Homebrew installs the program', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'statecraft-brew-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const script = `#!/bin/sh\necho "$@" > ${folder}/arguments; touch ${folder}/redis-server\n`;
  writeFileSync(join(folder, 'brew'), script, { mode: 0o755 });
  const lines: string[] = [];
  const find = (name: string) => [join(folder, name)].find((path) => existsSync(path));
  const found = await findOrFetchProgram(REDIS, { find, say: (line) => void lines.push(line) });
  expect(found).toBe(join(folder, 'redis-server'));
  expect(lines).toEqual(['Installing redis with Homebrew: brew install redis …']);
});
