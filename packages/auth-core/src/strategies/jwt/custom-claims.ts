// The claims that an application adds to its tokens: what `issue` accepts.

import { AuthError } from '../../errors.ts';
import { encodeSessionData } from '../../session-data.ts';
import type { CustomClaims } from './claims.ts';

/** Characters of JSON that all custom claims of a token may take. A token travels in a header of every request. */
export const MAX_CUSTOM_CLAIMS_LENGTH = 4096;

/** The strategy writes or checks these. `__proto__` is refused with them: no honest claim has this name. */
const RESERVED = ['iss', 'aud', 'sub', 'username', 'roles', 'iat', 'exp', 'nbf', 'jti', '__proto__'];

/**
 * Answers the claims if a token can carry them without loss. Properties that are undefined are left out, as in JSON.
 * @throws ERR_OPTION_INVALID, naming the claim: a reserved name, a value that JSON would drop or change, too many
 */
export function checkCustomClaims(claims: object): CustomClaims {
  if (typeof claims !== 'object' || claims === null || Array.isArray(claims)) {
    throw refuse('claims', 'must be an object');
  }
  for (const [name, value] of Object.entries(claims)) {
    if (RESERVED.includes(name)) throw refuse(`claims.${name}`, 'is written by the strategy; use another name');
    checkLossless(name, value);
  }
  if (JSON.stringify(claims).length > MAX_CUSTOM_CLAIMS_LENGTH) {
    throw refuse('claims', `must take at most ${MAX_CUSTOM_CLAIMS_LENGTH} characters of JSON`);
  }
  return { ...claims };
}

function checkLossless(name: string, value: unknown): void {
  try {
    encodeSessionData({ [name]: value }, Number.POSITIVE_INFINITY);
  } catch (cause) {
    throw refuse(`claims.${name}`, 'cannot be written as JSON without loss', { cause });
  }
}

function refuse(name: string, why: string, options?: ErrorOptions): AuthError {
  return new AuthError('ERR_OPTION_INVALID', `${name} ${why}.`, options);
}
