// The tests use real servers. What is not on the PATH is installed through the platform's package manager when that needs
// no question; else the run stops with the command to type.

import { spawnSync } from 'node:child_process';
import { say } from './setup.mjs';

/** Programs, any of which will do, and the package that brings the first, where it has another name. */
const NEEDS = [
  { programs: ['redis-server', 'valkey-server'], packages: { 'apt-get': 'redis-server', other: 'redis' } },
  { programs: ['nginx'], packages: { other: 'nginx' } },
  { programs: ['openssl'], packages: { other: 'openssl' } },
  { programs: ['chromium', 'chromium-browser', 'google-chrome'], packages: { other: 'chromium' } },
];

const MANAGERS = [
  { program: 'apt-get', install: 'apt-get install -y -qq', before: 'apt-get update -qq', needsRoot: true },
  { program: 'dnf', install: 'dnf install -y', needsRoot: true },
  { program: 'apk', install: 'apk add', needsRoot: true },
  { program: 'brew', install: 'brew install', needsRoot: false },
];

const has = (program) =>
  spawnSync('sh', ['-c', `PATH="$PATH:/usr/sbin:/usr/local/sbin" command -v ${program}`]).status === 0;
const missing = () => NEEDS.filter(({ programs }) => !programs.some(has));
const isRoot = process.getuid?.() === 0;

export function provision() {
  const needs = missing();
  if (needs.length === 0) return;
  const manager = MANAGERS.find(({ program }) => has(program));
  const sudo = !isRoot && has('sudo') && spawnSync('sudo', ['-n', 'true']).status === 0 ? 'sudo -n ' : '';
  if (manager !== undefined && (!manager.needsRoot || isRoot || sudo !== '')) {
    const command = commandOf(manager, needs, sudo);
    say(`The tests need ${namesOf(needs)}; installing: ${command}`);
    spawnSync('sh', ['-c', command], {
      stdio: ['ignore', 'ignore', 'inherit'],
      env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
    });
  }
  const still = missing();
  if (still.length === 0) return;
  say(`The tests need ${namesOf(still)} on the PATH, and that is not there.`);
  say(
    manager === undefined
      ? 'Install it and run npm test again.'
      : `Install it and run npm test again: ${commandOf(manager, still, manager.needsRoot && !isRoot ? 'sudo ' : '')}`,
  );
  process.exit(3);
}

const namesOf = (needs) => needs.map(({ programs }) => programs.join(' or ')).join(', ');

function commandOf({ program, install, before }, needs, sudo) {
  const packages = needs.map(({ packages }) => packages[program] ?? packages.other).join(' ');
  return [before, `${install} ${packages}`]
    .filter((command) => command !== undefined)
    .map((command) => sudo + command)
    .join(' && ');
}
