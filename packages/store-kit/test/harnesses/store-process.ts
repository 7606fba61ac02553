// A SQLite store in a process of its own, as the kit calls it. The kit's clock goes with each call.

import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { AuthError, type Clock } from '@statecraft/auth-core';
import type { SqliteStoreOptions } from '@statecraft/auth-core/sqlite';
import type { FullStore } from '../../src/harness.ts';

const PROGRAM = new URL('store-program.ts', import.meta.url);
const METHODS = [
  'create',
  'read',
  'update',
  'touch',
  'rotate',
  'destroy',
  'list',
  'destroyAll',
  'changeSubject',
  'sweep',
] as const;

export interface StoreCall {
  readonly number: number;
  readonly method: (typeof METHODS)[number];
  readonly args: readonly unknown[];
  readonly now: number;
}

export interface StoreAnswer {
  readonly number: number;
  readonly answer?: unknown;
  readonly code?: string;
  readonly message?: string;
}

export interface StoreProcess {
  readonly store: FullStore;
  /** Kills the process, as kill -9 does, and starts another one. Calls without an answer fail. */
  restart(): void;
  /** Kills the process. Every call fails from now on. */
  stop(): Promise<void>;
}

export function startStoreProcess(options: SqliteStoreOptions, clock: Clock): StoreProcess {
  let count = 0;
  let current = start();

  function start() {
    const waiting = new Map<number, { resolve(answer: unknown): void; reject(error: Error): void }>();
    const child = fork(PROGRAM, [JSON.stringify(options)], {
      execArgv: ['--conditions=@statecraft/source'],
      serialization: 'advanced',
    });
    child.on('message', ({ number, answer, code, message }: StoreAnswer) => {
      const call = waiting.get(number);
      waiting.delete(number);
      if (code === undefined) call?.resolve(answer);
      else call?.reject(new AuthError(code as AuthError['code'], message));
    });
    child.on('exit', () => {
      for (const { reject } of waiting.values()) reject(new AuthError('ERR_STORE_UNAVAILABLE'));
      waiting.clear();
    });
    return { child, waiting };
  }

  function call(method: StoreCall['method'], args: readonly unknown[]): Promise<unknown> {
    const { child, waiting } = current;
    return new Promise((resolve, reject) => {
      const number = ++count;
      if (child.killed) return reject(new AuthError('ERR_STORE_UNAVAILABLE'));
      waiting.set(number, { resolve, reject });
      child.send({ number, method, args, now: clock() } satisfies StoreCall);
    });
  }

  const methods = METHODS.map((method) => [method, (...args: unknown[]) => call(method, args)]);
  return {
    store: { clock, ...Object.fromEntries(methods) },
    restart() {
      current.child.kill('SIGKILL');
      current = start();
    },
    stop: () => end(current.child),
  };
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exited = once(child, 'exit');
  child.kill('SIGKILL');
  await exited;
}
