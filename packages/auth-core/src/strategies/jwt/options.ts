// The strategy's options. They are checked once, at startup: a process with a weak secret or a lifetime of NaN never
// listens.

import type { CacheLimits } from '../../bounded-cache.ts';
import { type Clock, wallClock } from '../../contracts/clock.ts';
import type { Principal } from '../../contracts/principal.ts';
import type { Awaitable } from '../../contracts/strategy.ts';
import type { ClaimsRules, VerifiedToken } from './claims.ts';
import { type JwtCodec, nodeCodec } from './codec.ts';
import { invalid, type JwtKeySet, type JwtSecret } from './keys.ts';
import { type PreparedKeys, prepareKeys } from './prepare-keys.ts';

/** Limits of the cache of verified tokens. */
export interface JwtCacheLimits {
  /** Tokens. Default 10,000. Besides, 8 characters of each of up to twice as many tokens note that they came once. */
  readonly maxEntries?: number;
  /** bytes of heap: 500 for each token, 3 for each of its characters and 40 for each role. Default 16 MiB. */
  readonly maxBytes?: number;
}

/** Options of `createJwtStrategy`. */
export interface JwtStrategyOptions {
  /** `iss` of every token. It is required in every token and compared exactly. */
  readonly issuer: string;
  /** `aud` of every token, one string. It is required in every token and compared exactly. */
  readonly audience: string;
  /** HS256 with a shared secret, or EdDSA with keys by kid. */
  readonly keys: JwtSecret | JwtKeySet;
  /** Seconds until a token expires, 1 to a year. Default 900 (15 minutes). */
  readonly ttlSeconds?: number;
  /**
   * Seconds that a token may live, from `iat` to `exp`, to be accepted; a minute more is tolerated. At least
   * `ttlSeconds`, which is the default. To shorten `ttlSeconds` without refusing the tokens of before, keep the former
   * value here until they have expired.
   */
  readonly maxTtlSeconds?: number;
  /**
   * Seconds by which the clocks of other machines may differ, 0 to 300. Applies to `exp`, `nbf` and `iat`. Default 0.
   */
  readonly leewaySeconds?: number;
  /** Default: the wall clock. */
  readonly clock?: Clock;
  /** Computes signatures. Default: node:crypto. */
  readonly codec?: JwtCodec;
  /** Verified tokens that are kept, so that they are not verified again; false for none. Default: 10,000 in 16 MiB. */
  readonly cache?: JwtCacheLimits | false;
  /**
   * Called at every request after all other checks, whether the token is in the cache or not. True refuses the token
   * with ERR_TOKEN_INVALID. It gets the principal of the request and the verified token. If it throws or its promise
   * rejects, the request fails with ERR_STORE_UNAVAILABLE. Default: no token is revoked.
   */
  readonly isRevoked?: (principal: Principal, token: VerifiedToken) => Awaitable<boolean>;
}

/** The default options of the JWT strategy, in seconds. */
export const JWT_DEFAULTS = { ttlSeconds: 900, leewaySeconds: 0 } as const;
/** The default limits of the cache of verified tokens: tokens, and bytes. */
export const JWT_CACHE_DEFAULTS = { maxEntries: 10_000, maxBytes: 16 * 1024 ** 2 } as const;

const LIMITS = { ttlSeconds: [1, 31_536_000], maxTtlSeconds: [1, 31_536_000], leewaySeconds: [0, 300] } as const;
const NAMES = [
  ...['issuer', 'audience', 'keys', 'ttlSeconds', 'maxTtlSeconds', 'leewaySeconds'],
  ...['clock', 'codec', 'cache', 'isRevoked'],
];

export interface ResolvedJwtOptions extends ClaimsRules {
  readonly keys: PreparedKeys;
  readonly ttlSeconds: number;
  readonly clock: Clock;
  readonly codec: JwtCodec;
  readonly cache: CacheLimits | undefined;
  readonly isRevoked: JwtStrategyOptions['isRevoked'];
}

/** @throws ERR_OPTION_INVALID */
export function resolveJwtOptions(options: JwtStrategyOptions): ResolvedJwtOptions {
  const unknown = Object.keys(options).find((name) => !NAMES.includes(name));
  if (unknown !== undefined) throw invalid(`There is no option "${unknown}"`);
  const ttlSeconds = checkSeconds('ttlSeconds', options.ttlSeconds ?? JWT_DEFAULTS.ttlSeconds);
  const maxTtlSeconds = checkSeconds('maxTtlSeconds', options.maxTtlSeconds ?? ttlSeconds);
  if (maxTtlSeconds < ttlSeconds) throw invalid('maxTtlSeconds must not be below ttlSeconds');
  return {
    issuer: checkText('issuer', options.issuer),
    audience: checkText('audience', options.audience),
    keys: prepareKeys(options.keys),
    ttlSeconds,
    maxTtlSeconds,
    leewayMs: checkSeconds('leewaySeconds', options.leewaySeconds ?? JWT_DEFAULTS.leewaySeconds) * 1000,
    clock: checkFunction('clock', options.clock) ?? wallClock,
    codec: options.codec ?? nodeCodec,
    cache: resolveCacheLimits(options.cache),
    isRevoked: checkFunction('isRevoked', options.isRevoked),
  };
}

function checkText(name: string, value: unknown): string {
  if (typeof value === 'string' && value !== '') return value;
  throw invalid(`${name} must be a string that is not empty`);
}

function checkFunction<T>(name: string, value: T): T {
  if (value === undefined || typeof value === 'function') return value;
  throw invalid(`${name} must be a function`);
}

function checkSeconds(name: keyof typeof LIMITS, value: number): number {
  const [least, most] = LIMITS[name];
  if (Number.isInteger(value) && value >= least && value <= most) return value;
  throw invalid(`${name} must be a whole number of seconds from ${least} to ${most}`);
}

function resolveCacheLimits(cache: JwtStrategyOptions['cache'] = {}): CacheLimits | undefined {
  if (cache === false) return undefined;
  const limits = { ...JWT_CACHE_DEFAULTS, ...cache };
  for (const [name, value] of Object.entries(limits)) {
    if (!(name in JWT_CACHE_DEFAULTS)) throw invalid(`There is no option "cache.${name}"`);
    if (Number.isSafeInteger(value) && value >= 1) continue;
    throw invalid(`cache.${name} must be a whole number above 0; to switch the cache off, set cache: false`);
  }
  return limits;
}
