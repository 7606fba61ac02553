// Every failure of SQLite becomes an AuthError. The text names SQLite's result code and what to do about it.

import { AUTH_ERROR_MESSAGES, AuthError } from '../../errors.ts';

/** What the thread sends of a failure: an Error loses its code on the way between threads. */
export interface Failure {
  /** SQLite's (extended) result code; undefined for a failure of another kind. */
  readonly errcode?: number | undefined;
  readonly message: string;
}

/** Primary result codes (https://sqlite.org/rescode.html) and what they mean for the operator. */
const REASONS: Record<number, readonly [name: string, reason: string]> = {
  5: ['SQLITE_BUSY', 'another process has the file locked for longer than the deadline'],
  6: ['SQLITE_LOCKED', 'another connection has the table locked'],
  8: ['SQLITE_READONLY', 'the file or its folder is read-only for this process'],
  10: ['SQLITE_IOERR', 'the disk reports an error'],
  11: ['SQLITE_CORRUPT', 'the file is damaged; stop all servers, and restore a backup or remove the file'],
  13: ['SQLITE_FULL', 'the disk is full, or the file has reached its maximum (maxBytes)'],
  14: [
    'SQLITE_CANTOPEN',
    'the file cannot be opened; its folder must exist, and this process must be able to write to it',
  ],
  15: ['SQLITE_PROTOCOL', 'the locks of the file do not work; use a local disk, not a network file system'],
  26: ['SQLITE_NOTADB', 'the file is no SQLite database'],
};
const BUSY = 5;

export function describeFailure(error: unknown): Failure {
  const message = error instanceof Error ? error.message : String(error);
  return { message, errcode: readErrcode(error) };
}

/** The file is locked: the same statement may succeed in a moment. */
export const isBusy = (error: unknown): boolean => ((readErrcode(error) ?? 0) & 0xff) === BUSY;

/**
 * ERR_STORE_UNAVAILABLE, or ERR_STORE_FULL when there is no room. An AuthError is returned as it is.
 * @param what what failed, for the one who opens the store
 */
export function createSqliteError(error: unknown, what?: string): AuthError {
  if (error instanceof AuthError) return error;
  const { errcode, message } = isFailure(error) ? error : describeFailure(error);
  const [name, reason] = REASONS[(errcode ?? 0) & 0xff] ?? [];
  const code = name === 'SQLITE_FULL' ? 'ERR_STORE_FULL' : 'ERR_STORE_UNAVAILABLE';
  const explained = name === undefined ? message : `${name}: ${reason}.`;
  const cause = new Error(message);
  if (what !== undefined) return new AuthError(code, `${what}: ${explained}`, { cause });
  return new AuthError(code, name && `${AUTH_ERROR_MESSAGES[code]} ${explained}`, { cause });
}

/** Like SQLite's own error, for a lock that was not free until the deadline. Nothing was written. */
export function createLockedError(): Error {
  return Object.assign(new Error('The file was locked until the deadline.'), { errcode: BUSY });
}

function isFailure(error: unknown): error is Failure {
  return typeof error === 'object' && error !== null && !(error instanceof Error) && 'message' in error;
}

function readErrcode(error: unknown): number | undefined {
  const errcode = error instanceof Error && 'errcode' in error ? error.errcode : undefined;
  return typeof errcode === 'number' ? errcode : undefined;
}
