// The stateless answer: the user holds a signed statement of who they are, and the server stores nothing.
//
//   sign-in   issue          claims ──> codec signs ──> token
//   request   authenticate   in the cache? ── no ──> three parts ──> the header names a key ──> signature ──> claims
//                                 │                                                                          │
//                                 └── yes ─────────────> key in use? ──> time ──> revoked? ──> principal <───┘
//
// It needs no connection. A token works until `exp`, unless `isRevoked` or the removal of its key ends it.

import { type CacheStats, createBoundedCache } from '../bounded-cache.ts';
import type { Principal, Subject } from '../contracts/principal.ts';
import type { Awaitable, Outcome, Refused, Strategy } from '../contracts/strategy.ts';
import { AuthError } from '../errors.ts';
import { parseObject, splitToken } from '../strict-jws.ts';
import {
  type ClaimsRules,
  type CustomClaims,
  createPrincipal,
  hasValidClaims,
  type JwtClaims,
  readValidity,
  TokenEvidence,
  type Validity,
  type VerifiedToken,
} from './jwt/claims.ts';
import { createTokenIssuer, type IssuedToken, type IssueTokenOptions, MAX_TOKEN_LENGTH } from './jwt/issuer.ts';
import { createKeyFinder, type KeyFinder } from './jwt/key-finder.ts';
import { exportPublicJwk, invalid, type PreparedKey, type PublicJwk } from './jwt/keys.ts';
import { type JwtStrategyOptions, resolveJwtOptions } from './jwt/options.ts';
import { createSecondUseFilter } from './jwt/second-use.ts';

export interface JwtStrategy<Claims extends object = CustomClaims> extends Strategy<string, VerifiedToken<Claims>> {
  readonly ttlSeconds: number;
  /**
   * A new token for a subject.
   * @throws ERR_SUBJECT_INVALID, ERR_OPTION_INVALID for claims that are not allowed and for a token of more than
   * MAX_TOKEN_LENGTH bytes
   */
  issue(subject: Subject, options?: IssueTokenOptions<Claims>): IssuedToken;
  /**
   * Who the token speaks for. Refused with ERR_TOKEN_EXPIRED when the token is good but its time is over, with
   * ERR_TOKEN_INVALID for any other reason. The answer is no promise, unless `isRevoked` answers one. Each call gets a
   * principal of its own.
   * @throws ERR_STORE_UNAVAILABLE when `isRevoked` fails
   */
  authenticate(token: string): Awaitable<Outcome<VerifiedToken<Claims>>>;
  /**
   * Refuses the tokens of a key from now on, in this process, whether they are in the cache or not: for a leaked key.
   * @throws ERR_OPTION_INVALID for the key that signs, and for an unknown kid
   */
  removeKey(kid: string): void;
  /** Undefined without a cache. */
  cacheStats(): CacheStats | undefined;
  /** The public keys that verify now (RFC 7517). The list is empty with HS256. */
  jwks(): { readonly keys: readonly PublicJwk[] };
}

interface VerifyingKey extends PreparedKey {
  readonly verify: (token: string, payloadEnd: number) => boolean;
  removed: boolean;
}

/**
 * A token whose signature and claims are good. Whether it is accepted now depends on its key, its time and revocation.
 */
interface Verified extends Validity {
  readonly token: string;
  readonly key: VerifyingKey;
  readonly claims: JwtClaims;
  readonly refused?: undefined;
}

const INVALID: Refused = Object.freeze({ refused: 'ERR_TOKEN_INVALID' });
const EXPIRED: Refused = Object.freeze({ refused: 'ERR_TOKEN_EXPIRED' });

/**
 * @example
 * const tokens = createJwtStrategy({ issuer: 'https://shop.example', audience: 'shop-api', keys: { secret } });
 * const { accessToken } = tokens.issue({ userId: '7', username: 'ada', roles: ['admin'] });
 * const outcome = await tokens.authenticate(accessToken);
 * if (outcome.refused === undefined) console.log(outcome.principal?.username);
 *
 * @throws ERR_OPTION_INVALID
 */
export function createJwtStrategy<Claims extends object = CustomClaims>(
  options: JwtStrategyOptions,
): JwtStrategy<Claims> {
  const rules = resolveJwtOptions(options);
  const { clock, codec, isRevoked, ttlSeconds } = rules;
  const keys: VerifyingKey[] = rules.keys.all.map((key) => ({ ...key, verify: codec.verifier(key), removed: false }));
  const findKey = createKeyFinder(keys);
  const cache = rules.cache && createBoundedCache<Verified>(rules.cache);
  const isSecondUse = rules.cache && createSecondUseFilter(2 * rules.cache.maxEntries);

  function check(token: string): Verified | Refused {
    // The cache finds a token by its signature, because that is a short key, and the whole token is compared.
    const signature = token.slice(token.lastIndexOf('.') + 1);
    const found = cache?.get(signature);
    const cached = found?.token === token ? found : undefined;
    const verified = cached ?? verifyToken(token, findKey, rules);
    if (verified === undefined) return INVALID;
    const refused = checkNow(verified, clock());
    if (refused !== undefined) {
      if (cached !== undefined) cache?.remove(signature);
      return refused;
    }
    if (cached === undefined && isSecondUse?.(signature)) cache?.set(signature, verified, measureToken(verified));
    return verified;
  }

  function authenticate(token: string): Awaitable<Outcome<VerifiedToken>> {
    if (typeof token !== 'string' || token.length > MAX_TOKEN_LENGTH) return INVALID;
    let verified: Verified | Refused;
    try {
      verified = check(token);
    } catch {
      // JSON.parse or a codec threw. Whatever the cause, the token is not proven.
      return INVALID;
    }
    if (verified.refused !== undefined) return verified;
    const accepted = { principal: createPrincipal(verified.claims), evidence: new TokenEvidence(verified.claims) };
    return isRevoked === undefined ? accepted : refuseIfRevoked(accepted, isRevoked);
  }

  return {
    ttlSeconds,
    issue: createTokenIssuer<Claims>(rules),
    authenticate: authenticate as JwtStrategy<Claims>['authenticate'],

    removeKey(kid) {
      const key = keys.find((one) => one.kid === kid);
      if (key === undefined || kid === rules.keys.current.kid) {
        throw invalid('removeKey needs the kid of a key that only verifies');
      }
      key.removed = true;
      cache?.removeWhere((verified) => verified.key === key);
    },

    cacheStats: () => cache?.stats(),

    jwks() {
      const now = clock();
      return { keys: keys.filter((key) => key.alg === 'EdDSA' && isUsable(key, now)).map(exportPublicJwk) };
    },
  };
}

/** All that cannot change later: the form of the token, its signature and its claims. */
function verifyToken(token: string, findKey: KeyFinder<VerifyingKey>, rules: ClaimsRules): Verified | undefined {
  const parts = splitToken(token);
  if (parts === undefined) return undefined;
  const { headerEnd, payloadEnd } = parts;
  const key = findKey(token.slice(0, headerEnd));
  if (key === undefined || !key.verify(token, payloadEnd)) return undefined;
  const claims = parseObject(token.slice(headerEnd + 1, payloadEnd));
  if (claims === undefined || !hasValidClaims(claims, rules)) return undefined;
  const { validFrom, validUntil } = readValidity(claims, rules.leewayMs);
  return { token, key, claims, validFrom, validUntil };
}

/** What can change after a token was verified, checked at every request. */
function checkNow({ key, validFrom, validUntil }: Verified, now: number): Refused | undefined {
  if (!isUsable(key, now) || now < validFrom) return INVALID;
  return now < validUntil ? undefined : EXPIRED;
}

function isUsable({ removed, retireAt }: VerifyingKey, now: number): boolean {
  return !removed && (retireAt === undefined || now < retireAt);
}

/**
 * bytes of heap for a cached token: its text, its claims, and the objects around them. A token of 375 characters takes
 * 940 (Node 24) and counts as 1,705.
 */
function measureToken({ token, claims }: Verified): number {
  return 500 + 3 * token.length + 40 * claims.roles.length;
}

function refuseIfRevoked(
  accepted: { readonly principal: Principal; readonly evidence: VerifiedToken },
  isRevoked: NonNullable<JwtStrategyOptions['isRevoked']>,
): Awaitable<Outcome<VerifiedToken>> {
  let revoked: Awaitable<boolean>;
  try {
    revoked = isRevoked(accepted.principal, accepted.evidence);
  } catch (error) {
    throw wrapFailure(error);
  }
  if (typeof revoked === 'boolean') return revoked ? INVALID : accepted;
  return Promise.resolve(revoked).then(
    (isTrue) => (isTrue ? INVALID : accepted),
    (error) => {
      throw wrapFailure(error);
    },
  );
}

function wrapFailure(cause: unknown): AuthError {
  if (cause instanceof AuthError) return cause;
  return new AuthError('ERR_STORE_UNAVAILABLE', 'Whether the token is revoked cannot be found out.', { cause });
}
