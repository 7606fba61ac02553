// A Node program as a process of its own, for tests of what only a process shows: exit codes, signals, last words.

import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { spawnBound } from './bound-process.ts';

export interface NodeProcess {
  readonly pid: number;
  /** Everything so far. */
  readonly stdout: () => string;
  readonly stderr: () => string;
  /** The URL after "listens on" in stderr. Rejects with the last words when the process ends before. */
  readonly url: Promise<string>;
  /** The exit code, or the signal that ended it. */
  readonly exit: Promise<number | NodeJS.Signals>;
  signal(name: NodeJS.Signals): void;
  /** Ends it at once (SIGKILL), if it still runs, and waits until it is gone. */
  stop(): Promise<void>;
}

export interface NodeProcessOptions {
  /** The whole environment but for PATH: what the machine has set stays outside. */
  readonly env?: Readonly<Record<string, string>>;
}

/** Runs TypeScript from source; packages of the workspace resolve to their sources, too. */
export function startNode(file: URL, { env = {} }: NodeProcessOptions = {}): NodeProcess {
  const child = spawnBound(process.execPath, ['--conditions=@statecraft/source', fileURLToPath(file)], {
    env: { PATH: process.env.PATH ?? '', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const stdout = collect(child.stdout);
  const stderr = collect(child.stderr);
  // close, not exit: by then both streams have been read to their end.
  const exit = once(child, 'close').then(([code, signal]): number | NodeJS.Signals => code ?? signal);
  const url = listening(child, exit, stderr);
  // Whoever waits for the end only does not look at it.
  url.catch(() => undefined);
  return {
    pid: child.pid ?? -1,
    stdout,
    stderr,
    url,
    exit,
    signal: (name) => void child.kill(name),
    async stop() {
      child.kill('SIGKILL');
      await exit;
    },
  };
}

function collect(stream: NodeJS.ReadableStream | null): () => string {
  let text = '';
  stream?.setEncoding('utf8');
  stream?.on('data', (chunk: string) => {
    text += chunk;
  });
  return () => text;
}

function listening(child: ChildProcess, exit: Promise<unknown>, stderr: () => string): Promise<string> {
  return new Promise((resolve, reject) => {
    child.stderr?.on('data', () => {
      const url = /listens on (http\S+)\n/.exec(stderr())?.[1];
      if (url !== undefined) resolve(url);
    });
    void exit.then((how) => reject(new Error(`The process ended (${how}). Its last words:\n${stderr().slice(-1000)}`)));
  });
}
