// What a database says when it fails, as errors of this package: a stable code, and what to do next.

import { AccountsError, type AccountsErrorCode } from '../errors.ts';

type Explanation = readonly [code: AccountsErrorCode, advice: string];

const CHECK_LOGIN = 'Check the user and the password in DATABASE_URL.';
const MIGRATE = 'Bring its tables to this version: npm run db:migrate';
const TAKEN = 'Another application has tables of these names. Give the users a database of their own.';
const ROOM = 'Make room on its disk.';
const READ_ONLY = 'It takes no writes.';
const DAMAGED = 'DATABASE_URL must name a database of this server, or a new file. Restore a backup if it is damaged.';

/** Primary result codes of SQLite, https://www.sqlite.org/rescode.html */
const SQLITE: Readonly<Record<number, Explanation>> = {
  5: ['ERR_DATABASE_LOCKED', 'Another process holds its lock.'],
  6: ['ERR_DATABASE_LOCKED', 'Another connection holds its lock.'],
  8: ['ERR_DATABASE_READ_ONLY', `${READ_ONLY} Check the permissions of the file, its folder and its disk.`],
  10: ['ERR_DATABASE_UNAVAILABLE', 'Its disk does not answer as it should.'],
  11: ['ERR_DATABASE_UNUSABLE', DAMAGED],
  13: ['ERR_DATABASE_FULL', ROOM],
  14: ['ERR_DATABASE_UNUSABLE', 'Check that its folder exists and that this user may write there.'],
  26: ['ERR_DATABASE_UNUSABLE', DAMAGED],
};

/** SQLSTATE, https://www.postgresql.org/docs/current/errcodes-appendix.html; the first two characters are its class. */
const POSTGRES: Readonly<Record<string, Explanation>> = {
  '08': ['ERR_DATABASE_UNAVAILABLE', ''],
  '25006': ['ERR_DATABASE_READ_ONLY', `${READ_ONLY} Is it a standby? DATABASE_URL must lead to the primary.`],
  '28': ['ERR_DATABASE_REFUSED', CHECK_LOGIN],
  '3D000': ['ERR_DATABASE_REFUSED', 'Create this database, or correct its name in DATABASE_URL.'],
  '3F000': ['ERR_DATABASE_SCHEMA', MIGRATE],
  '40': ['ERR_DATABASE_UNAVAILABLE', 'Another change was made at the same time. Try again.'],
  '42501': ['ERR_DATABASE_REFUSED', 'Grant this user the rights, or name another user in DATABASE_URL.'],
  '42703': ['ERR_DATABASE_SCHEMA', MIGRATE],
  '42P07': ['ERR_DATABASE_SCHEMA', TAKEN],
  '42P01': ['ERR_DATABASE_SCHEMA', MIGRATE],
  '53': ['ERR_DATABASE_UNAVAILABLE', ''],
  '53100': ['ERR_DATABASE_FULL', ROOM],
  '55P03': ['ERR_DATABASE_LOCKED', ''],
  '57': ['ERR_DATABASE_UNAVAILABLE', ''],
  '58': ['ERR_DATABASE_UNAVAILABLE', ''],
};

const FILE: Readonly<Record<string, Explanation>> = {
  EROFS: ['ERR_DATABASE_READ_ONLY', 'Its disk takes no writes. Name a file on another disk in DATABASE_URL.'],
  ENOSPC: ['ERR_DATABASE_FULL', ROOM],
};

/** Errors of Node while it connects or after: the server is not there, or not yet. */
const NETWORK = /^(ECONN|ENOTFOUND|EAI_|ETIMEDOUT|EHOST|ENET|EPIPE|ENOENT|EACCES)/;
/** pg gives these no code. */
const LOST = /timeout|terminated|not queryable|closed/i;
const TLS = /certificate|SSL|TLS/;

interface Failure extends Error {
  readonly code?: string;
  readonly errcode?: number;
}

/**
 * @param name of the database, for the message
 * @returns an AccountsError with the failure as its cause, or the failure itself if it is a mistake in this program
 */
export function explainFailure(failure: unknown, name: string): unknown {
  if (!(failure instanceof Error) || failure instanceof AccountsError) return failure;
  const explanation = classify(failure);
  if (explanation === undefined) return failure;
  const [code, advice] = explanation;
  const detail = `${name}: ${describe(failure)}. ${advice}`.trimEnd();
  return new AccountsError(code, { detail, cause: failure });
}

/** Of a file that cannot be opened for writing. */
export function explainFileFailure(failure: unknown, name: string): AccountsError {
  const { code = '', message } = failure as Failure;
  const [kind, advice] = FILE[code] ?? [
    'ERR_DATABASE_UNUSABLE',
    'Its folder must exist, and this user must be allowed to write there.',
  ];
  return new AccountsError(kind, { detail: `${name}: ${message}. ${advice}`, cause: failure });
}

function classify({ code = '', errcode, message }: Failure): Explanation | undefined {
  if (code === 'ERR_SQLITE_ERROR' && errcode !== undefined) {
    if (/already exists/.test(message)) return ['ERR_DATABASE_SCHEMA', TAKEN];
    if (/no such (table|column)/.test(message)) return ['ERR_DATABASE_SCHEMA', MIGRATE];
    // The higher bits tell variants of the primary code apart.
    return SQLITE[errcode & 0xff];
  }
  if (/^[\dA-Z]{5}$/.test(code)) return POSTGRES[code] ?? POSTGRES[code.slice(0, 2)];
  if (TLS.test(message) || TLS.test(code))
    return ['ERR_DATABASE_REFUSED', 'Check sslmode in DATABASE_URL, and DATABASE_CA_FILE.'];
  if (NETWORK.test(code) || LOST.test(message)) return ['ERR_DATABASE_UNAVAILABLE', ''];
  return undefined;
}

function describe({ message, code }: Failure): string {
  return (message || code || 'no answer').replace(/\.$/, '');
}

export function isLocked(error: unknown): boolean {
  return error instanceof AccountsError && error.code === 'ERR_DATABASE_LOCKED';
}

/** Waiting may help: the server is down, or another process holds the lock. */
export function isPassing(error: unknown): boolean {
  return isLocked(error) || (error instanceof AccountsError && error.code === 'ERR_DATABASE_UNAVAILABLE');
}
