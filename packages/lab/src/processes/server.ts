// One API as a real process: started on a port, ready when /ready says so, killed, stopped, paused and restarted as an
// experiment asks. It ends with the lab, whatever ends the lab (infra/dev's spawnBound).

import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync, readFileSync, readSync, statSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import { freePort, spawnBound } from '@statecraft/infra-dev';
import { request } from 'undici';
import { findHelperEntry } from './helper.ts';

export interface ServerCommand {
  /** The built entry file of an app. */
  readonly entry: string;
  readonly env: Readonly<Record<string, string>>;
  /** Where all that it prints is kept, over restarts. */
  readonly logFile: string;
  /** A wall clock that `stepClock` moves. */
  readonly ownClock?: boolean;
}

/** What was done to a process, for the report: nobody has to believe it. */
export interface ProcessEnd {
  readonly pid: number;
  readonly signal: string | null;
  readonly exitCode: number | null;
  /** From the signal to the end, ms. */
  readonly tookMs: number;
}

export interface ServerProcess {
  readonly name: string;
  readonly url: string;
  readonly pid: number;
  readonly running: boolean;
  /** SIGKILL: no chance to save anything. */
  kill(): Promise<ProcessEnd>;
  /** SIGTERM, and SIGKILL when draining takes over `timeoutMs` (default 5,000). */
  stop(timeoutMs?: number): Promise<ProcessEnd>;
  /** SIGSTOP: the port stays open and nothing answers. */
  pause(): void;
  /** SIGCONT */
  resume(): void;
  /**
   * Its wall clock is so many ms from the right one from now on; the next start has the right one.
   * @throws unless it was started with `ownClock`
   */
  stepClock(offsetMs: number): Promise<void>;
  /**
   * Starts it again on the same port, with the same environment but for `env`, and waits until it is ready.
   * @returns ms that it took
   */
  start(env?: Readonly<Record<string, string>>): Promise<number>;
  /** Resident memory in bytes, where the system tells it. */
  rssBytes(): number | undefined;
  /** The newest lines that it printed. */
  log(): string;
}

const READY_TIMEOUT_MS = 30_000;
const STOP_TIMEOUT_MS = 5_000;
const LAST_LINES = 12;

/** @throws with its last log lines, when the server does not become ready in 30 s. */
export async function startServer(name: string, command: ServerCommand): Promise<ServerProcess> {
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const log = () => readTail(command.logFile);
  let child: ChildProcess;
  let exited: Promise<unknown>;

  const isRunning = () => child.exitCode === null && child.signalCode === null;

  const launch = async (more: Readonly<Record<string, string>> = {}): Promise<number> => {
    const began = performance.now();
    const fixed = { PORT: String(port), HOST: '127.0.0.1', INSTANCE_ID: name };
    const output = openSync(command.logFile, 'a');
    const clock = command.ownClock ? ['--import', pathToFileURL(findHelperEntry('stepped-clock')).href] : [];
    child = spawnBound(process.execPath, [...clock, command.entry], {
      env: { PATH: process.env.PATH ?? '', ...command.env, ...more, ...fixed },
      stdio: ['ignore', output, output, ...(command.ownClock ? (['ipc'] as const) : [])],
    });
    closeSync(output);
    exited = once(child, 'exit');
    try {
      await waitUntilReady(name, url, () => child.exitCode ?? child.signalCode, log);
    } catch (error) {
      // Nobody holds it, so nobody else would end it.
      child.kill('SIGKILL');
      throw error;
    }
    return performance.now() - began;
  };

  const end = async (signal: NodeJS.Signals, timeoutMs = STOP_TIMEOUT_MS): Promise<ProcessEnd> => {
    const pid = child.pid ?? 0;
    const began = performance.now();
    if (isRunning()) {
      child.kill(signal);
      // A paused process takes no SIGTERM before it goes on.
      if (signal !== 'SIGKILL') child.kill('SIGCONT');
      const killer = setTimeout(() => child.kill('SIGKILL'), timeoutMs);
      await exited;
      clearTimeout(killer);
    }
    return { pid, signal: child.signalCode, exitCode: child.exitCode, tookMs: performance.now() - began };
  };

  await launch();
  return {
    name,
    url,
    get pid() {
      return child.pid ?? 0;
    },
    get running() {
      return isRunning();
    },
    kill: () => end('SIGKILL'),
    stop: (timeoutMs) => end('SIGTERM', timeoutMs),
    pause: () => void child.kill('SIGSTOP'),
    resume: () => void child.kill('SIGCONT'),
    async stepClock(offsetMs) {
      if (!command.ownClock) throw new Error(`${name} was not started with a clock of its own.`);
      const answered = once(child, 'message');
      child.send({ offsetMs });
      await Promise.race([answered, exited]);
    },
    start: launch,
    rssBytes: () => readResidentBytes(child.pid ?? 0),
    log,
  };
}

async function waitUntilReady(name: string, url: string, ended: () => unknown, log: () => string): Promise<void> {
  const deadline = performance.now() + READY_TIMEOUT_MS;
  for (;;) {
    if (await isReady(url)) return;
    const code = ended();
    if (code !== null || performance.now() > deadline) {
      const what = code === null ? `was not ready after ${READY_TIMEOUT_MS / 1000} s` : `ended with ${code}`;
      const lines = log().trimEnd().split('\n').slice(-LAST_LINES).join('\n');
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

/** The last 64 KiB of a file; empty when there is none. */
function readTail(file: string): string {
  try {
    const { size } = statSync(file);
    const tail = Buffer.alloc(Math.min(size, 64 * 1024));
    const handle = openSync(file, 'r');
    readSync(handle, tail, 0, tail.length, size - tail.length);
    closeSync(handle);
    return tail.toString();
  } catch {
    return '';
  }
}

function readResidentBytes(pid: number): number | undefined {
  try {
    const kib = /VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
    return kib === undefined ? undefined : Number(kib) * 1024;
  } catch {
    return undefined;
  }
}
