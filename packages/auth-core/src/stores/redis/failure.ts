// Every failure of Redis and of its client becomes one code. Whether a write happened is then unknown.

import { AuthError } from '../../errors.ts';

/**
 * ERR_STORE_UNAVAILABLE with the failure's name and text as cause. Only those: ioredis hangs the command with its
 * arguments on its errors, and a log that prints the cause must not print sessions.
 */
export function storeUnavailable(failure: unknown): AuthError {
  const cause = new Error(failure instanceof Error ? failure.message : String(failure));
  if (failure instanceof Error) cause.name = failure.name;
  return new AuthError('ERR_STORE_UNAVAILABLE', undefined, { cause });
}
