// What both plugins give to routes: who is asking, and a guard. A route knows neither cookie nor token:
//
//   app.get('/auth/me', { onRequest: app.requirePrincipal }, (request) => ({ user: request.principal }))
//
// The session plugin and the JWT plugin each decorate these two; an app (or an encapsulated part of it) registers one.

import type { Principal } from '@statecraft/auth-core';
import type { onRequestHookHandler } from 'fastify';

declare module 'fastify' {
  interface FastifyRequest {
    /** Filled by the guard, or null: nobody has been asked for yet, or nobody is signed in. */
    principal: Principal | null;
  }
  interface FastifyInstance {
    /**
     * onRequest hook: fills `request.principal`, or fails the request.
     * @throws ERR_UNAUTHENTICATED (no credential), ERR_SESSION_INVALID, ERR_TOKEN_INVALID, ERR_TOKEN_EXPIRED (401),
     * ERR_STORE_UNAVAILABLE (503)
     */
    requirePrincipal: onRequestHookHandler;
  }
}
