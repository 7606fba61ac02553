// The options of one sign-in, checked by name: an option that is not known is refused, not ignored.

import { AuthError } from '@statecraft/auth-core';
import type { SignInOptions } from './request-session.ts';

const KNOWN = ['data', 'keep', 'idleMs', 'absoluteMs', 'device'];

/** @throws ERR_OPTION_INVALID, naming the option */
export function checkSignInOptions(options: SignInOptions): SignInOptions {
  const unknown = Object.keys(options).find((name) => !KNOWN.includes(name));
  if (unknown !== undefined) throw refuse(`signIn has no option ${unknown}. It has ${KNOWN.join(', ')}`);
  const { data, keep } = options;
  if (data !== undefined && (typeof data !== 'object' || data === null)) throw refuse('signIn: data must be an object');
  if (keep !== undefined && !Array.isArray(keep)) throw refuse('signIn: keep must be an array of property names');
  return options;
}

function refuse(text: string): AuthError {
  return new AuthError('ERR_OPTION_INVALID', `${text}.`);
}
