// How checks look at errors.

import { AUTH_ERROR_MESSAGES, type Awaitable } from '@statecraft/auth-core';

/** The code with which an operation is refused; undefined when it is not refused. */
export async function catchCode(operation: () => Awaitable<unknown>): Promise<string | undefined> {
  try {
    await operation();
    return undefined;
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    if (typeof code === 'string' && code in AUTH_ERROR_MESSAGES) return code;
    throw error;
  }
}
