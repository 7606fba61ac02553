// Processes by their ids: children, and whether one is still there.

import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';

interface ProcessEntry {
  readonly pid: number;
  readonly parent: number;
  /** Ended, but not yet collected by its parent. */
  readonly isZombie: boolean;
}

/** The ids of the processes that this one has started itself. */
export function listChildren(pid: number): number[] {
  return listProcesses()
    .filter(({ parent, isZombie }) => parent === pid && !isZombie)
    .map((entry) => entry.pid);
}

/** A zombie counts as ended: a container may have no init that collects it. */
export function isRunning(pid: number): boolean {
  return listProcesses().some((entry) => entry.pid === pid && !entry.isZombie);
}

export function sendSignal(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch (error) {
    // It has ended by itself.
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

/** Small containers have no ps, other systems no /proc. */
function listProcesses(): ProcessEntry[] {
  if (process.platform !== 'linux') return listWithPs();
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => readProcEntry(Number(name)));
}

function readProcEntry(pid: number): ProcessEntry[] {
  try {
    // "pid (name) state parent …", and a name may hold anything.
    const [state, parent] = readFileSync(`/proc/${pid}/stat`, 'utf8')
      .replace(/^.*\) /s, '')
      .split(' ');
    return [{ pid, parent: Number(parent), isZombie: state === 'Z' || state === 'X' }];
  } catch {
    return [];
  }
}

function listWithPs(): ProcessEntry[] {
  const { stdout } = spawnSync('ps', ['-A', '-o', 'pid=,ppid=,state='], { encoding: 'utf8' });
  return stdout
    .trim()
    .split('\n')
    .map((line) => line.trim().split(/\s+/))
    .map(([pid, parent, state = '']) => ({
      pid: Number(pid),
      parent: Number(parent),
      isZombie: state.startsWith('Z'),
    }));
}
