// The entry "@statecraft/auth-core": what applications need. It loads no database driver; ./memory, ./redis and ./store
// are entries of their own.
export type { CacheStats } from './bounded-cache.ts';
export { type Clock, steadyClock, wallClock } from './contracts/clock.ts';
export type { Principal, SessionCredential, Subject, TokenCredential } from './contracts/principal.ts';
export type {
  Bounded,
  Closing,
  DetailsChange,
  DetailsOutcome,
  NewSession,
  Preparing,
  ReplacingDetails,
  RotateOutcome,
  SessionChange,
  SessionRecord,
  SessionStore,
  Sweeping,
  TouchOutcome,
  UpdateOutcome,
  UserSessions,
} from './contracts/store.ts';
export type { Accepted, Awaitable, Outcome, Refused, Strategy } from './contracts/strategy.ts';
export type { SessionTokens } from './device/check.ts';
export { DEVICE_BOUND_DEFAULTS, type DeviceBoundOptions } from './device/options.ts';
export type { DeviceBinding, RefreshOutcome, RefreshRequest, RegisterOutcome, StepRefused } from './device/steps.ts';
export { AUTH_ERROR_MESSAGES, AuthError, type AuthErrorCode } from './errors.ts';
export { decodeSessionData, encodeSessionData, MAX_SESSION_DATA_LENGTH } from './session-data.ts';
export type { CustomClaims, JwtClaims, RegisteredClaims, VerifiedToken } from './strategies/jwt/claims.ts';
export { type JwtAlgorithm, type JwtCodec, type JwtCodecKey, nodeCodec } from './strategies/jwt/codec.ts';
export { MAX_CUSTOM_CLAIMS_LENGTH } from './strategies/jwt/custom-claims.ts';
export { type IssuedToken, type IssueTokenOptions, MAX_TOKEN_LENGTH } from './strategies/jwt/issuer.ts';
export { generateJwtKeys, parseJwtKeys } from './strategies/jwt/key-file.ts';
export {
  ACCESS_TOKEN_TYPE,
  type JwtKey,
  type JwtKeySet,
  type JwtSecret,
  MIN_SECRET_BYTES,
  type PublicJwk,
  type SecretValue,
} from './strategies/jwt/keys.ts';
export {
  JWT_CACHE_DEFAULTS,
  JWT_DEFAULTS,
  type JwtCacheLimits,
  type JwtStrategyOptions,
} from './strategies/jwt/options.ts';
export { isRepetition } from './strategies/jwt/prepare-keys.ts';
export { createJwtStrategy, type JwtStrategy } from './strategies/jwt.ts';
export {
  createSessionStrategy,
  type IssuedSession,
  type NewSessionOptions,
  readPrincipal,
  type SessionDescription,
  type SessionStrategy,
  type SessionUpdate,
} from './strategies/session.ts';
export { MAX_DEVICE_TEXT_LENGTH, type SessionDevice } from './strategies/session-details.ts';
export { SESSION_DEFAULTS, type SessionLifetimes, type SessionStrategyOptions } from './strategies/session-options.ts';
export { checkSubject } from './subject.ts';
