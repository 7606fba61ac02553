// One small app with the JWT plugin, as the tests of this folder use it: `/me` is guarded, `/open` is not.

import { type JwtCodec, nodeCodec } from '@statecraft/auth-core';
import { type JwtPluginOptions, jwtPlugin } from '@statecraft/auth-fastify';
import { createFastifyJwtCodec } from '@statecraft/auth-fastify/compat';
import fastify, { type FastifyInstance, type InjectOptions } from 'fastify';

export const NOW = Date.UTC(2026, 10, 24, 12);
export const SECRET = 'a secret of the tests, which is longer than 32 bytes';
export const ALICE = { userId: 'u-1', username: 'alice', roles: ['reader'] };
export const ENGINES = ['fastify-jwt', 'native'] as const;

export const OPTIONS = { issuer: 'iss', audience: 'aud', keys: { secret: SECRET }, clock: () => NOW } as const;

export type Engine = (typeof ENGINES)[number];

export function chooseCodec(app: FastifyInstance, engine: Engine): JwtCodec {
  return engine === 'native' ? nodeCodec : createFastifyJwtCodec(app);
}

interface Setup extends Partial<JwtPluginOptions> {
  readonly engine?: Engine;
}

export async function appWith({ engine = 'native', ...options }: Setup = {}): Promise<FastifyInstance> {
  const app = fastify();
  await app.register(jwtPlugin, { ...OPTIONS, codec: chooseCodec(app, engine), ...options });
  app.get('/me', { onRequest: app.requirePrincipal }, (request) => ({ user: request.principal }));
  app.get('/open', (request) => ({ user: request.principal }));
  return app;
}

/** GET /me with these headers, or with this text as bearer token. */
export function ask(app: FastifyInstance, credential: string | InjectOptions['headers']) {
  const headers = typeof credential === 'string' ? { authorization: `Bearer ${credential}` } : credential;
  return app.inject({ url: '/me', headers: headers ?? {} });
}
