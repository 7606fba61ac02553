// The thread that writes: the only place where the store waits for a lock or for the disk. Each store has one.

import { parentPort, receiveMessageOnPort, workerData } from 'node:worker_threads';
import { AuthError } from '../../errors.ts';
import { createBatchRunner, retryWhileBusy, runTransaction } from './batch.ts';
import { anchorClock, readMonotonicMs } from './clock.ts';
import { createLockedError, describeFailure } from './failure.ts';
import { createMissingError, createTables, identifyFile, openToWrite } from './file.ts';
import type { OpenedFile, ThreadOptions, ThreadReport, ThreadRequest, WriteCommand } from './messages.ts';

/** Writes in one transaction at most: it holds the lock, and other processes wait for it. */
const MAX_BATCH = 200;

function report(message: ThreadReport): void {
  parentPort?.postMessage(message);
}

/** @throws what openToWrite throws; SQLITE_BUSY if the file is locked for longer than the deadline */
function open(options: ThreadOptions) {
  const until = readMonotonicMs() + options.deadlineMs;
  let db: ReturnType<typeof openToWrite> | undefined;
  const isOpen = retryWhileBusy(until, () => {
    db = openToWrite(options);
  });
  if (!isOpen || db === undefined) throw createLockedError();
  const opened = db;
  const clockOrigin = runTransaction(opened, until, () => {
    createTables(opened);
    return anchorClock(opened);
  });
  const identity = identifyFile(options.path);
  if (clockOrigin === undefined) throw createLockedError();
  if (identity === undefined) throw createMissingError(options.path);
  return { db: opened, file: { clockOrigin, identity } satisfies OpenedFile };
}

/** The first request and all that have arrived meanwhile. */
function takeBatch(first: WriteCommand) {
  const commands = [first];
  let isClosing = false;
  while (parentPort !== null && commands.length < MAX_BATCH && !isClosing) {
    const next = receiveMessageOnPort(parentPort)?.message as ThreadRequest | undefined;
    if (next === undefined) break;
    if (next === 'close') isClosing = true;
    else commands.push(next);
  }
  return { commands, isClosing };
}

function serve(options: ThreadOptions): void {
  const { db, file } = open(options);
  // A write into a file that no other process can find would be acknowledged and lost.
  const runBatch = createBatchRunner(db, () => {
    if (identifyFile(options.path) !== file.identity) throw createMissingError(options.path);
  });
  const close = () => {
    db.close();
    parentPort?.close();
  };
  parentPort?.on('message', (request: ThreadRequest) => {
    if (request === 'close') return close();
    const { commands, isClosing } = takeBatch(request);
    report({ kind: 'replies', replies: runBatch(commands) });
    if (isClosing) close();
  });
  report({ kind: 'opened', opened: file });
}

try {
  serve(workerData as ThreadOptions);
} catch (error) {
  const option = error instanceof AuthError && error.code === 'ERR_OPTION_INVALID';
  report({ kind: 'refused', failure: describeFailure(error), option });
}
