// A real PostgreSQL on a free port, with data of its own in a temporary folder. It ends with its starter.

import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { spawnBound } from './bound-process.ts';
import { freePort } from './ports.ts';
import { createPostgresData, type PostgresData, removePostgresData } from './postgres-data.ts';
import { findPostgresPrograms, type PostgresPrograms } from './postgres-programs.ts';
import { isRunning, listChildren, sendSignal } from './processes.ts';
import { howToInstall } from './programs.ts';

export interface PostgresServer {
  /** `postgres://postgres:PASSWORD@127.0.0.1:PORT/postgres`: its superuser, in its only database. */
  readonly url: string;
  readonly port: number;
  /** Such as `18.4`. */
  readonly version: string;
  readonly from: PostgresPrograms['from'];
  /** Of its first process; another one after each start. */
  readonly pid: number;
  /** Sends SIGKILL to all of its processes and waits until they have ended. */
  kill(): Promise<void>;
  /** Ends it in order: its clients get 57P01. */
  shutDown(): Promise<void>;
  /** Starts it again on the same port with the data that it has kept; kills it before, if it runs. */
  restart(): Promise<void>;
  /** SIGSTOP to all of its processes: the port stays open and nothing answers. */
  pause(): void;
  resume(): void;
  /** Ends it and removes its data. */
  stop(): Promise<void>;
}

export interface StartPostgresOptions {
  /** Default false, which is faster: the end of a process loses nothing, a power loss may lose all. */
  readonly fsync?: boolean;
  /** Further settings of postgresql.conf, such as `{ max_connections: 20 }`. */
  readonly settings?: Readonly<Record<string, string | number>>;
  /** Default: the machine's own PostgreSQL, 15 or later; else the one of the npm packages. */
  readonly from?: PostgresPrograms['from'];
}

const TIMES = { readyMs: 30_000, endMs: 10_000, pollMs: 5 };

/** @throws if there is no PostgreSQL; the message has the command that installs one. */
export async function startPostgres(options: StartPostgresOptions = {}): Promise<PostgresServer> {
  const found = findPostgresPrograms(options.from);
  if (found === undefined)
    throw new Error(`There is no PostgreSQL 15 or later. Install it: ${howToInstall('postgres')}`);
  const data = createPostgresData(found);
  const port = await freePort();
  const start = () => launch(data, port, options);
  let child = await start().catch((error) => {
    removePostgresData(data);
    throw error;
  });
  const kill = () => killAll(child);
  return {
    url: `postgres://postgres:${data.password}@127.0.0.1:${port}/postgres`,
    port,
    version: found.version,
    from: found.from,
    get pid() {
      return child.pid ?? 0;
    },
    kill,
    shutDown: () => end(child, 'SIGINT'),
    async restart() {
      await kill();
      child = await start();
    },
    pause: () => signalAll(child, 'SIGSTOP'),
    resume: () => signalAll(child, 'SIGCONT'),
    async stop() {
      signalAll(child, 'SIGCONT');
      await end(child, 'SIGQUIT');
      removePostgresData(data);
    },
  };
}

async function launch(data: PostgresData, port: number, options: StartPostgresOptions): Promise<ChildProcess> {
  const { programs, folder, owner } = data;
  const settings = {
    listen_addresses: '127.0.0.1',
    unix_socket_directories: '',
    port,
    fsync: options.fsync ? 'on' : 'off',
    ...options.settings,
  };
  const args = Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
  const env = { PATH: process.env.PATH ?? '', LC_ALL: 'C' };
  const how = { ...owner, env, cwd: folder, stdio: ['ignore', 'ignore', 'pipe'] as const };
  // SIGQUIT ends PostgreSQL immediately, too, but it removes its shared memory.
  const child = spawnBound(programs.postgres, ['-D', folder, ...args], { ...how, stdio: [...how.stdio] }, 'SIGQUIT');
  await waitUntilReady(child, port);
  return child;
}

async function waitUntilReady(child: ChildProcess, port: number): Promise<void> {
  let log = '';
  const ready = new Promise<void>((resolve) => {
    child.stderr?.setEncoding('utf8').on('data', (chunk: string) => {
      log = (log + chunk).slice(-4_096);
      if (log.includes('ready to accept connections')) resolve();
    });
  });
  const timer = new AbortController();
  const late = delay(TIMES.readyMs, undefined, { signal: timer.signal, ref: false }).catch(() => undefined);
  const ended = new Promise((resolve) => child.once('exit', resolve).once('error', resolve));
  const isReady = await Promise.race([ready.then(() => true), ended.then(() => false), late.then(() => false)]);
  timer.abort();
  if (isReady) return;
  child.kill('SIGKILL');
  throw new Error(`PostgreSQL did not start on port ${port}. Its last lines:\n${log.slice(-1_000)}`);
}

const hasEnded = ({ exitCode, signalCode }: ChildProcess): boolean => exitCode !== null || signalCode !== null;

/** Each connection has a process of its own, in a process group of its own. */
function signalAll(child: ChildProcess, signal: NodeJS.Signals): void {
  const { pid } = child;
  if (pid === undefined || hasEnded(child)) return;
  child.kill(signal);
  for (const id of listChildren(pid)) sendSignal(id, signal);
}

async function killAll(child: ChildProcess): Promise<void> {
  const { pid } = child;
  if (pid === undefined || hasEnded(child)) return;
  const exit = once(child, 'exit');
  // Stopped, it starts no more.
  child.kill('SIGSTOP');
  const others = listChildren(pid);
  for (const id of [pid, ...others]) sendSignal(id, 'SIGKILL');
  await exit;
  while (others.some(isRunning)) await delay(TIMES.pollMs);
}

async function end(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  if (hasEnded(child)) return;
  const exit = once(child, 'exit');
  child.kill(signal);
  const timer = new AbortController();
  const late = delay(TIMES.endMs, 'late', { signal: timer.signal }).catch(() => undefined);
  if ((await Promise.race([exit, late])) === 'late') await killAll(child);
  timer.abort();
}
