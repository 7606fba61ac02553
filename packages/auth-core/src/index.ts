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
export {
  createSessionStrategy,
  type IssuedSession,
  SESSION_DEFAULTS,
  type SessionStrategy,
  type SessionStrategyOptions,
  type SessionUpdate,
} from './strategies/session.ts';
