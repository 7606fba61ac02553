// Gets the programs that the tests need: without root where that works, else with the machine's package manager, if it
// can do it without a question.

import { spawnSync } from 'node:child_process';
import { findExecutable } from './executables.ts';
import { findOrFetchProgram } from './fetch-program.ts';
import { formatCommand } from './format-command.ts';
import { findProgram, findSystemPackageManager, formatInstall, isRoot, PROGRAMS } from './programs.ts';

/** @throws if a program is still missing; the message has the command that installs it. */
export async function provisionPrograms(say: (line: string) => void): Promise<void> {
  for (const program of PROGRAMS)
    await findOrFetchProgram(program, { say }).catch((error: Error) => say(`${program.names[0]}: ${error.message}.`));
  const missing = listMissing();
  if (missing.length === 0) return;
  const manager = findSystemPackageManager();
  const sudo = isRoot() ? '' : 'sudo -n';
  if (manager !== undefined && (sudo === '' || manager === 'brew' || canSudo())) {
    const command = formatInstall(missing, manager, sudo);
    say(`The tests need ${missing.join(', ')}. Installing: ${command}`);
    const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
    spawnSync('sh', ['-c', command], { stdio: ['ignore', 'ignore', 'inherit'], env });
  }
  const still = listMissing();
  if (still.length === 0) return;
  const hint = manager === undefined ? '' : `: ${formatInstall(still, manager, isRoot() ? '' : 'sudo')}`;
  throw new Error(
    `The tests need ${still.join(', ')}, and the PATH has no such program. Install it and run ${formatCommand('test')} again${hint}`,
  );
}

const listMissing = (): string[] =>
  PROGRAMS.filter((program) => findProgram(program) === undefined).map(({ names }) => names[0]);

const canSudo = (): boolean =>
  findExecutable('sudo') !== undefined && spawnSync('sudo', ['-n', 'true'], { stdio: 'ignore' }).status === 0;
