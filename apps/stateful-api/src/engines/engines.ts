// SESSION_ENGINE: which library keeps the sessions. Each engine gives the app the same face: request.principal, the
// guards, request.session, request.signIn, request.sessions and app.sessions.

import { sessionPlugin } from '@statecraft/auth-fastify';
import type { FastifyInstance } from 'fastify';
import type { StatefulConfig } from '../config.ts';
import type { EngineOptions } from './engine.ts';
import { useFastifySession } from './fastify-session.ts';

export const ENGINES: Record<
  StatefulConfig['SESSION_ENGINE'],
  (app: FastifyInstance, options: EngineOptions) => Promise<void>
> = {
  statecraft: async (app, { strategy, secure, onDeviceEvent: onEvent }) => {
    await app.register(sessionPlugin, { strategy, cookie: { secure }, ...(onEvent && { deviceBound: { onEvent } }) });
  },
  'fastify-session': useFastifySession,
};
