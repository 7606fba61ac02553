// The entry "@statecraft/auth-fastify/compat": runs @fastify/session, express-session and @fastify/jwt on these stores
// and tokens. Only who imports it needs those libraries.

export {
  type CallbackStoreOptions,
  createSessionIdGenerator,
  type SessionCallbackStore,
  toSessionCallbackStore,
} from './compat/callback-store.ts';
export { createFastifyJwtCodec } from './compat/fastify-jwt-codec.ts';
export { type CookieSigner, signOnce } from './compat/signer.ts';
