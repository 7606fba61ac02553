// What npm would get: each public package is packed, checked, and published without a registry (--dry-run).

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createGunzip } from 'node:zlib';
import { describe, expect, it, onTestFinished } from 'vitest';
import { type PackedPackage, PUBLIC_PACKAGES, packFolder, packPackage, resolvePackage } from '../src/packages.ts';
import { listProblems } from '../src/problems.ts';
import { publishPackage } from '../src/publish.ts';

function createFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'statecraft-pack-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** The names of the files in a tarball, from the headers of its 512-byte blocks. */
async function listFiles({ bytes }: PackedPackage): Promise<string[]> {
  const gunzip = createGunzip();
  gunzip.end(bytes);
  const tar = Buffer.concat(await gunzip.toArray());
  const names: string[] = [];
  for (let at = 0; at + 512 <= tar.length && tar[at] !== 0; ) {
    names.push(tar.toString('utf8', at, at + 100).replace(/\0.*$/s, ''));
    const size = Number.parseInt(tar.toString('latin1', at + 124, at + 136), 8);
    at += 512 + Math.ceil(size / 512) * 512;
  }
  return names.map((name) => name.replace(/^package\//, ''));
}

const readManifest = (name: (typeof PUBLIC_PACKAGES)[number]) =>
  JSON.parse(readFileSync(join(resolvePackage(name), 'package.json'), 'utf8'));

describe.each(PUBLIC_PACKAGES)('%s', (name) => {
  it('the tarball has no problem and npm would publish it', async () => {
    const packed = await packPackage(name, createFolder());
    expect(await listProblems(packed)).toEqual([]);
    await publishPackage(packed, { dryRun: true });
  });

  it('the tarball has a README, a licence, a changelog, and no tests', async () => {
    const files = await listFiles(await packPackage(name, createFolder()));
    expect(files).toEqual(expect.arrayContaining(['README.md', 'LICENSE', 'CHANGELOG.md', 'package.json']));
    expect(files.filter((file) => /^(test|bench)\/|\.test\./.test(file))).toEqual([]);
  });

  it('package.json describes the package for npm', () => {
    const { version, description, keywords, license, repository, engines } = readManifest(name);
    expect({ description, license, engines }).toEqual({
      description: expect.stringMatching(/\.$/),
      license: 'MIT',
      engines: { node: '>=22' },
    });
    expect(keywords.length).toBeGreaterThan(3);
    expect(repository.directory).toBe(`packages/${name}`);
    expect(readFileSync(join(resolvePackage(name), 'CHANGELOG.md'), 'utf8')).toContain(`\n## ${version}\n`);
  });
});

it('a package with a wrong export is a problem', async () => {
  const packed = await packPackage('auth-client', createFolder());
  const broken = await createBrokenPackage();
  expect(await listProblems({ ...packed, bytes: broken })).not.toEqual([]);
});

/** A tarball whose types are missing. */
async function createBrokenPackage(): Promise<Uint8Array> {
  const folder = createFolder();
  const manifest = { name: 'broken', version: '1.0.0', main: './index.js', exports: { '.': './index.js' } };
  writeFileSync(join(folder, 'package.json'), JSON.stringify(manifest));
  writeFileSync(join(folder, 'index.js'), 'exports.answer = 42;\n');

  return readFileSync(await packFolder(folder, folder));
}
