// Sessions as the app needs them: the store that SESSION_STORE names, a strategy with the configured lifetimes, and what the
// service shows of them: readiness, metrics, advice.

import { createSessionStrategy } from '@statecraft/auth-core';
import { showFigures } from '@statecraft/service-kit';
import type { FastifyInstance } from 'fastify';
import type { StatefulConfig } from './config.ts';
import type { EngineOptions } from './engines/engine.ts';
import { openStore } from './open-store.ts';

/** @throws when Redis does not answer within REDIS_WAIT_SECONDS */
export async function openSessions(app: FastifyInstance, config: StatefulConfig): Promise<EngineOptions> {
  const { store, check, close, figures = [], advice = [] } = await openStore(config);
  for (const line of advice) app.log.warn(line);
  showFigures(app, figures);
  app.addReadinessCheck(config.SESSION_STORE, check);
  app.addHook('onClose', close);
  const strategy = createSessionStrategy({
    store,
    idleMs: config.SESSION_IDLE_SECONDS * 1000,
    absoluteMs: config.SESSION_ABSOLUTE_SECONDS * 1000,
    onTouchFailed: (error) => app.log.warn({ err: error }, 'The idle expiry of a session could not be moved.'),
  });
  return { store, strategy, secure: config.SESSION_COOKIE_SECURE ?? true, secret: config.SESSION_SECRET };
}
