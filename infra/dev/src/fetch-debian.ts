// Unpacks .deb files into <into>/<name>: root/ with the files, bin/ with a start script for each command.
//
//   download into a folder of its own ──> dpkg-deb -x ──> start scripts ──> a trial run ──> rename
//
// Nothing is in its place before the last step, so an interrupted run leaves nothing that a later one would use.

import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { promisify } from 'node:util';
import { type DownloadPlan, downloadDebs } from './apt.ts';
import { FETCHABLE, type Fetchable } from './executables.ts';

const run = promisify(execFile);

export interface UnpackOptions {
  readonly into: string;
  readonly say: (line: string) => void;
  /** For all steps together. Default: the limit of the package. */
  readonly limitMs?: number;
}

/** ms. An unfinished folder that is older belongs to no running process. */
const ABANDONED_MS = 3_600_000;

/** @throws with the reason if apt-get cannot fetch the package, or if its programs do not run. */
export async function fetchDebian(name: string, options: UnpackOptions): Promise<void> {
  const spec = FETCHABLE[name];
  if (spec === undefined) throw new Error(`${name} is not known to run from a folder of the user`);
  const { into, say, limitMs = spec.limitMs } = options;
  mkdirSync(into, { recursive: true });
  removeAbandoned(into);
  const folder = mkdtempSync(join(into, '.unfinished-'));
  const signal = AbortSignal.timeout(limitMs);
  const place = join(into, name);
  const onPlan = ({ packages, bytes }: DownloadPlan) => {
    const others = packages > 1 ? ` and what it needs (${packages} packages, ` : ' (';
    const target = relative(process.cwd(), place);
    say(`Fetching ${name}${others}${(bytes / 1e6).toFixed(1)} MB) with apt-get, without root, into ${target}/ …`);
  };
  try {
    const root = join(folder, 'root');
    for (const deb of await downloadDebs(name, { folder, signal, onPlan }))
      await run('dpkg-deb', ['-x', deb, root], { signal });
    await writeStartScripts(spec, folder, signal);
    for (const part of readdirSync(folder)) {
      if (part !== 'bin' && part !== 'root') rmSync(join(folder, part), { recursive: true });
    }
    moveFolder(folder, place);
  } catch (error) {
    throw signal.aborted ? new Error(`it took longer than ${limitMs / 1_000} s`) : error;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function removeAbandoned(into: string): void {
  for (const name of readdirSync(into).filter((entry) => entry.startsWith('.unfinished-'))) {
    const folder = join(into, name);
    const changed = statSync(folder, { throwIfNoEntry: false })?.mtimeMs ?? Date.now();
    if (Date.now() - changed > ABANDONED_MS) rmSync(folder, { recursive: true, force: true });
  }
}

/** A script finds the files beside it, so the clone may be moved. */
async function writeStartScripts(
  { commands, trial, env = {} }: Fetchable,
  folder: string,
  signal: AbortSignal,
): Promise<void> {
  const root = join(folder, 'root');
  const libraries = listLibraryFolders(root)
    .map((path) => `$root/${path}`)
    .join(':');
  mkdirSync(join(folder, 'bin'));
  writeFileSync(join(root, 'fonts.conf'), FONTS);
  for (const [command, program] of Object.entries(commands)) {
    const script = join(folder, 'bin', command);
    const lines = [
      '#!/bin/sh',
      `root=\${0%/*}/../root`,
      ...(libraries === '' ? [] : [`export LD_LIBRARY_PATH="${libraries}\${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}"`]),
      ...Object.entries(env).map(([variable, file]) => `export ${variable}="$root/${file}"`),
      `exec "$root/${program}" "$@"`,
    ];
    writeFileSync(script, `${lines.join('\n')}\n`, { mode: 0o755 });
    await run(script, [trial], { signal });
  }
}

/** The fonts of the packages beside those of the system. The packages' own file has absolute paths. */
const FONTS = `<fontconfig>
  <dir prefix="relative">usr/share/fonts</dir><dir>/usr/share/fonts</dir><cachedir prefix="xdg">fontconfig</cachedir>
</fontconfig>
`;

/** Relative to the root: `usr/lib/x86_64-linux-gnu` … */
function listLibraryFolders(root: string): string[] {
  const files = readdirSync(root, { recursive: true, withFileTypes: true });
  const libraries = files.filter((file) => /^lib.*\.so(\.|$)/.test(file.name));
  return [...new Set(libraries.map(({ parentPath }) => relative(root, parentPath)))].sort();
}

function moveFolder(folder: string, place: string): void {
  try {
    renameSync(folder, place);
  } catch (error) {
    // Another process was first.
    if (!existsSync(place)) throw error;
  }
}
