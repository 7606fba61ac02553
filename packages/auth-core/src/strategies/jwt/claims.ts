// What a token of ours says (RFC 9068 without client_id), and the checks of it, after the signature.

import type { Principal } from '../../contracts/principal.ts';
import { AuthError } from '../../errors.ts';

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
 * The principal of a payload whose signature is good. Strings are compared exactly; an array `aud` is refused (RFC 8725, 3.8,
 * 3.9). A token is expired from `exp` on and not yet valid before `nbf` (RFC 7519, 4.1.4, 4.1.5).
 * @throws ERR_TOKEN_INVALID, ERR_TOKEN_EXPIRED
 */
export function principalOf(claims: Record<string, unknown>, rules: ClaimsRules, now: number): Principal {
  const { iss, aud, sub, username, roles, iat, exp, nbf, jti } = claims;
  if (iss !== rules.issuer || aud !== rules.audience) throw new AuthError('ERR_TOKEN_INVALID');
  if (!isName(sub) || !isName(jti) || typeof username !== 'string' || !isNames(roles)) {
    throw new AuthError('ERR_TOKEN_INVALID');
  }
  if (!isDate(exp) || !isDate(iat)) throw new AuthError('ERR_TOKEN_INVALID');
  // `nbf: null` or `nbf: undefined` in an object are not the same as no nbf.
  if ('nbf' in claims && (!isDate(nbf) || now < nbf * 1000 - rules.leewayMs)) throw new AuthError('ERR_TOKEN_INVALID');
  if (now >= exp * 1000 + rules.leewayMs) throw new AuthError('ERR_TOKEN_EXPIRED');
  return { userId: sub, username, roles, credential: { kind: 'jwt', tokenId: jti, expiresAt: exp * 1000 } };
}

const isName = (value: unknown): value is string => typeof value === 'string' && value !== '';

const isText = (value: unknown): value is string => typeof value === 'string';

const isNames = (value: unknown): value is string[] => Array.isArray(value) && value.every(isText);

function isDate(value: unknown): value is number {
  return Number.isInteger(value) && (value as number) >= 0 && (value as number) <= LAST_SECOND;
}
