// Every failure of Redis and of its client becomes one code. Whether a write happened is then unknown.

import { AuthError } from '../../errors.ts';

/**
 * ERR_STORE_UNAVAILABLE with the failure's name and text as cause. Only those: ioredis hangs the command with its
 * arguments on its errors, and a log that prints the cause must not print sessions. `what` failed, for who opens the store.
 */
export function storeUnavailable(failure: unknown, what?: string): AuthError {
  const cause = new Error(failure instanceof Error ? failure.message : String(failure));
  if (failure instanceof Error) cause.name = failure.name;
  const detail = what === undefined ? undefined : `${what}: ${cause.message}`;
  return new AuthError('ERR_STORE_UNAVAILABLE', detail, { cause });
}
