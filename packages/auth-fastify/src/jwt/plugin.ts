// Tokens for a Fastify app.
//
//   app.tokens.issue(subject)     sign-in: the strategy writes the claims and signs them
//   Authorization: Bearer ──> strategy.authenticate ──> request.principal (guard.ts)

import { createJwtStrategy, type JwtStrategy, type JwtStrategyOptions } from '@statecraft/auth-core';
import type { FastifyPluginAsync, FastifyReply, FastifyRequest, HookHandlerDoneFunction } from 'fastify';
import fastifyPlugin from 'fastify-plugin';
import { addStatuses } from '../errors.ts';
import { registerScheme } from '../guard.ts';
import { readBearerToken } from './bearer.ts';

declare module 'fastify' {
  interface FastifyInstance {
    /** The strategy behind the plugin: issue, authenticate, removeKey, jwks. */
    tokens: JwtStrategy;
  }
}

/** Options of `jwtPlugin`: those of `createJwtStrategy`. */
export type JwtPluginOptions = JwtStrategyOptions;

// Async, so that an option that is refused rejects the registration.
const plugin: FastifyPluginAsync<JwtPluginOptions> = async (app, options) => {
  const strategy = createJwtStrategy(removeRegisterOptions(options));
  app.decorate('tokens', addStatuses(strategy));
  registerScheme(app, { header: 'authorization', challenge: 'Bearer', strategy, read: readBearerToken });
  app.addHook('onSend', forbidCaching);
};

/** What register() itself takes is not the strategy's. All else is, so that it refuses an unknown option. */
function removeRegisterOptions(options: JwtPluginOptions): JwtStrategyOptions {
  const { prefix, logLevel, logSerializers, ...rest } = options as JwtPluginOptions &
    Record<'prefix' | 'logLevel' | 'logSerializers', unknown>;
  return rest;
}

function forbidCaching(
  request: FastifyRequest,
  reply: FastifyReply,
  _payload: unknown,
  done: HookHandlerDoneFunction,
): void {
  // A session's principal is the session plugin's to mark.
  if (request.principal?.credential.kind === 'jwt') reply.header('cache-control', 'no-store');
  done();
}

/**
 * `app.register(jwtPlugin, { issuer, audience, keys: { secret } })`. Every answer to a valid token is `no-store`.
 * @throws ERR_OPTION_INVALID at startup
 * @example
 * await app.register(jwtPlugin, { issuer: 'https://shop.example', audience: 'shop', keys: { secret } });
 * app.post('/login', (request) => app.tokens.issue({ userId: 'u1', username: 'Ada', roles: ['member'] }));
 */
export const jwtPlugin = fastifyPlugin(plugin, { name: '@statecraft/jwt', fastify: '5.x' });
