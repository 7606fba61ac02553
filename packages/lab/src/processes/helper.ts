// Programs of the lab that run as processes of their own, from the source in tests and from dist elsewhere. They speak over
// IPC: each sends a message when it is up, and answers every message that it gets.

import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { extname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { spawnBound } from '@statecraft/infra-dev';

/** The file of `<name>-process.ts` beside this one, or the file that it was built into. */
export function findHelperEntry(name: string): string {
  return fileURLToPath(new URL(`./${name}-process${extname(import.meta.url)}`, import.meta.url));
}

const READY_TIMEOUT_MS = 10_000;

/** @throws with the last lines of its stderr when it is not up within 10 s. */
export async function startHelper(name: 'gateway' | 'redis-proxy', args: readonly string[]) {
  const child = spawnBound(process.execPath, ['--conditions=@statecraft/source', findHelperEntry(name), ...args], {
    env: { PATH: process.env.PATH ?? '' },
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
  });
  let stderr = '';
  child.stderr?.on('data', (chunk) => {
    stderr = (stderr + chunk).slice(-2_000);
  });
  const url = await waitUntilUp(child).catch((error: Error) => {
    child.kill('SIGKILL');
    throw new Error(`The lab's ${name} did not start (${error.message}). The end of its stderr:\n${stderr}`);
  });
  return {
    url,
    pid: child.pid ?? 0,
    /** Sends, and waits for the answer. */
    async send(message: object): Promise<void> {
      const answered = once(child, 'message');
      child.send(message);
      await answered;
    },
    async stop(): Promise<void> {
      if (child.exitCode !== null || child.signalCode !== null) return;
      const exited = once(child, 'exit');
      child.kill('SIGKILL');
      await exited;
    },
  };
}

async function waitUntilUp(child: ChildProcess): Promise<string> {
  const exited = once(child, 'exit').then(([code, signal]) => Promise.reject(new Error(`exit ${code ?? signal}`)));
  exited.catch(() => undefined);
  const up = once(child, 'message', { signal: AbortSignal.timeout(READY_TIMEOUT_MS) });
  const [{ url }] = await Promise.race([up, exited]);
  return url;
}
