// The stateless answer: the user holds a signed statement of who they are, and the server remembers nothing.
//
//   sign-in   issue          claims ── sign ──> token
//   request   authenticate   size, three parts ──> header names a key ──> signature ──> claims, clock ──> principal
//                              └── seen before ──> key, clock ──> principal
//
// Nothing here waits or connects. A token that was issued stays good until `exp`: that is what statelessness costs.

import { randomBytes } from 'node:crypto';
import type { Principal, Subject } from '../contracts/principal.ts';
import { AuthError } from '../errors.ts';
import { createJwtCache, type JwtCacheStats } from './jwt/cache.ts';
import { copyOf, demandTime, verifiedOf } from './jwt/claims.ts';
import { createKeyFinder } from './jwt/header.ts';
import { invalid, type PreparedKey, type PublicJwk, publicJwkOf } from './jwt/keys.ts';
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
   * @throws ERR_TOKEN_INVALID, ERR_TOKEN_EXPIRED (the signature is good, the time is over); else only what `isRevoked` throws
   */
  authenticate(token: string): Principal;
  /**
   * From now on the key's tokens are refused, cached or not: for a key that got into wrong hands. In this process alone.
   * @throws ERR_OPTION_INVALID for the key that signs, and for a kid that is not there
   */
  removeKey(kid: string): void;
  /** Undefined without a cache. */
  cacheStats(): JwtCacheStats | undefined;
  /** The public keys that verify now (RFC 7517); none with HS256. */
  jwks(): { readonly keys: readonly PublicJwk[] };
}

/** @throws ERR_OPTION_INVALID */
export function createJwtStrategy(options: JwtStrategyOptions): JwtStrategy {
  const rules = resolveJwtOptions(options);
  const { issuer, audience, ttlSeconds, clock, codec, keys, isRevoked } = rules;
  const sign = codec.signer(keys.current);
  const verifying: VerifyingKey[] = keys.all.map((key) => ({ ...key, verify: codec.verifier(key), removed: false }));
  const find = createKeyFinder(verifying);
  const cache = rules.cache && createJwtCache<VerifyingKey>(rules.cache);

  function decide(token: string): Principal {
    const now = clock();
    const known = cache?.get(token);
    if (known === undefined) return decideAnew(token, now);
    try {
      demandUsable(known.key, now);
      demandTime(known, now);
    } catch (error) {
      cache?.remove(token);
      throw error;
    }
    return copyOf(known.principal);
  }

  function decideAnew(token: string, now: number): Principal {
    const parts = partsOf(token);
    if (parts === undefined) throw new AuthError('ERR_TOKEN_INVALID');
    const { headerEnd, payloadEnd } = parts;
    const key = find(token.slice(0, headerEnd));
    if (key === undefined) throw new AuthError('ERR_TOKEN_INVALID');
    demandUsable(key, now);
    if (!key.verify(token, payloadEnd)) throw new AuthError('ERR_TOKEN_INVALID');
    const claims = objectOf(token.slice(headerEnd + 1, payloadEnd));
    if (claims === undefined) throw new AuthError('ERR_TOKEN_INVALID');
    const verified = verifiedOf(claims, rules, key);
    demandTime(verified, now);
    if (cache === undefined) return verified.principal;
    cache.add(token, verified);
    return copyOf(verified.principal);
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
      let principal: Principal;
      try {
        principal = decide(token);
      } catch (error) {
        // JSON.parse, a codec: whatever a token makes them throw, the token is not valid.
        throw error instanceof AuthError ? error : new AuthError('ERR_TOKEN_INVALID', undefined, { cause: error });
      }
      if (isRevoked?.(principal)) throw new AuthError('ERR_TOKEN_INVALID');
      return principal;
    },

    removeKey(kid) {
      const key = verifying.find((one) => one.kid === kid);
      if (key === undefined || kid === keys.current.kid) {
        throw invalid('removeKey needs the kid of a key that only verifies');
      }
      key.removed = true;
      cache?.removeKey(key);
    },

    cacheStats: () => cache?.stats(),

    jwks() {
      const now = clock();
      return { keys: verifying.filter((key) => key.alg === 'EdDSA' && isUsable(key, now)).map(publicJwkOf) };
    },
  };
}

interface VerifyingKey extends PreparedKey {
  readonly verify: (token: string, payloadEnd: number) => boolean;
  removed: boolean;
}

function isUsable({ removed, retireAt }: VerifyingKey, now: number): boolean {
  return !removed && (retireAt === undefined || now < retireAt);
}

function demandUsable(key: VerifyingKey, now: number): void {
  if (!isUsable(key, now)) throw new AuthError('ERR_TOKEN_INVALID');
}
