// What a token of ours says (RFC 9068 without client_id), and the checks of it, after the signature.

import type { Principal } from '../../contracts/principal.ts';
import { AuthError } from '../../errors.ts';
import type { VerifiedToken } from './cache.ts';

export interface JwtClaims {
  readonly iss: string;
  readonly aud: string;
  /** The user's id. */
  readonly sub: string;
  readonly username: string;
  readonly roles: readonly string[];
  /** Seconds since the epoch, as `exp`. */
  readonly iat: number;
  readonly exp: number;
  readonly jti: string;
}

export interface ClaimsRules {
  readonly issuer: string;
  readonly audience: string;
  readonly leewayMs: number;
}

/** The last NumericDate that a Date can hold; also keeps seconds × 1000 exact. */
const LAST_SECOND = 8.64e12;

/**
 * The principal of a payload whose signature is good, and from when until when. Strings are compared exactly; an array `aud` is
 * refused (RFC 8725, 3.8, 3.9). A token is expired from `exp` on and not yet valid before `nbf` (RFC 7519, 4.1.4, 4.1.5): that
 * is for `demandTime` to say.
 * @throws ERR_TOKEN_INVALID
 */
export function verifiedOf<Key>(claims: Record<string, unknown>, rules: ClaimsRules, key: Key): VerifiedToken<Key> {
  const { iss, aud, sub, username, roles, iat, exp, nbf, jti } = claims;
  if (iss !== rules.issuer || aud !== rules.audience) throw new AuthError('ERR_TOKEN_INVALID');
  if (!isName(sub) || !isName(jti) || typeof username !== 'string' || !isNames(roles)) {
    throw new AuthError('ERR_TOKEN_INVALID');
  }
  if (!isDate(exp) || !isDate(iat)) throw new AuthError('ERR_TOKEN_INVALID');
  // `nbf: null` or `nbf: undefined` in an object are not the same as no nbf.
  const bounded = 'nbf' in claims;
  if (bounded && !isDate(nbf)) throw new AuthError('ERR_TOKEN_INVALID');
  return {
    key,
    principal: { userId: sub, username, roles, credential: { kind: 'jwt', tokenId: jti, expiresAt: exp * 1000 } },
    validFrom: bounded ? (nbf as number) * 1000 - rules.leewayMs : Number.NEGATIVE_INFINITY,
    validUntil: exp * 1000 + rules.leewayMs,
  };
}

/** @throws ERR_TOKEN_INVALID, ERR_TOKEN_EXPIRED */
export function demandTime({ validFrom, validUntil }: VerifiedToken<unknown>, now: number): void {
  if (now < validFrom) throw new AuthError('ERR_TOKEN_INVALID');
  if (now >= validUntil) throw new AuthError('ERR_TOKEN_EXPIRED');
}

/** A principal for one request: changing it changes nobody else's. */
export function copyOf({ userId, username, roles, credential }: Principal): Principal {
  return { userId, username, roles: roles.slice(), credential: { ...credential } };
}

const isName = (value: unknown): value is string => typeof value === 'string' && value !== '';

const isText = (value: unknown): value is string => typeof value === 'string';

const isNames = (value: unknown): value is string[] => Array.isArray(value) && value.every(isText);

function isDate(value: unknown): value is number {
  return Number.isInteger(value) && (value as number) >= 0 && (value as number) <= LAST_SECOND;
}
