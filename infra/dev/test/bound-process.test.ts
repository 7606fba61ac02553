import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { expect, it, vi } from 'vitest';
import { isRunning } from '../src/processes.ts';

const url = new URL('../src/bound-process.ts', import.meta.url).href;

/** Starts a process that would run for ever, and prints its pid. */
const STARTER = `
  const { spawnBound } = await import(${JSON.stringify(url)});
  const child = spawnBound(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], { stdio: 'inherit' });
  console.log(child.pid);
  setInterval(() => {}, 1000);
`;

// Without setpriv (not on Linux), only an ordinary end of the starter ends the process.
it.runIf(process.platform === 'linux')(
  'a bound process ends with its starter, also if that is killed with -9',
  async () => {
    const starter = spawn(process.execPath, ['--input-type=module', '-e', STARTER], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const lines = createInterface({ input: starter.stdout });
    const [pid] = await once(lines, 'line');
    // The pipe is also the child's stdout: it closes only when both are gone.
    const bothGone = once(starter, 'close');
    starter.kill('SIGKILL');
    await bothGone;
    // The kernel closes the files of a process a moment before the process has ended.
    await vi.waitFor(() => expect(isRunning(Number(pid))).toBe(false), { timeout: 5_000, interval: 5 });
  },
);
