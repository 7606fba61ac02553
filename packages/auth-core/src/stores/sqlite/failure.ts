// Every failure of SQLite becomes an AuthError. The text names SQLite's result code and what to do about it.

import { AUTH_ERROR_MESSAGES, AuthError } from '../../errors.ts';

/** What the thread sends of a failure: an Error loses its code on the way between threads. */
export interface Failure {
  /** Of an error of Node's fs. */
  readonly system?: string | undefined;
  /** SQLite's (extended) result code; undefined for a failure of another kind. */
  readonly errcode?: number | undefined;
  readonly message: string;
}

const FULL = 'SQLITE_FULL';

/** Primary result codes (https://sqlite.org/rescode.html) and what they mean for the operator. */
const REASONS: Record<number, readonly [name: string, reason: string]> = {
  5: ['SQLITE_BUSY', 'another process has the file locked for longer than the deadline'],
  6: ['SQLITE_LOCKED', 'another connection has the table locked'],
  8: ['SQLITE_READONLY', 'the file or its folder is read-only for this process'],
  10: ['SQLITE_IOERR', 'the disk reports an error'],
  11: ['SQLITE_CORRUPT', 'the file is damaged; stop all servers, and restore a backup or remove the file'],
  13: [FULL, 'the disk is full, or the file has reached its maximum (maxBytes)'],
  14: [
    'SQLITE_CANTOPEN',
    'the file cannot be opened; its folder must exist, and this process must be able to write to it',
  ],
  15: ['SQLITE_PROTOCOL', 'the locks of the file do not work; use a local disk, not a network file system'],
  26: ['SQLITE_NOTADB', 'the file is no SQLite database'],
};
const BUSY = 5;

/** Node's own errors, from making the file. */
const SYSTEM_REASONS: Record<string, string> = {
  ENOENT: 'its folder does not exist; make it',
  ENOTDIR: 'a part of its path is no folder',
  EISDIR: 'it is a folder; name a file',
  EACCES: 'this process may not write into its folder',
  EPERM: 'this process may not write into its folder',
  EROFS: 'its file system is read-only',
  ENOSPC: 'the disk is full',
};

export function describeFailure(error: unknown): Failure {
  const message = error instanceof Error ? error.message : String(error);
  return { message, errcode: readErrcode(error), system: readSystemCode(error) };
}

/** The file is locked: the same statement may succeed in a moment. */
export const isBusy = (error: unknown): boolean => ((readErrcode(error) ?? 0) & 0xff) === BUSY;

/**
 * ERR_STORE_UNAVAILABLE, or ERR_STORE_FULL when there is no room. An AuthError is returned as it is.
 * @param what what failed, for the one who opens the store
 */
export function createSqliteError(error: unknown, what?: string): AuthError {
  if (error instanceof AuthError) return error;
  const { errcode, system, message } = isFailure(error) ? error : describeFailure(error);
  const [name, reason] = REASONS[(errcode ?? 0) & 0xff] ?? [system, system && SYSTEM_REASONS[system]];
  const code = name === FULL || name === 'ENOSPC' ? 'ERR_STORE_FULL' : 'ERR_STORE_UNAVAILABLE';
  const explained = reason === undefined ? message : `${name}: ${reason}.`;
  const cause = new Error(message);
  if (what !== undefined) return new AuthError(code, `${what}: ${explained}`, { cause });
  return new AuthError(code, reason && `${AUTH_ERROR_MESSAGES[code]} ${explained}`, { cause });
}

/** Like SQLite's own error, for a lock that was not free until the deadline. Nothing was written. */
export function createLockedError(): Error {
  return Object.assign(new Error('The file was locked until the deadline.'), { errcode: BUSY });
}

function isFailure(error: unknown): error is Failure {
  return typeof error === 'object' && error !== null && !(error instanceof Error) && 'message' in error;
}

function readSystemCode(error: unknown): string | undefined {
  return error instanceof Error && 'syscall' in error && 'code' in error ? String(error.code) : undefined;
}

function readErrcode(error: unknown): number | undefined {
  const errcode = error instanceof Error && 'errcode' in error ? error.errcode : undefined;
  return typeof errcode === 'number' ? errcode : undefined;
}
