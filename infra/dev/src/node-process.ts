// A Node program from source, as a process of its own. It ends with its starter.

import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { spawnBound } from './bound-process.ts';

export interface NodeProcess {
  readonly pid: number;
  /** Everything that it has printed; with `onLine`, the last 64 KiB of that. */
  readonly stdout: () => string;
  readonly stderr: () => string;
  /**
   * The URL after "listens on" in stderr, in a line of text or of JSON. Rejects with the last lines if the process ends
   * before that.
   */
  readonly url: Promise<string>;
  /** The exit code, or the signal that ended the process. */
  readonly exit: Promise<number | NodeJS.Signals>;
  signal(name: NodeJS.Signals): void;
  /** Sends a signal (default SIGKILL) and waits until the process has ended. */
  stop(signal?: NodeJS.Signals): Promise<void>;
}

type OnLine = (line: string, stream: 'stdout' | 'stderr') => void;

export interface NodeProcessOptions {
  /** The whole environment, except for PATH: the machine's own variables are not passed on. */
  readonly env?: Readonly<NodeJS.ProcessEnv>;
  /** Called with each line of stdout and stderr. */
  readonly onLine?: OnLine;
  /** Restart when a source file changes. */
  readonly watch?: boolean;
}

const TAIL = 64 * 1024;

/** Runs TypeScript from source. The packages of the workspace resolve to their sources, too. */
export function startNode(file: URL, { env = {}, onLine, watch = false }: NodeProcessOptions = {}): NodeProcess {
  const flags = [...(watch ? ['--watch', '--watch-preserve-output'] : []), '--conditions=@statecraft/source'];
  const child = spawnBound(process.execPath, [...flags, fileURLToPath(file)], {
    env: { PATH: process.env.PATH ?? '', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const stdout = collectText(child, 'stdout', onLine);
  const stderr = collectText(child, 'stderr', onLine);
  // Not 'exit': at 'close', both streams have been read to their end.
  const exit = once(child, 'close').then(([code, signal]): number | NodeJS.Signals => code ?? signal);
  const url = readUrl(child, exit, stderr);
  // A caller that only waits for the end does not handle this rejection.
  url.catch(() => undefined);
  return {
    pid: child.pid ?? -1,
    stdout,
    stderr,
    url,
    exit,
    signal: (name) => void child.kill(name),
    async stop(signal = 'SIGKILL') {
      child.kill(signal);
      await exit;
    },
  };
}

function collectText(child: ChildProcess, name: 'stdout' | 'stderr', onLine?: OnLine): () => string {
  const { [name]: stream } = child;
  let text = '';
  stream?.setEncoding('utf8');
  stream?.on('data', (chunk: string) => {
    text += chunk;
    if (onLine !== undefined) text = text.slice(-TAIL);
  });
  if (stream !== null && onLine !== undefined) {
    createInterface({ input: stream }).on('line', (line) => onLine(line, name));
  }
  return () => text;
}

function readUrl(child: ChildProcess, exit: Promise<unknown>, stderr: () => string): Promise<string> {
  return new Promise((resolve, reject) => {
    child.stderr?.on('data', () => {
      const url = /listens on (http[^\s"]+)["\n]/.exec(stderr())?.[1];
      if (url !== undefined) resolve(url);
    });
    void exit.then((how) => reject(new Error(`The process ended (${how}). Its last lines:\n${stderr().slice(-1000)}`)));
  });
}
