// A real Redis (or Valkey) of one's own: on a free port, with nothing kept on disk, ended with its starter.

import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { connect } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { spawnBound } from './bound-process.ts';
import { findExecutable } from './executables.ts';
import { freePort } from './ports.ts';

export interface RedisServer {
  readonly url: string;
  readonly port: number;
  /** Ends the process at once (SIGKILL) and waits until it is gone. */
  kill(): Promise<void>;
  /** Starts it again on the same port, empty. */
  restart(): Promise<void>;
  /** SIGSTOP: the port stays open and nothing answers. */
  pause(): void;
  resume(): void;
  stop(): Promise<void>;
}

const READY_TIMEOUT_MS = 10_000;

/** @throws when neither redis-server nor valkey-server is on the PATH, by name and with what installs it. */
export async function startRedis(args: readonly string[] = []): Promise<RedisServer> {
  const executable = findExecutable('redis-server') ?? findExecutable('valkey-server');
  if (executable === undefined) {
    throw new Error('Neither redis-server nor valkey-server is on the PATH. Install one: apt-get install redis-server');
  }
  const port = await freePort();
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
  const fixed = [
    '--port',
    String(port),
    '--bind',
    '127.0.0.1',
    '--save',
    '',
    '--appendonly',
    'no',
    '--daemonize',
    'no',
    // Small sessions stay compact (docs/decisions/0002-one-hash-per-user.md). By its older name, which every version knows.
    '--hash-max-ziplist-value',
    '1024',
  ];
  const child = spawnBound(executable, [...fixed, ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  child.stdout?.on('data', (chunk) => (output += chunk));
  child.stderr?.on('data', (chunk) => (output += chunk));
  const deadline = Date.now() + READY_TIMEOUT_MS;
  while (!(await answersPing(port))) {
    if (child.exitCode !== null || Date.now() > deadline) {
      child.kill('SIGKILL');
      throw new Error(`${executable} did not come up on port ${port}. Its last words:\n${output.slice(-1000)}`);
    }
    await delay(20);
  }
  return child;
}

function answersPing(port: number): Promise<boolean> {
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
