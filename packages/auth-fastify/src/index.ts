// The entry "@statecraft/auth-fastify": sessions and tokens for a Fastify app. Adapters for other libraries are in
// ./compat.

export { AUTH_ERROR_STATUS, addStatuses, GUARD_ERRORS, GuardError, type GuardErrorCode } from './errors.ts';
export {
  type CredentialHeader,
  registerScheme,
  requirePrincipal,
  requireRole,
  type Scheme,
  type SignedInRequest,
  withPrincipal,
} from './guard.ts';
export { type JwtPluginOptions, jwtPlugin } from './jwt/plugin.ts';
export type { DeviceEvent, NotifyDeviceEvent } from './session/device/events.ts';
export type { SkipReason } from './session/device/headers.ts';
export {
  DEVICE_ENDPOINT_DEFAULTS,
  type DeviceBoundPluginOptions,
  type DeviceEndpointOptions,
} from './session/device/options.ts';
export type { ConflictRule, SessionData } from './session/merge.ts';
export {
  SESSION_PLUGIN_DEFAULTS,
  type SessionCookieOptions,
  type SessionPluginOptions,
  type SessionPluginSettings,
} from './session/options.ts';
export { type RequestWithSession, sessionPlugin } from './session/plugin.ts';
export type { SessionObject } from './session/session-object.ts';
export type { SignInOptions } from './session/sign-in-options.ts';
