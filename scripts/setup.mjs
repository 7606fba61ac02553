// Installs the packages of a fresh clone, and starts programs with the pinned tools.
// Runs on the Node that the machine has (20 or later), with Node's own modules only.

import { spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const bin = join(root, 'node_modules', '.bin');
const stampFile = join(root, 'node_modules', '.statecraft-setup');

const say = (line) => process.stderr.write(`${line}\n`);

/** The environment of every program: the pinned tools come first on the PATH, and no tool sends telemetry. */
const env = {
  ...withoutNpmrc(process.env),
  PATH: `${bin}${delimiter}${process.env.PATH ?? ''}`,
  // `npm run doctor` shows both versions of Node. Under npm, `node` is already the pinned one.
  STATECRAFT_MACHINE_NODE: / node\/(\S+)/.exec(process.env.npm_config_user_agent ?? '')?.[1] ?? process.version,
  TURBO_TELEMETRY_DISABLED: '1',
  TURBO_NO_UPDATE_NOTIFIER: '1',
  DO_NOT_TRACK: '1',
};

/** npm passes the settings of .npmrc on. They are for this folder only: a test that runs `npm install` elsewhere needs npm's own. */
function withoutNpmrc({ npm_config_package_lock_only, npm_config_loglevel, ...rest }) {
  return rest;
}

/** Installs the packages if they are missing or older than the lockfile. */
export function setUp() {
  if (existsSync(stampFile) && readFileSync(stampFile, 'utf8') === hashLockfile()) return;
  const { packageManager } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  say(`Installing packages with ${packageManager} (once; later runs skip this) …`);
  const npx = process.platform === 'win32' ? 'npx.cmd' : 'npx';
  // The second flag: .npmrc keeps npm away from node_modules, and npx from its own folder, too.
  const args = ['--yes', '--package-lock-only=false', packageManager, 'install', '--frozen-lockfile'];
  const { status, stdout, stderr } = spawnSync(npx, args, { cwd: root, encoding: 'utf8' });
  if (status !== 0) {
    say(`${stdout}\n${stderr}`.trim().split('\n').slice(-15).join('\n'));
    say('The packages were not installed; the lines above say why. Is the npm registry reachable? Try: npm ping');
    process.exit(1);
  }
  markAsSetUp();
  say('All packages are installed.');
}

/** Tells later runs that the packages are those of the lockfile. */
export function markAsSetUp() {
  writeFileSync(stampFile, hashLockfile());
  // Without a lockfile of its own (which git ignores), `npm install` would read pnpm's node_modules, and fail on it.
  const npmLockfile = join(root, 'package-lock.json');
  if (!existsSync(npmLockfile)) writeFileSync(npmLockfile, '{ "lockfileVersion": 3, "packages": {} }\n');
}

const hashLockfile = () =>
  createHash('sha256')
    .update(readFileSync(join(root, 'pnpm-lock.yaml')))
    .digest('hex');

/** Builds these apps with all that they need; without a name, everything. Quick if nothing changed. Prints only what fails. */
export function build(...apps) {
  // A test within npm test: everything is built, and a second build would replace files that other tests read.
  if (process.env.STATECRAFT_BUILT === '1') return 0;
  say('Building (cached if nothing changed) …');
  const filters = apps.map((app) => `--filter=@statecraft/${app}...`);
  const args = ['run', 'build', ...filters, '--output-logs=errors-only', '--no-color'];
  const { status, stdout, stderr } = spawnSync(join(bin, 'turbo'), args, { cwd: root, env, encoding: 'utf8' });
  if (status === 0) return 0;
  say(`${stdout}\n${stderr}\nThe build failed; the lines above say where.`);
  return 1;
}

/** Runs a tool of node_modules/.bin. It gets the terminal and the signals of this process, which gets its exit code. */
export async function run(tool, args) {
  const child = spawn(join(bin, tool), args, { cwd: root, env, stdio: 'inherit' });
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
  onParentGone(() => child.kill('SIGTERM'));
  const [code, signal] = await new Promise((resolve) => child.once('exit', (...end) => resolve(end)));
  return code ?? (signal === 'SIGINT' ? 130 : 1);
}

/** A killed `npm run` takes its shell along and signals nothing to this process: without this, the port would stay taken. */
function onParentGone(end) {
  const parent = process.ppid;
  const watch = setInterval(() => {
    if (process.ppid === parent) return;
    clearInterval(watch);
    end();
  }, 500).unref();
}
