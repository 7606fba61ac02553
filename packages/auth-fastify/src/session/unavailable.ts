// A store that fails is a system that failed: 503, never anonymous and never 401, whatever it threw.

import { AuthError, type Awaitable } from '@statecraft/auth-core';

export function asUnavailable(error: unknown): AuthError {
  if (error instanceof AuthError) return error;
  return new AuthError('ERR_STORE_UNAVAILABLE', undefined, { cause: error });
}

export async function orUnavailable<T>(action: () => Awaitable<T>): Promise<T> {
  try {
    return await action();
  } catch (error) {
    throw asUnavailable(error);
  }
}
