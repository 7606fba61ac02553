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
export { mintSessionToken, partitionOf, sessionIdOf } from './session-token.ts';
