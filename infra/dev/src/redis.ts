// A real Redis (or Valkey) on a free port. It keeps nothing on disk and ends with its starter.

import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { connect } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { spawnBound } from './bound-process.ts';
import { freePort } from './ports.ts';
import { findProgram, howToInstall, REDIS } from './programs.ts';

export interface RedisServer {
  readonly url: string;
  readonly port: number;
  /** Sends SIGKILL and waits until the process has ended. */
  kill(): Promise<void>;
  /** Starts it again on the same port, empty. */
  restart(): Promise<void>;
  /** SIGSTOP: the port stays open and nothing answers. */
  pause(): void;
  resume(): void;
  stop(): Promise<void>;
}

const READY_TIMEOUT_MS = 10_000;

const FIXED = [
  ...['--bind', '127.0.0.1'],
  ...['--save', ''],
  ...['--appendonly', 'no'],
  ...['--daemonize', 'no'],
  // A replica gets its data immediately, not after 5 s, and without a file in the present folder: another server that
  // starts there would load it.
  ...['--repl-diskless-sync-delay', '0'],
  ...['--repl-diskless-sync', 'yes'],
  ...['--repl-diskless-load', 'swapdb'],
  // Small sessions stay compact (docs/decisions/0002-one-hash-per-user.md). The older name, which every version
  // accepts.
  ...['--hash-max-ziplist-value', '1024'],
];

/** @throws if there is neither redis-server nor valkey-server; the message has the command that installs one. */
export async function startRedis(args: readonly string[] = [], program = findProgram(REDIS)): Promise<RedisServer> {
  const port = await findPort(args.includes('--cluster-enabled'));
  return startServer(port, ['--port', String(port), ...FIXED, ...args], program);
}

/** A node of a Cluster also listens on its port + 10,000. */
async function findPort(isClusterNode: boolean): Promise<number> {
  for (;;) {
    const port = await freePort();
    if (!isClusterNode || port + 10_000 <= 65_535) return port;
  }
}

/** Starts the program with these arguments, which must make it listen on `port` of 127.0.0.1. */
export async function startServer(
  port: number,
  args: readonly string[],
  executable = findProgram(REDIS),
): Promise<RedisServer> {
  if (executable === undefined) {
    throw new Error(
      `Neither redis-server nor valkey-server is on the PATH. Install one: ${howToInstall('redis-server')}`,
    );
  }
  let child = await launch(executable, port, args);
  const kill = async () => {
    if (child.exitCode === null && child.signalCode === null) {
      child.kill('SIGKILL');
      await once(child, 'exit');
    }
  };
  return {
    url: `redis://127.0.0.1:${port}`,
    port,
    kill,
    async restart() {
      await kill();
      child = await launch(executable, port, args);
    },
    pause: () => void child.kill('SIGSTOP'),
    resume: () => void child.kill('SIGCONT'),
    stop: kill,
  };
}

async function launch(executable: string, port: number, args: readonly string[]): Promise<ChildProcess> {
  const child = spawnBound(executable, args, { stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  child.stdout?.on('data', (chunk) => (output += chunk));
  child.stderr?.on('data', (chunk) => (output += chunk));
  const deadline = Date.now() + READY_TIMEOUT_MS;
  while (!(await isAnswering(port))) {
    if (child.exitCode !== null || Date.now() > deadline) {
      child.kill('SIGKILL');
      throw new Error(`${executable} did not start on port ${port}. Its last lines:\n${output.slice(-1000)}`);
    }
    await delay(20);
  }
  return child;
}

function isAnswering(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ port, host: '127.0.0.1' });
    const answer = (value: boolean) => {
      socket.destroy();
      resolve(value);
    };
    socket.setTimeout(500, () => answer(false));
    socket.once('error', () => answer(false));
    socket.once('connect', () => socket.write('PING\r\n'));
    socket.once('data', (chunk) => answer(/^(\+PONG|-NOAUTH)/.test(chunk.toString())));
  });
}
