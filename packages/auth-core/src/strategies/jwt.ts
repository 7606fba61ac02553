// The stateless answer: the user holds a signed statement of who they are, and the server remembers nothing.
//
//   sign-in   issue          claims ── sign ──> token
//   request   authenticate   size, three parts ──> header names a key ──> signature ──> claims, clock ──> principal
//
// Nothing here waits, stores or connects. A token that was issued stays good until `exp`: that is what statelessness costs.

import { randomBytes } from 'node:crypto';
import type { Principal, Subject } from '../contracts/principal.ts';
import { AuthError } from '../errors.ts';
import { principalOf } from './jwt/claims.ts';
import { createKeyFinder } from './jwt/header.ts';
import { type PublicJwk, publicJwkOf } from './jwt/keys.ts';
import { type JwtStrategyOptions, resolveJwtOptions } from './jwt/options.ts';
import { objectOf, partsOf } from './jwt/strict.ts';

/** Characters, which are bytes here. A longer token is refused before any work, and never issued. */
export const MAX_TOKEN_LENGTH = 8192;

export interface IssuedToken {
  readonly accessToken: string;
  /** `jti`. */
  readonly tokenId: string;
  /** `exp` in ms since the epoch. */
  readonly expiresAt: number;
  /** Seconds, as in an OAuth token response (RFC 6749, 5.1). */
  readonly expiresIn: number;
}

export interface JwtStrategy {
  readonly ttlSeconds: number;
  /** @throws ERR_OPTION_INVALID when the subject has no id or does not fit into MAX_TOKEN_LENGTH. */
  issue(subject: Subject): IssuedToken;
  /**
   * Who the token speaks for; a fresh object at every call.
   * @throws ERR_TOKEN_INVALID, ERR_TOKEN_EXPIRED (the signature is good, the time is over); never anything else
   */
  authenticate(token: string): Principal;
  /** The public keys that verify now (RFC 7517); none with HS256. */
  jwks(): { readonly keys: readonly PublicJwk[] };
}

/** @throws ERR_OPTION_INVALID */
export function createJwtStrategy(options: JwtStrategyOptions): JwtStrategy {
  const rules = resolveJwtOptions(options);
  const { issuer, audience, ttlSeconds, clock, codec, keys } = rules;
  const sign = codec.signer(keys.current);
  const find = createKeyFinder(keys.all.map((key) => ({ ...key, verify: codec.verifier(key) })));

  function decide(token: string): Principal {
    const parts = partsOf(token);
    if (parts === undefined) throw new AuthError('ERR_TOKEN_INVALID');
    const { headerEnd, payloadEnd } = parts;
    const key = find(token.slice(0, headerEnd));
    const now = clock();
    if (key === undefined || isRetired(key, now)) throw new AuthError('ERR_TOKEN_INVALID');
    if (!key.verify(token, payloadEnd)) throw new AuthError('ERR_TOKEN_INVALID');
    const claims = objectOf(token.slice(headerEnd + 1, payloadEnd));
    if (claims === undefined) throw new AuthError('ERR_TOKEN_INVALID');
    return principalOf(claims, rules, now);
  }

  return {
    ttlSeconds,

    issue({ userId: sub, username, roles }) {
      const jti = randomBytes(16).toString('base64url');
      const iat = Math.floor(clock() / 1000);
      const exp = iat + ttlSeconds;
      if (sub === '') throw new AuthError('ERR_OPTION_INVALID', 'A token needs a subject with an id.');
      const accessToken = sign({ iss: issuer, aud: audience, sub, username, roles, iat, exp, jti });
      if (accessToken.length > MAX_TOKEN_LENGTH) {
        throw new AuthError('ERR_OPTION_INVALID', `The subject makes a token of more than ${MAX_TOKEN_LENGTH} bytes.`);
      }
      return { accessToken, tokenId: jti, expiresAt: exp * 1000, expiresIn: ttlSeconds };
    },

    authenticate(token) {
      if (typeof token !== 'string' || token.length > MAX_TOKEN_LENGTH) throw new AuthError('ERR_TOKEN_INVALID');
      try {
        return decide(token);
      } catch (error) {
        // JSON.parse, a codec: whatever a token makes them throw, the token is not valid.
        throw error instanceof AuthError ? error : new AuthError('ERR_TOKEN_INVALID', undefined, { cause: error });
      }
    },

    jwks() {
      const now = clock();
      return { keys: keys.all.filter((key) => key.alg === 'EdDSA' && !isRetired(key, now)).map(publicJwkOf) };
    },
  };
}

function isRetired(key: { readonly retireAt: number | undefined }, now: number): boolean {
  return key.retireAt !== undefined && now >= key.retireAt;
}
