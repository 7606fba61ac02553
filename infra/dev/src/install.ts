// What to type to get a program on this machine: one table, by package manager.

import { findExecutable } from './executables.ts';

export type PackageManager = 'apt-get' | 'dnf' | 'apk' | 'brew';

const MANAGERS: readonly PackageManager[] = ['apt-get', 'dnf', 'apk', 'brew'];

const COMMANDS: Record<PackageManager, string> = {
  'apt-get': 'sudo apt-get update && sudo apt-get install -y',
  dnf: 'sudo dnf install -y',
  apk: 'sudo apk add',
  brew: 'brew install',
};

/** Names that differ from the program's own. */
const PACKAGES: Record<string, Partial<Record<PackageManager, string>>> = {
  'redis-server': { dnf: 'redis', apk: 'redis', brew: 'redis' },
  'valkey-server': { 'apt-get': 'valkey', dnf: 'valkey', apk: 'valkey', brew: 'valkey' },
  postgres: { 'apt-get': 'postgresql', dnf: 'postgresql-server', apk: 'postgresql', brew: 'postgresql' },
  docker: { 'apt-get': 'docker.io' },
};

export function packageManager(find = findExecutable): PackageManager | undefined {
  return MANAGERS.find((name) => find(name) !== undefined);
}

/** One command, or where to look when the machine has no package manager that we know. */
export function howToInstall(program: string, manager = packageManager()): string {
  if (manager === undefined) return `Install ${program} and put it on the PATH.`;
  return `${COMMANDS[manager]} ${PACKAGES[program]?.[manager] ?? program}`;
}
