// The lab's own helpers that run as processes: started from the source in tests, from dist elsewhere; they speak over IPC.

import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { extname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { spawnBound } from '@statecraft/infra-dev';

export interface HelperProcess {
  /** What it said of itself when it was up. */
  readonly hello: { readonly url: string };
  readonly pid: number;
  /** Sends, and waits for the answer. */
  tell(message: object): Promise<void>;
  stop(): Promise<void>;
}

/** The file of `src/<name>-process.ts`, or what it was built into. */
export function findHelperEntry(name: string): string {
  return fileURLToPath(new URL(`./${name}-process${extname(import.meta.url)}`, import.meta.url));
}

const UP_MS = 10_000;

/** @throws with its last words when it is not up within 10 s. */
export async function startHelper(name: 'gateway' | 'redis-proxy', args: readonly string[]): Promise<HelperProcess> {
  const file = findHelperEntry(name);
  const child = spawnBound(process.execPath, ['--conditions=@statecraft/source', file, ...args], {
    env: { PATH: process.env.PATH ?? '' },
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
  });
  let words = '';
  child.stderr?.on('data', (chunk) => {
    words = (words + chunk).slice(-2_000);
  });
  const hello = await waitUntilUp(child).catch((error: Error) => {
    child.kill('SIGKILL');
    throw new Error(`The lab's ${name} did not come up (${error.message}). Its last words:\n${words}`);
  });
  return {
    hello,
    pid: child.pid ?? 0,
    async tell(message) {
      const answered = once(child, 'message');
      child.send(message);
      await answered;
    },
    async stop() {
      if (child.exitCode !== null || child.signalCode !== null) return;
      const exited = once(child, 'exit');
      child.kill('SIGKILL');
      await exited;
    },
  };
}

async function waitUntilUp(child: ChildProcess): Promise<{ url: string }> {
  const ended = once(child, 'exit').then(([code, signal]) =>
    Promise.reject(new Error(`it ended with ${code ?? signal}`)),
  );
  ended.catch(() => undefined);
  const up = once(child, 'message', { signal: AbortSignal.timeout(UP_MS) });
  const [hello] = await Promise.race([up, ended]);
  return hello;
}
