// One API as a real process: started on a free port, ready when /ready answers 200, then killed, stopped, paused and
// restarted. It ends with the lab, however the lab ends (spawnBound of infra-dev).

import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import { freePort, spawnBound } from '@statecraft/infra-dev';
import { request } from 'undici';
import { findHelperEntry } from './helper.ts';

/** Code of the lab that is loaded into a server. `stepped-clock` takes an offset in ms, `heap` answers bytes. */
type Preload = 'stepped-clock' | 'heap';

export interface ServerCommand {
  /** The built entry file of an app. */
  readonly entry: string;
  readonly env: Readonly<Record<string, string>>;
  /** Gets everything that it prints, over restarts. */
  readonly logFile: string;
  readonly preload?: Preload;
}

const READY_TIMEOUT_MS = 30_000;
const STOP_TIMEOUT_MS = 5_000;
const LAST_LINES = 12;

export type ServerProcess = Awaited<ReturnType<typeof startServer>>;

/** @throws with its last log lines when the server is not ready within 30 s. */
export async function startServer(name: string, command: ServerCommand) {
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  let child: ChildProcess;
  let exited: Promise<unknown>;

  const start = async (): Promise<number> => {
    const began = performance.now();
    child = spawnServer(command, { PORT: String(port), HOST: '127.0.0.1', INSTANCE_ID: name });
    exited = once(child, 'exit');
    try {
      await waitUntilReady(name, url, () => child.exitCode ?? child.signalCode, command.logFile);
    } catch (error) {
      // The caller gets no handle to end it with.
      child.kill('SIGKILL');
      throw error;
    }
    return performance.now() - began;
  };

  /** How it ended is the proof in a report. `tookMs` is from the signal to the end. */
  const end = async (signal: NodeJS.Signals, timeoutMs = STOP_TIMEOUT_MS) => {
    const pid = child.pid ?? 0;
    const began = performance.now();
    if (child.exitCode === null && child.signalCode === null) {
      child.kill(signal);
      // A paused process handles SIGTERM only after SIGCONT.
      if (signal !== 'SIGKILL') child.kill('SIGCONT');
      const killer = setTimeout(() => child.kill('SIGKILL'), timeoutMs);
      await exited;
      clearTimeout(killer);
    }
    return { pid, signal: child.signalCode, exitCode: child.exitCode, tookMs: performance.now() - began };
  };

  await start();
  return {
    name,
    url,
    get pid() {
      return child.pid ?? 0;
    },
    /** SIGKILL: it cannot save anything. */
    kill: () => end('SIGKILL'),
    /** SIGTERM, and SIGKILL if draining takes more than `timeoutMs` (default 5,000). */
    stop: (timeoutMs?: number) => end('SIGTERM', timeoutMs),
    /** SIGSTOP: the port stays open and nothing answers. */
    pause: () => void child.kill('SIGSTOP'),
    /** SIGCONT */
    resume: () => void child.kill('SIGCONT'),
    /**
     * Sends a number to the code of `preload`, and waits for its answer.
     * @throws unless the server was started with this preload
     */
    async callPreload(preload: Preload, value = 0): Promise<number> {
      if (command.preload !== preload) throw new Error(`${name} was started without the preload ${preload}.`);
      const answered = once(child, 'message');
      child.send(value);
      const [answer] = (await Promise.race([answered, exited])) as [number];
      return answer;
    },
    /**
     * Starts it again on the same port with the same environment, and waits until it is ready.
     * @returns ms that it took
     */
    start,
  };
}

function spawnServer({ entry, env, logFile, preload }: ServerCommand, fixed: Record<string, string>): ChildProcess {
  const output = openSync(logFile, 'a');
  // Compiled code stays: otherwise each collection drops some of it, and the heap shrinks for a reason of its own.
  const loaded = preload === 'heap' ? ['--expose-gc', '--no-flush-bytecode'] : [];
  if (preload !== undefined) loaded.push('--import', pathToFileURL(findHelperEntry(preload)).href);
  const child = spawnBound(process.execPath, [...loaded, entry], {
    env: { PATH: process.env.PATH ?? '', ...env, ...fixed },
    stdio: ['ignore', output, output, ...(preload === undefined ? [] : (['ipc'] as const))],
  });
  closeSync(output);
  return child;
}

async function waitUntilReady(name: string, url: string, readEnd: () => unknown, logFile: string): Promise<void> {
  const deadline = performance.now() + READY_TIMEOUT_MS;
  while (!(await isReady(url))) {
    const code = readEnd();
    if (code !== null || performance.now() > deadline) {
      const what = code === null ? `was not ready after ${READY_TIMEOUT_MS / 1000} s` : `ended with ${code}`;
      const lines = readFileSync(logFile, 'utf8').trimEnd().split('\n').slice(-LAST_LINES).join('\n');
      throw new Error(`Server ${name} ${what}. Its last lines:\n${lines}`);
    }
    await delay(25);
  }
}

async function isReady(url: string): Promise<boolean> {
  try {
    const answer = await request(`${url}/ready`, { headersTimeout: 2_000, bodyTimeout: 2_000 });
    await answer.body.dump();
    return answer.statusCode === 200;
  } catch {
    return false;
  }
}
