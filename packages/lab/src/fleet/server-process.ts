// One API as a real process: started on a port, ready when /ready says so, killed and restarted as an experiment asks.

import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { freePort, spawnBound } from '@statecraft/infra-dev';
import { request } from 'undici';

export interface ServerCommand {
  /** The built entry file of an app. */
  readonly entry: string;
  readonly env: Readonly<Record<string, string>>;
}

/** What was done to a process, for the report: nobody has to believe it. */
interface ProcessEnd {
  readonly pid: number;
  readonly signal: string | null;
  readonly exitCode: number | null;
}

export interface ServerProcess {
  readonly name: string;
  readonly url: string;
  readonly pid: number;
  /** SIGKILL: no chance to save anything. */
  kill(): Promise<ProcessEnd>;
  /** Starts it again on the same port with the same environment, and waits until it is ready. Answers how long that took, ms. */
  start(): Promise<number>;
  /** SIGTERM, and SIGKILL when that takes over 5 s. */
  stop(): Promise<ProcessEnd>;
  /** The newest lines that it printed. */
  log(): string;
}

const READY_TIMEOUT_MS = 15_000;
const STOP_TIMEOUT_MS = 5_000;
const LOG_LENGTH = 64 * 1024;

/** @throws with its last log lines, when the server does not become ready in 15 s. */
export async function startServer(name: string, command: ServerCommand): Promise<ServerProcess> {
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  let log = '';
  let child: ChildProcess;
  let exited: Promise<unknown>;

  const launch = async (): Promise<number> => {
    const began = performance.now();
    const env = {
      PATH: process.env.PATH ?? '',
      ...command.env,
      PORT: String(port),
      HOST: '127.0.0.1',
      INSTANCE_ID: name,
    };
    child = spawnBound(process.execPath, [command.entry], { env, stdio: ['ignore', 'pipe', 'pipe'] });
    exited = once(child, 'exit');
    const keep = (chunk: Buffer) => {
      log = (log + chunk.toString()).slice(-LOG_LENGTH);
    };
    child.stdout?.on('data', keep);
    child.stderr?.on('data', keep);
    try {
      await untilReady(
        name,
        url,
        () => child.exitCode ?? child.signalCode,
        () => log,
      );
    } catch (error) {
      // Nobody holds it, so nobody else would end it.
      child.kill('SIGKILL');
      throw error;
    }
    return performance.now() - began;
  };
  const end = async (signal: NodeJS.Signals): Promise<ProcessEnd> => {
    const pid = child.pid ?? 0;
    if (child.exitCode === null && child.signalCode === null) {
      child.kill(signal);
      const killer = setTimeout(() => child.kill('SIGKILL'), STOP_TIMEOUT_MS);
      await exited;
      clearTimeout(killer);
    }
    return { pid, signal: child.signalCode, exitCode: child.exitCode };
  };

  await launch();
  return {
    name,
    url,
    get pid() {
      return child.pid ?? 0;
    },
    kill: () => end('SIGKILL'),
    start: launch,
    stop: () => end('SIGTERM'),
    log: () => log,
  };
}

async function untilReady(name: string, url: string, ended: () => unknown, log: () => string): Promise<void> {
  const deadline = performance.now() + READY_TIMEOUT_MS;
  for (;;) {
    if (await isReady(url)) return;
    const code = ended();
    if (code !== null || performance.now() > deadline) {
      const what = code === null ? `was not ready after ${READY_TIMEOUT_MS / 1000} s` : `ended with ${code}`;
      throw new Error(`Server ${name} ${what}. Its last lines:\n${log().split('\n').slice(-12).join('\n')}`);
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
