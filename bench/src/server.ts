// One server as a process of its own: on the server's core where cores can be chosen, from its first line to its end.

import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { findExecutable, spawnBound } from '@statecraft/infra-dev';

export const root = fileURLToPath(new URL('../..', import.meta.url));

/** The generator, Redis and the bench itself are on one core, the server that is measured on another. */
export const CORES = { generator: 0, server: 1 } as const;

export interface ServerProcess {
  readonly url: string;
  readonly pid: number;
  /** ms of processor time so far; undefined where the system does not say (all but Linux). */
  cpuMs(): number | undefined;
  /** Bytes of memory that it has now; 0 where the system does not say. */
  rss(): number;
  stop(): Promise<void>;
}

export interface ServerCommand {
  /** From the repository's root. */
  readonly entry: string;
  readonly env: Readonly<Record<string, string>>;
  readonly nodeFlags?: readonly string[];
  /** Another checkout's root, with a slash at its end. */
  readonly from?: string;
}

const READY_MS = 20_000;

/** @throws with the process's last words when it ends, or does not say where it listens, within 20 s. */
export async function startServer({ entry, env, nodeFlags = [], from = root }: ServerCommand): Promise<ServerProcess> {
  const source = entry.endsWith('.ts') ? ['--conditions=@statecraft/source'] : [];
  const [program, ...args] = onServerCore([process.execPath, ...source, ...nodeFlags, `${from}${entry}`]);
  const child = spawnBound(program, args, {
    env: { PATH: process.env.PATH ?? '', ...env },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const exit = once(child, 'exit');
  const words: string[] = [];
  const url = await new Promise<string>((resolve, reject) => {
    const refuse = (why: string) =>
      reject(new Error(`${entry} ${why}. Its last words:\n${words.join('').slice(-1000)}`));
    const late = setTimeout(() => refuse(`was not ready in ${READY_MS} ms`), READY_MS);
    child.stderr?.on('data', (chunk: Buffer) => {
      words.push(chunk.toString());
      const [, found] = /listens on (http\S+)/.exec(words.join('')) ?? [];
      if (found === undefined) return;
      clearTimeout(late);
      resolve(found);
    });
    void exit.then(([code, signal]) => refuse(`ended (${code ?? signal})`));
  }).catch((error) => {
    child.kill('SIGKILL');
    throw error;
  });
  const pid = child.pid ?? -1;
  return {
    url,
    pid,
    cpuMs: () => cpuMsOf(pid),
    rss: () => rssOf(pid),
    async stop() {
      child.kill('SIGKILL');
      await exit;
    },
  };
}

export const canPin = (): boolean => process.platform === 'linux' && findExecutable('taskset') !== undefined;

export function onServerCore(command: readonly [string, ...string[]]): readonly [string, ...string[]] {
  return canPin() ? ['taskset', '-c', String(CORES.server), ...command] : command;
}

/** Linux counts in hundredths of a second (proc_pid_stat(5): utime, stime). */
function cpuMsOf(pid: number): number | undefined {
  try {
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? [];
    return 10 * (Number(fields[11]) + Number(fields[12]));
  } catch {
    return undefined;
  }
}

function rssOf(pid: number): number {
  try {
    return 1024 * Number(/^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0);
  } catch {
    return 0;
  }
}

/** Generator and Redis inherit the core of this process. */
export function pinSelf(): void {
  if (canPin()) spawnSync('taskset', ['-a', '-c', '-p', String(CORES.generator), String(process.pid)]);
}
