// The options of one sign-in, checked by name: an option that is not known is refused, not ignored.

import { AuthError, type SessionDevice } from '@statecraft/auth-core';
import type { SessionData } from './merge.ts';

/** Options of `request.signIn`. */
export interface SignInOptions {
  /** The data that the new session begins with. */
  readonly data?: SessionData;
  /** Names of properties to carry over from the present session, if it is anonymous or the same user's. */
  readonly keep?: readonly string[];
  /** ms without a request after which this session expires, up to the plugin's `maxIdleMs` ("remember me"). */
  readonly idleMs?: number;
  /** ms after which this session expires in any case, up to `maxAbsoluteMs`. The cookie's Max-Age follows it. */
  readonly absoluteMs?: number;
  /** What the user will recognise this device by, in a list of sessions. Cut at MAX_DEVICE_TEXT_LENGTH. */
  readonly device?: SessionDevice;
}

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
