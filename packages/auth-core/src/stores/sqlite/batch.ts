// Runs writes in transactions: all that have arrived in one, because a commit costs more than a write (with
// synchronous=full it waits for the disk), and the lock of the file is taken once. If one of them fails, each runs in a
// transaction of its own.
//
// A lock that another process holds is waited for outside of SQLite, whose own waiting grows to 100 ms for a try.

import type { DatabaseSync } from 'node:sqlite';
import { readMonotonicMs } from './clock.ts';
import { createLockedError, describeFailure, isBusy } from './failure.ts';
import type { WriteCommand, WriteReply } from './messages.ts';
import { prepareWrites, type Writes } from './writes.ts';

/** ms between two tries to get the lock. Each waits a random part of it, so that no process is always late. */
const RETRY_MS = 2;
/** ms of the store's time after which the file notes again how far it has come. */
const NOTE_EVERY_MS = 1_000;

export type RunBatch = (commands: readonly WriteCommand[]) => WriteReply[];

/** @param check throws if `db` must not be written to */
export function createBatchRunner(db: DatabaseSync, check: () => void): RunBatch {
  const writes = prepareWrites(db);
  const note = db.prepare('UPDATE clock SET reached = :now WHERE reached < :now');
  let noted = 0;

  function runAll(commands: readonly WriteCommand[]): WriteReply[] {
    const replies = commands.map(({ number, name, args }) => ({ number, answer: callWrite(writes, name, args) }));
    const now = Math.max(0, ...commands.map(({ args }) => args[0]));
    if (now >= noted + NOTE_EVERY_MS) {
      note.run({ now });
      noted = now;
    }
    return replies;
  }

  /** Undefined: the lock was not to be had in time, and nothing was written. */
  function commit(commands: readonly WriteCommand[]): WriteReply[] | undefined {
    const until = Math.max(...commands.map(({ expiresAt }) => expiresAt));
    return runTransaction(db, until, () => {
      check();
      return runAll(commands.filter(isInTime));
    });
  }

  function commitOne(command: WriteCommand): WriteReply {
    try {
      return commit([command])?.[0] ?? replyTooLate(command);
    } catch (error) {
      return { number: command.number, failure: describeFailure(error) };
    }
  }

  return (commands) => {
    if (commands.length === 1) return commands.map(commitOne);
    try {
      const replies = commit(commands) ?? [];
      const answered = new Set(replies.map(({ number }) => number));
      return [...replies, ...commands.filter(({ number }) => !answered.has(number)).map(replyTooLate)];
    } catch {
      return commands.map(commitOne);
    }
  };
}

/**
 * What `run` returns, after the commit; undefined if the lock was not free until `untilMs` (monotonic). If `run` or the
 * commit throws, nothing was written.
 */
export function runTransaction<T>(db: DatabaseSync, untilMs: number, run: () => T): T | undefined {
  if (!retryWhileBusy(untilMs, () => db.exec('BEGIN IMMEDIATE'))) return undefined;
  try {
    const result = run();
    db.exec('COMMIT');
    return result;
  } finally {
    // SQLite has rolled back already after some failures (a full disk).
    if (db.isTransaction) db.exec('ROLLBACK');
  }
}

/** False: the file was locked until `untilMs`. Holds the thread meanwhile. */
export function retryWhileBusy(untilMs: number, run: () => void): boolean {
  for (;;) {
    try {
      run();
      return true;
    } catch (error) {
      if (!isBusy(error)) throw error;
    }
    if (readMonotonicMs() >= untilMs) return false;
    Atomics.wait(NEVER, 0, 0, RETRY_MS * Math.random());
  }
}

const NEVER = new Int32Array(new SharedArrayBuffer(4));

const isInTime = ({ expiresAt }: WriteCommand): boolean => readMonotonicMs() < expiresAt;

const replyTooLate = ({ number }: WriteCommand): WriteReply => ({
  number,
  failure: describeFailure(createLockedError()),
});

function callWrite(writes: Writes, name: WriteCommand['name'], args: readonly unknown[]): unknown {
  const write = writes[name] as (...args: readonly unknown[]) => unknown;
  return write(...args);
}
