// The tests use a real Redis. Where none is on the PATH it is installed through the platform's package manager when that
// needs no question; else the run stops with the command to type.

import { spawnSync } from 'node:child_process';
import { say } from './setup.mjs';

const has = (program) =>
  spawnSync('sh', ['-c', `PATH="$PATH:/usr/sbin:/usr/local/sbin" command -v ${program}`]).status === 0;
const isRoot = process.getuid?.() === 0;
const sudo = !isRoot && has('sudo') && spawnSync('sudo', ['-n', 'true']).status === 0 ? 'sudo -n ' : '';

const MANAGERS = [
  { program: 'apt-get', install: 'apt-get update -qq && SUDOapt-get install -y -qq redis-server', needsRoot: true },
  { program: 'dnf', install: 'dnf install -y redis', needsRoot: true },
  { program: 'apk', install: 'apk add redis', needsRoot: true },
  { program: 'brew', install: 'brew install redis', needsRoot: false },
];

export function provisionRedis() {
  if (has('redis-server') || has('valkey-server')) return;
  const manager = MANAGERS.find(({ program }) => has(program));
  const mayInstall = manager !== undefined && (!manager.needsRoot || isRoot || sudo !== '');
  if (manager !== undefined && mayInstall) {
    const command = sudo + manager.install.replace('SUDO', sudo);
    say(`The tests need a Redis server; installing one: ${command}`);
    spawnSync('sh', ['-c', command], {
      stdio: ['ignore', 'ignore', 'inherit'],
      env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
    });
    if (has('redis-server')) return;
  }
  const command =
    manager === undefined
      ? 'see https://redis.io/docs/latest/operate/oss_and_stack/install/'
      : manager.install.replace('SUDO', 'sudo ');
  say('The tests need redis-server or valkey-server on the PATH, and there is none.');
  say(`Install it and run npm test again: ${manager?.needsRoot ? 'sudo ' : ''}${command}`);
  process.exit(3);
}
