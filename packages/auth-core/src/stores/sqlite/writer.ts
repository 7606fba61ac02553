// The event loop's side of the thread that writes: sends writes, and answers each with its reply or after the deadline.

import { Worker } from 'node:worker_threads';
import { AuthError } from '../../errors.ts';
import { readMonotonicMs } from './clock.ts';
import { createSqliteError } from './failure.ts';
import type { OpenedFile, ThreadOptions, ThreadReport, ThreadRequest, WriteName, WriteReply } from './messages.ts';
import type { Writes } from './writes.ts';

/** From the sources in this repository, and from the built package. */
const THREAD = new URL(import.meta.url.endsWith('.ts') ? './thread.ts' : './sqlite-thread.js', import.meta.url);

/** Of the deadline, for the wait until a write begins. The rest is for the commit: after a wait for a lock it is known that
 * nothing was written. */
const LOCK_SHARE = 0.9;

export interface Writer {
  readonly file: OpenedFile;
  /** Whether the thread runs: if not, every write fails. */
  isAlive(): boolean;
  /** @throws ERR_STORE_UNAVAILABLE, ERR_STORE_FULL */
  write<N extends WriteName>(name: N, ...args: Parameters<Writes[N]>): Promise<ReturnType<Writes[N]>>;
  /** After the writes that were sent. */
  close(): Promise<void>;
}

interface Waiting {
  readonly resolve: (answer: unknown) => void;
  readonly reject: (error: AuthError) => void;
  readonly timer: NodeJS.Timeout;
}

/** @throws ERR_OPTION_INVALID, ERR_STORE_UNAVAILABLE, ERR_STORE_FULL */
export async function openWriter(options: ThreadOptions): Promise<Writer> {
  const { deadlineMs } = options;
  // Without the options of this process: `--input-type` or a preloaded module are not for the thread.
  const worker = new Worker(THREAD, { workerData: options, execArgv: [] });
  const exited = new Promise<void>((resolve) => worker.once('exit', () => resolve()));
  const file = await waitUntilOpen(worker, options.path);
  const waiting = new Map<number, Waiting>();
  let count = 0;
  let failure: unknown;
  function settle({ number, answer, failure }: WriteReply): void {
    const entry = waiting.get(number);
    if (entry === undefined) return;
    remove(number, entry);
    if (failure === undefined) entry.resolve(answer);
    else entry.reject(createSqliteError(failure));
  }

  function remove(number: number, { timer }: Waiting): void {
    clearTimeout(timer);
    waiting.delete(number);
    if (waiting.size === 0) worker.unref();
  }

  function expire(number: number): void {
    const entry = waiting.get(number);
    if (entry === undefined) return;
    remove(number, entry);
    entry.reject(createSqliteError(new Error(`No answer within ${deadlineMs} ms.`)));
  }

  worker.on('message', (report: ThreadReport) => {
    if (report.kind === 'replies') for (const reply of report.replies) settle(reply);
  });
  worker.on('error', (error) => {
    failure = error;
  });
  worker.on('exit', () => {
    failure ??= new Error('The thread that writes has ended.');
    for (const [number, entry] of waiting) {
      remove(number, entry);
      entry.reject(createSqliteError(failure));
    }
  });

  // Without writes that wait, the thread keeps no process alive.
  worker.unref();
  return {
    file,
    isAlive: () => failure === undefined,
    write(name, ...args) {
      return new Promise((resolve, reject) => {
        if (failure !== undefined) return reject(createSqliteError(failure));
        if (waiting.size === 0) worker.ref();
        const number = ++count;
        const timer = setTimeout(expire, deadlineMs, number);
        waiting.set(number, { resolve: resolve as Waiting['resolve'], reject, timer });
        post(worker, { number, name, args, expiresAt: readMonotonicMs() + deadlineMs * LOCK_SHARE });
      });
    },
    async close() {
      worker.ref();
      post(worker, 'close');
      await exited;
    },
  };
}

function post(worker: Worker, request: ThreadRequest): void {
  worker.postMessage(request);
}

function waitUntilOpen(worker: Worker, path: string): Promise<OpenedFile> {
  return new Promise((resolve, reject) => {
    const fail = (error: unknown) => reject(createSqliteError(error, path));
    worker.once('error', fail);
    worker.once('message', (report: ThreadReport) => {
      worker.off('error', fail);
      if (report.kind === 'opened') return resolve(report.opened);
      if (report.kind !== 'refused') return;
      if (report.option) reject(new AuthError('ERR_OPTION_INVALID', report.failure.message));
      else fail(report.failure);
    });
  });
}
