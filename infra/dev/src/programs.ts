// The programs that tests and the lab need, and the command that installs one on this machine.

import { findExecutable } from './executables.ts';

/** Any of `names` will do; the first one is what gets installed. */
export interface Program {
  readonly names: readonly [string, ...string[]];
  readonly purpose: string;
  /** The scripts of the root package.json that do not run completely without it. */
  readonly neededBy: readonly ('start' | 'test')[];
}

export const REDIS: Program = {
  names: ['redis-server', 'valkey-server'],
  purpose: 'the redis modes, in tests and in the lab',
  neededBy: ['start', 'test'],
};

export const NGINX: Program = { names: ['nginx'], purpose: 'the gateway and its tests', neededBy: ['test'] };

export const PROGRAMS: readonly Program[] = [
  REDIS,
  NGINX,
  { names: ['openssl'], purpose: "the gateway's certificate", neededBy: ['test'] },
  {
    names: ['chromium', 'chromium-browser', 'google-chrome'],
    purpose: "the tests in a browser: the lab's report, device-bound sessions",
    neededBy: ['test'],
  },
];

/** The path of the first of its names that is on this machine. */
export function findProgram({ names }: Program, find = findExecutable): string | undefined {
  return names.map((name) => find(name)).find((path) => path !== undefined);
}

export type SystemPackageManager = 'apt-get' | 'dnf' | 'apk' | 'brew';

const MANAGERS: Record<SystemPackageManager, { update?: string; install: string; needsRoot: boolean }> = {
  'apt-get': { update: 'apt-get update', install: 'apt-get install -y', needsRoot: true },
  dnf: { install: 'dnf install -y', needsRoot: true },
  apk: { install: 'apk add', needsRoot: true },
  brew: { install: 'brew install', needsRoot: false },
};

/** Packages with another name than the program. */
const PACKAGES: Record<string, Partial<Record<SystemPackageManager, string>>> = {
  'redis-server': { dnf: 'redis', apk: 'redis', brew: 'redis' },
  'valkey-server': { 'apt-get': 'valkey', dnf: 'valkey', apk: 'valkey', brew: 'valkey' },
  postgres: {
    'apt-get': 'postgresql',
    dnf: 'postgresql-server',
    apk: 'postgresql',
    brew: 'postgresql@18',
  },
  docker: { 'apt-get': 'docker.io' },
};

export function findSystemPackageManager(find = findExecutable): SystemPackageManager | undefined {
  return (Object.keys(MANAGERS) as SystemPackageManager[]).find((name) => find(name) !== undefined);
}

/** The name of the package that has the program. */
export const translatePackage = (program: string, manager: SystemPackageManager): string =>
  PACKAGES[program]?.[manager] ?? program;

/** @param sudo what becomes root, such as `sudo -n`; empty if the user is root. */
export function formatInstall(programs: readonly string[], manager: SystemPackageManager, sudo: string): string {
  const { update, install, needsRoot } = MANAGERS[manager];
  const packages = programs.map((program) => translatePackage(program, manager)).join(' ');
  const steps = [...(update === undefined ? [] : [update]), `${install} ${packages}`];
  return steps.map((step) => (needsRoot && sudo !== '' ? `${sudo} ${step}` : step)).join(' && ');
}

/** The command that installs a program; without a known package manager, a sentence that asks for it. */
export function howToInstall(program: string, manager = findSystemPackageManager()): string {
  if (manager === undefined) return `Install ${program} and put it on the PATH.`;
  return formatInstall([program], manager, isRoot() ? '' : 'sudo');
}

export const isRoot = (): boolean => process.getuid?.() === 0;
