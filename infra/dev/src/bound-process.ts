// A process that ends with the one that started it, whatever ends that one: a crash and kill -9 run no exit handler.

import { type ChildProcess, type SpawnOptions, spawn } from 'node:child_process';
import { findExecutable } from './executables.ts';

/**
 * As `spawn`. On Linux the kernel sends SIGKILL when the starter is gone (PR_SET_PDEATHSIG, through util-linux' setpriv);
 * elsewhere the starter's exit handler does, which kill -9 of the starter goes around.
 * @param signal for a process that has to end its own children, in place of SIGKILL.
 */
export function spawnBound(
  command: string,
  args: readonly string[],
  options: SpawnOptions,
  signal: 'SIGKILL' | 'SIGTERM' = 'SIGKILL',
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

/** One exit handler for all of them: a listener each would look like a leak from the eleventh on. */
const running = new Set<() => void>();

function endAll(): void {
  for (const end of running) end();
}
