// Makes a fresh clone runnable: installs the pinned pnpm's packages when they are missing or older than the lockfile.
// Runs on whatever Node (20 or later) the machine has, with Node's own modules only.

import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = fileURLToPath(new URL('..', import.meta.url));
const bin = join(root, 'node_modules', '.bin');
const stampFile = join(root, 'node_modules', '.statecraft-setup');

export const say = (line) => process.stderr.write(`${line}\n`);

/** The environment of everything that the scripts start: the pinned Node and tools first, nothing phones home. */
export const env = {
  ...process.env,
  PATH: `${bin}${process.platform === 'win32' ? ';' : ':'}${process.env.PATH ?? ''}`,
  // The doctor tells both Nodes.
  STATECRAFT_MACHINE_NODE: process.env.STATECRAFT_MACHINE_NODE ?? process.version,
  TURBO_TELEMETRY_DISABLED: '1',
  TURBO_NO_UPDATE_NOTIFIER: '1',
  DO_NOT_TRACK: '1',
};

export function setUp() {
  const stamp = createHash('sha256')
    .update(readFileSync(join(root, 'pnpm-lock.yaml')))
    .digest('hex');
  if (existsSync(stampFile) && readFileSync(stampFile, 'utf8') === stamp) return;
  const { packageManager } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  say(`Setting up: installing packages with ${packageManager} (once; later runs skip this) …`);
  const npx = process.platform === 'win32' ? 'npx.cmd' : 'npx';
  const install = spawnSync(npx, ['--yes', packageManager, 'install', '--frozen-lockfile'], {
    cwd: root,
    stdio: ['ignore', 'pipe', 'pipe'],
    encoding: 'utf8',
  });
  if (install.status !== 0) {
    say(`${install.stdout}\n${install.stderr}`.trim().split('\n').slice(-15).join('\n'));
    say('The packages could not be installed; the lines above say why. Is the npm registry reachable? Try: npm ping');
    process.exit(1);
  }
  writeFileSync(stampFile, stamp);
  say('Set up.');
}

/** Builds all apps and packages; quick when nothing changed. */
export function build() {
  say('Building (cached when nothing changed) …');
  const turbo = spawnSync(join(bin, 'turbo'), ['run', 'build', '--output-logs=errors-only', '--no-color'], {
    cwd: root,
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
    encoding: 'utf8',
  });
  if (turbo.status === 0) return;
  say(`${turbo.stdout}\n${turbo.stderr}`);
  say('The build failed; the lines above say where.');
  process.exit(1);
}

/** Runs a program with the pinned tools on the PATH, passing on terminal, signals and exit code. */
export async function run(program, args, extraEnv = {}) {
  const { spawn } = await import('node:child_process');
  const child = spawn(join(bin, program), args, { cwd: root, env: { ...env, ...extraEnv }, stdio: 'inherit' });
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
  whenOrphaned(() => child.kill('SIGTERM'));
  const [code, signal] = await new Promise((resolve) => child.once('exit', (...end) => resolve(end)));
  return code ?? (signal === 'SIGINT' ? 130 : 1);
}

/** `npm run` that is killed takes the shell between it and us along, and tells us nothing: the port would stay taken. */
function whenOrphaned(end) {
  const parent = process.ppid;
  const watch = setInterval(() => {
    if (process.ppid === parent) return;
    clearInterval(watch);
    end();
  }, 500).unref();
}
