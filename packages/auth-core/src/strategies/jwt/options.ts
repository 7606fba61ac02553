// The strategy's options, checked once, at boot: a process with a weak secret or a lifetime of NaN never listens.

import { type Clock, wallClock } from '../../contracts/clock.ts';
import type { Principal } from '../../contracts/principal.ts';
import { AuthError } from '../../errors.ts';
import { JWT_CACHE_DEFAULTS, type JwtCacheLimits } from './cache.ts';
import type { ClaimsRules } from './claims.ts';
import { type JwtCodec, nodeCodec } from './codec.ts';
import { type JwtKeySet, type JwtSecret, type PreparedKeys, prepareKeys } from './keys.ts';

export interface JwtStrategyOptions {
  /** `iss` of every token; required in every token, and compared exactly. */
  readonly issuer: string;
  /** `aud` of every token; required in every token, one text, and compared exactly. */
  readonly audience: string;
  /** HS256 with a shared secret, or EdDSA with keys by kid. */
  readonly keys: JwtSecret | JwtKeySet;
  /** Seconds until a token expires, 1 to a year. Default 15 minutes. */
  readonly ttlSeconds?: number;
  /** Seconds by which other machines' clocks may differ, 0 to 300, on `exp` and `nbf`. Default 0. */
  readonly leewaySeconds?: number;
  /** Default: the wall clock. */
  readonly clock?: Clock;
  /** Who computes signatures. Default: node:crypto. */
  readonly codec?: JwtCodec;
  /** Tokens that were verified and are not verified again; false for none. Default: 10,000 of them in 16 MiB. */
  readonly cache?: JwtCacheLimits | false;
  /**
   * Asked at every request, whether the token is in the cache or not, after all other checks; true is ERR_TOKEN_INVALID. It gets
   * the request's own principal. What it throws fails the request. Default: nothing is revoked.
   */
  readonly isRevoked?: (principal: Principal) => boolean;
}

export const JWT_DEFAULTS = { ttlSeconds: 900, leewaySeconds: 0 } as const;

const LIMITS = { ttlSeconds: [1, 31_536_000], leewaySeconds: [0, 300] } as const;
const NAMES = ['issuer', 'audience', 'keys', 'ttlSeconds', 'leewaySeconds', 'clock', 'codec', 'cache', 'isRevoked'];

export interface ResolvedJwtOptions extends ClaimsRules {
  readonly keys: PreparedKeys;
  readonly ttlSeconds: number;
  readonly clock: Clock;
  readonly codec: JwtCodec;
  readonly cache: Required<JwtCacheLimits> | undefined;
  readonly isRevoked: ((principal: Principal) => boolean) | undefined;
}

/** @throws ERR_OPTION_INVALID */
export function resolveJwtOptions(options: JwtStrategyOptions): ResolvedJwtOptions {
  const unknown = Object.keys(options).find((name) => !NAMES.includes(name));
  if (unknown !== undefined) throw new AuthError('ERR_OPTION_INVALID', `There is no option "${unknown}".`);
  return {
    issuer: text('issuer', options.issuer),
    audience: text('audience', options.audience),
    keys: prepareKeys(options.keys),
    ttlSeconds: seconds('ttlSeconds', options.ttlSeconds),
    leewayMs: seconds('leewaySeconds', options.leewaySeconds) * 1000,
    clock: options.clock ?? wallClock,
    codec: options.codec ?? nodeCodec,
    cache: limitsOf(options.cache),
    isRevoked: options.isRevoked,
  };
}

function text(name: string, value: unknown): string {
  if (typeof value === 'string' && value !== '') return value;
  throw new AuthError('ERR_OPTION_INVALID', `${name} must be a text that is not empty.`);
}

function seconds(name: keyof typeof LIMITS, value: number = JWT_DEFAULTS[name]): number {
  const [least, most] = LIMITS[name];
  if (Number.isInteger(value) && value >= least && value <= most) return value;
  throw new AuthError('ERR_OPTION_INVALID', `${name} must be a whole number of seconds from ${least} to ${most}.`);
}

function limitsOf(cache: JwtStrategyOptions['cache'] = {}): Required<JwtCacheLimits> | undefined {
  if (cache === false) return undefined;
  const limits = { ...JWT_CACHE_DEFAULTS, ...cache };
  for (const [name, value] of Object.entries(limits)) {
    if (!(name in JWT_CACHE_DEFAULTS)) throw new AuthError('ERR_OPTION_INVALID', `There is no option "cache.${name}".`);
    if (Number.isSafeInteger(value) && value >= 1) continue;
    throw new AuthError('ERR_OPTION_INVALID', `cache.${name} must be a whole number above 0; without a cache: false.`);
  }
  return limits;
}
