// A store in another process, as the kit calls it. A process serves one check after the other, until it is killed.

import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { AuthError, type Clock } from '@statecraft/auth-core';
import type { PostgresStoreOptions } from '@statecraft/auth-core/postgres';
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
  'replaceDetails',
  'sweep',
] as const;

/** How the other process opens its store. */
export type StoreOpening =
  | { readonly kind: 'sqlite'; readonly options: SqliteStoreOptions }
  | {
      readonly kind: 'postgres';
      readonly url: string;
      readonly deadlineMs: number;
      readonly options: Omit<PostgresStoreOptions, 'pool'>;
    };

export interface StoreRequest {
  readonly number: number;
  readonly method: (typeof METHODS)[number] | 'open' | 'close';
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
  /** Ends the process, as kill -9 does. Calls without an answer fail, and every later one. */
  kill(): Promise<void>;
  /** Kills the process, and opens the store in a new one. */
  restart(): Promise<void>;
  close(): Promise<void>;
}

interface Program {
  readonly child: ChildProcess;
  call(method: StoreRequest['method'], args: readonly unknown[], now?: number): Promise<unknown>;
}

/** A process without a store, for the next check: a process takes long to start. */
let idle: Program | undefined;

export async function openStoreProcess(opening: StoreOpening, clock: Clock): Promise<StoreProcess> {
  let program = takeProgram();
  await program.call('open', [opening]);

  const methods = METHODS.map((method) => [method, (...args: unknown[]) => program.call(method, args, clock())]);
  return {
    store: { clock, ...Object.fromEntries(methods) },
    kill: () => kill(program.child),
    async restart() {
      void kill(program.child);
      program = startProgram();
      await program.call('open', [opening]);
    },
    async close() {
      if (isRunning(program.child)) await program.call('close', []);
      if (isRunning(program.child)) idle = program;
    },
  };
}

/** Ends the process that waits for a next check. */
export async function endIdleProcess(): Promise<void> {
  if (idle !== undefined) await kill(idle.child);
  idle = undefined;
}

function takeProgram(): Program {
  const program = idle ?? startProgram();
  idle = undefined;
  return program;
}

function startProgram(): Program {
  const waiting = new Map<number, { resolve(answer: unknown): void; reject(error: Error): void }>();
  const child = fork(PROGRAM, { execArgv: ['--conditions=@statecraft/source'], serialization: 'advanced' });
  let count = 0;
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
  return {
    child,
    call(method, args, now = 0) {
      return new Promise((resolve, reject) => {
        if (!isRunning(child)) return reject(new AuthError('ERR_STORE_UNAVAILABLE'));
        const number = ++count;
        waiting.set(number, { resolve, reject });
        child.send({ number, method, args, now } satisfies StoreRequest);
      });
    },
  };
}

const isRunning = ({ connected, killed }: ChildProcess): boolean => connected && !killed;

async function kill(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exited = once(child, 'exit');
  child.kill('SIGKILL');
  await exited;
}
