// A process that ends with its starter, also if that crashes or is killed with -9 and so runs no exit handler.

import { type ChildProcess, type SpawnOptions, spawn } from 'node:child_process';
import { findExecutable } from './executables.ts';

/**
 * Like `spawn`. On Linux the kernel sends SIGKILL when the starter has ended (PR_SET_PDEATHSIG, set by setpriv of
 * util-linux). Elsewhere an exit handler of the starter sends it, which does not run after kill -9.
 * @param signal instead of SIGKILL, for a process that must end its own children or remove what it shares.
 */
export function spawnBound(
  command: string,
  args: readonly string[],
  options: SpawnOptions,
  signal: 'SIGKILL' | 'SIGTERM' | 'SIGQUIT' = 'SIGKILL',
): ChildProcess {
  const setpriv = process.platform === 'linux' ? findExecutable('setpriv') : undefined;
  const child =
    setpriv === undefined
      ? spawn(command, args, options)
      : spawn(setpriv, ['--pdeathsig', signal.slice(3), command, ...args], options);
  const endWithStarter = () => child.kill(signal);
  if (running.size === 0) process.on('exit', endAll);
  running.add(endWithStarter);
  child.once('exit', () => {
    running.delete(endWithStarter);
    if (running.size === 0) process.removeListener('exit', endAll);
  });
  return child;
}

/** One exit handler for all processes: Node warns of a leak at the eleventh listener. */
const running = new Set<() => void>();

function endAll(): void {
  for (const end of running) end();
}
