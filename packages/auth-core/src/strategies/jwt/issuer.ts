// Issues tokens: the strategy writes the claims, the codec signs them.

import { randomBytes } from 'node:crypto';
import type { Subject } from '../../contracts/principal.ts';
import { checkSubject } from '../../subject.ts';
import type { CustomClaims } from './claims.ts';
import { checkCustomClaims } from './custom-claims.ts';
import { invalid } from './keys.ts';
import type { ResolvedJwtOptions } from './options.ts';

/** Characters, which are bytes here. A longer token is refused before any work, and never issued. */
export const MAX_TOKEN_LENGTH = 8192;

/** A new token, as `JwtStrategy.issue` answers it. */
export interface IssuedToken {
  readonly accessToken: string;
  /** `jti`. */
  readonly tokenId: string;
  /** `exp` in ms since the epoch. */
  readonly expiresAt: number;
  /** Seconds, as in an OAuth token response (RFC 6749, 5.1). */
  readonly expiresIn: number;
}

/** Options of `JwtStrategy.issue`. */
export interface IssueTokenOptions<Claims extends object = CustomClaims> {
  /**
   * Further claims of the token: JSON values under names that the strategy does not use itself, at most 4,096
   * characters.
   */
  readonly claims?: Claims;
}

export type IssueToken<Claims extends object> = (subject: Subject, options?: IssueTokenOptions<Claims>) => IssuedToken;

export function createTokenIssuer<Claims extends object>(rules: ResolvedJwtOptions): IssueToken<Claims> {
  const { issuer: iss, audience: aud, ttlSeconds, clock, codec, keys } = rules;
  const sign = codec.signer(keys.current);

  return (subject, options = {}) => {
    const { userId: sub, username, roles } = checkSubject(subject);
    const { claims, ...others } = options;
    const [unknown] = Object.keys(others);
    if (unknown !== undefined) throw invalid(`There is no option "${unknown}" when a token is issued`);
    const custom = claims === undefined ? undefined : checkCustomClaims(claims);
    const jti = randomBytes(16).toString('base64url');
    const iat = Math.floor(clock() / 1000);
    const exp = iat + ttlSeconds;
    const accessToken = sign({ iss, aud, sub, username, roles, iat, exp, jti, ...custom });
    if (accessToken.length > MAX_TOKEN_LENGTH) {
      throw invalid(`The subject and the claims make a token of more than ${MAX_TOKEN_LENGTH} bytes`);
    }
    return { accessToken, tokenId: jti, expiresAt: exp * 1000, expiresIn: ttlSeconds };
  };
}
