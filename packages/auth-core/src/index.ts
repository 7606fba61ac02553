// The package's front door. It loads no database driver: stores live behind ./memory and ./redis.
export { type Clock, steadyClock, wallClock } from './contracts/clock.ts';
export type { Principal, SessionCredential, Subject, TokenCredential } from './contracts/principal.ts';
export type {
  Awaitable,
  Closing,
  NewSession,
  RotateOutcome,
  SessionChange,
  SessionRecord,
  SessionStore,
  Sweeping,
  TouchOutcome,
  UpdateOutcome,
  UserSessions,
} from './contracts/store.ts';
export { AUTH_ERRORS, AuthError, type AuthErrorCode } from './errors.ts';
export { decodeSessionData, encodeSessionData, MAX_SESSION_DATA_LENGTH } from './session-data.ts';
export {
  isSessionId,
  mintSessionToken,
  mintSuccessorToken,
  PARTITION_LENGTH,
  partitionOf,
  sessionIdOf,
  sessionIdOfForeign,
} from './session-token.ts';
export { JWT_CACHE_DEFAULTS, type JwtCacheLimits, type JwtCacheStats } from './strategies/jwt/cache.ts';
export type { JwtClaims } from './strategies/jwt/claims.ts';
export { type JwtAlgorithm, type JwtCodec, type JwtCodecKey, nodeCodec } from './strategies/jwt/codec.ts';
export { generateJwtKeys, parseJwtKeys } from './strategies/jwt/key-file.ts';
export {
  ACCESS_TOKEN_TYPE,
  type JwtKey,
  type JwtKeySet,
  type JwtSecret,
  MIN_SECRET_BYTES,
  type PublicJwk,
} from './strategies/jwt/keys.ts';
export { JWT_DEFAULTS, type JwtStrategyOptions } from './strategies/jwt/options.ts';
export { createJwtStrategy, type IssuedToken, type JwtStrategy, MAX_TOKEN_LENGTH } from './strategies/jwt.ts';
export {
  createSessionStrategy,
  type IssuedSession,
  SESSION_DEFAULTS,
  type SessionStrategy,
  type SessionStrategyOptions,
  type SessionUpdate,
} from './strategies/session.ts';
