// Every failure of PostgreSQL and of its client becomes an AuthError. Whether a write happened is then unknown.

import { AUTH_ERROR_MESSAGES, AuthError } from '../../errors.ts';

/** What SQLSTATEs mean for the operator (PostgreSQL, appendix A). */
const REASONS: Record<string, string> = {
  '25006': 'the server is a standby or read-only, and refuses writes; connect to the primary',
  '28000': 'PostgreSQL refuses the user (pg_hba.conf)',
  '28P01': 'PostgreSQL refuses the user name or the password',
  '3D000': 'the database does not exist',
  '40P01': 'another transaction held what this one needed, and the reverse',
  '42501': "PostgreSQL's user has no permission for the table",
  '42703': 'the table is of another version; see createSessionTable',
  '42P01': 'the table does not exist; make it with createSessionTable',
  '53100': 'the disk of the server is full',
  '53200': 'the server has no memory left',
  '53300': 'the server has too many connections; lower the size of the pool',
  '55P03': 'a lock was not free in time',
  '57014': 'the statement took longer than the deadline',
  '57P01': 'the server is shutting down, or an operator has ended the connection',
  '57P02': 'the server has crashed and is starting again',
  '57P03': 'the server is starting up, or is shutting down',
  '58030': 'the disk of the server reports an error',
  XX001: 'the table is damaged',
};
const DISK_FULL = '53100';
export const UNIQUE_VIOLATION = '23505';

/** The SQLSTATE of an error of PostgreSQL, or the code of a system error such as ECONNREFUSED. */
export function readErrorCode(failure: unknown): string | undefined {
  const code = typeof failure === 'object' && failure !== null && 'code' in failure ? failure.code : undefined;
  return typeof code === 'string' ? code : undefined;
}

/**
 * ERR_STORE_UNAVAILABLE, or ERR_STORE_FULL when the server's disk is full. The message names the SQLSTATE, if it has a
 * meaning for the operator. The cause has the failure's name, code and text only: pg puts the values of a row on its
 * errors, and a log that prints the cause must not print sessions. An AuthError is returned as it is.
 */
export function createPostgresError(failure: unknown): AuthError {
  if (failure instanceof AuthError) return failure;
  const sqlState = readErrorCode(failure);
  const cause = Object.assign(new Error(failure instanceof Error ? failure.message : String(failure)), {
    ...(failure instanceof Error && { name: failure.name }),
    ...(sqlState !== undefined && { code: sqlState }),
  });
  const code = sqlState === DISK_FULL ? 'ERR_STORE_FULL' : 'ERR_STORE_UNAVAILABLE';
  const reason = REASONS[sqlState ?? ''];
  const text = reason === undefined ? undefined : `${AUTH_ERROR_MESSAGES[code]} ${sqlState}: ${reason}.`;
  return new AuthError(code, text, { cause });
}
