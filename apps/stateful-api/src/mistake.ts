// What waiting at boot does not repair.

import { AuthError } from '@statecraft/auth-core';

/** PostgreSQL refuses the login (28000, 28P01), or lets the user do too little (42501). */
const REFUSED = new Set(['28000', '28P01', '42501']);

/** An address that leads to another kind of server, a table of another version, a wrong password. */
export function keepMistake(error: unknown): { readonly mistake: Error } {
  if (error instanceof AuthError && error.code === 'ERR_OPTION_INVALID') return { mistake: error };
  if (error instanceof Error && REFUSED.has(readCode(error))) return { mistake: error };
  throw error;
}

function readCode(error: Error): string {
  const { code } = ((error instanceof AuthError ? error.cause : error) ?? {}) as { code?: unknown };
  return String(code);
}
