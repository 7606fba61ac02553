// Tokens for a Fastify app.
//
//   app.tokens.issue(subject)          sign-in: the strategy writes the claims, the engine signs them
//   onRequest: app.requirePrincipal    Authorization: Bearer ──> strategy.authenticate ──> request.principal
//
// Nothing is asked of anybody: the hook answers at once, by callback.

import {
  AuthError,
  createJwtStrategy,
  type JwtCodec,
  type JwtStrategy,
  type JwtStrategyOptions,
  nodeCodec,
} from '@statecraft/auth-core';
import type {
  FastifyInstance,
  FastifyPluginAsync,
  FastifyReply,
  FastifyRequest,
  HookHandlerDoneFunction,
} from 'fastify';
import fastifyPlugin from 'fastify-plugin';
import '../principal.ts';
import { bearerTokenOf } from './bearer.ts';
import { createFastifyJwtCodec } from './fastify-jwt-codec.ts';

declare module 'fastify' {
  interface FastifyInstance {
    /** The strategy behind the plugin: issue, authenticate, jwks. */
    tokens: JwtStrategy;
  }
}

export interface JwtPluginOptions extends Omit<JwtStrategyOptions, 'codec'> {
  /** Who signs and verifies: node:crypto directly, or @fastify/jwt. The tokens are the same. Default `native`. */
  readonly engine?: JwtEngine;
}

export type JwtEngine = 'fastify-jwt' | 'native';

export const JWT_PLUGIN_DEFAULTS = { engine: 'native' } as const;

// Async for its refusals alone: what a plugin with a callback throws would end the process, not the registration.
const plugin: FastifyPluginAsync<JwtPluginOptions> = async (app, options) => {
  const tokens = strategyOf(app, options);
  app.decorate('tokens', tokens);
  app.decorate('requirePrincipal', requirePrincipal);
  app.decorateRequest('principal', null);
  app.addHook('onSend', keepPrivate);

  function requirePrincipal(request: FastifyRequest, reply: FastifyReply, done: HookHandlerDoneFunction) {
    try {
      const token = bearerTokenOf(request);
      if (token === undefined) throw new AuthError('ERR_UNAUTHENTICATED');
      request.principal = tokens.authenticate(token);
    } catch (error) {
      return challenge(reply, error, done);
    }
    done();
  }
};

function strategyOf(app: FastifyInstance, options: JwtPluginOptions): JwtStrategy {
  // What register() itself takes is not the strategy's; all else is, so that an unknown option is refused.
  const {
    engine = JWT_PLUGIN_DEFAULTS.engine,
    prefix,
    logLevel,
    logSerializers,
    ...rest
  } = options as JwtPluginOptions & Record<'prefix' | 'logLevel' | 'logSerializers', unknown>;
  return createJwtStrategy({ ...rest, codec: codecOf(app, engine) });
}

function codecOf(app: FastifyInstance, engine: JwtEngine): JwtCodec {
  if (engine === 'native') return nodeCodec;
  if (engine === 'fastify-jwt') return createFastifyJwtCodec(app);
  throw new AuthError('ERR_OPTION_INVALID', 'engine must be fastify-jwt or native.');
}

/** 401 with the challenge of RFC 6750, 3: no error code for a request without a credential. */
function challenge(reply: FastifyReply, error: unknown, done: HookHandlerDoneFunction): void {
  const anonymous = error instanceof AuthError && error.code === 'ERR_UNAUTHENTICATED';
  reply.header('www-authenticate', anonymous ? 'Bearer' : 'Bearer error="invalid_token"');
  reply.header('cache-control', 'no-store');
  done(error as Error);
}

function keepPrivate(request: FastifyRequest, reply: FastifyReply, _payload: unknown, done: HookHandlerDoneFunction) {
  if (request.principal) reply.header('cache-control', 'no-store');
  done();
}

/**
 * `app.register(jwtPlugin, { issuer, audience, keys: { secret } })`. Every answer to a valid token is `no-store`.
 * @throws ERR_OPTION_INVALID at boot
 */
export const jwtPlugin = fastifyPlugin(plugin, { name: '@statecraft/jwt', fastify: '5.x' });
