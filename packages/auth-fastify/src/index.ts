// How a Fastify app uses sessions and tokens.

export { JWT_PLUGIN_DEFAULTS, type JwtEngine, type JwtPluginOptions, jwtPlugin } from './jwt/plugin.ts';
export {
  type CallbackStoreOptions,
  createSessionIdGenerator,
  type SessionCallbackStore,
  toSessionCallbackStore,
} from './session/callback-store.ts';
export type { ConflictRule, SessionData } from './session/merge.ts';
export {
  SESSION_PLUGIN_DEFAULTS,
  type SessionCookieOptions,
  type SessionPluginOptions,
  type SessionPluginSettings,
} from './session/options.ts';
export { type RequestWithSession, sessionPlugin } from './session/plugin.ts';
export type { SignInOptions } from './session/request-session.ts';
export type { SessionObject } from './session/session-object.ts';
export { type CookieSigner, signOnce } from './session/signer.ts';
