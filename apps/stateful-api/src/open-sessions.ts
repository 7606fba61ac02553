// Sessions as the app needs them: the store that SESSION_STORE names, a strategy with the configured lifetimes, and
// what the service shows of them: readiness, metrics, advice.

import { createRedisCounts, type FailureCounts } from '@statecraft/accounts';
import { createSessionStrategy, type DeviceBoundOptions, type SessionStrategy } from '@statecraft/auth-core';
import { deriveSessionId, mintSessionToken } from '@statecraft/auth-core/store';
import { createLineLimit, describeReason, showFigures } from '@statecraft/service-kit';
import type { FastifyInstance } from 'fastify';
import type { StatefulConfig } from './config.ts';
import { createDeviceEvents } from './device-events.ts';
import type { EngineOptions } from './engines/engine.ts';
import { openStore } from './open-store.ts';

export interface OpenSessions {
  readonly engine: EngineOptions;
  /** Where attempts are counted for all servers together; undefined if the sessions are in no Redis. */
  readonly sharedCounts: FailureCounts | undefined;
}

/** @throws when Redis does not answer within REDIS_WAIT_SECONDS */
export async function openSessions(app: FastifyInstance, config: StatefulConfig): Promise<OpenSessions> {
  const { store, redis, close, figures = [], advice = [] } = await openStore(config);
  for (const line of advice) app.log.warn(line);
  showFigures(app, figures);
  app.addHook('onClose', close);
  const onTouchFailed = countTouchFailures(app);
  const strategy = createSessionStrategy({
    store,
    idleMs: config.SESSION_IDLE_SECONDS * 1000,
    absoluteMs: config.SESSION_ABSOLUTE_SECONDS * 1000,
    onTouchFailed,
    ...(config.SESSION_DEVICE_BOUND && { deviceBound: readDeviceOptions(config) }),
  });
  addChecks(app, strategy, config);
  const secure = config.SESSION_COOKIE_SECURE ?? true;
  const onDeviceEvent = config.SESSION_DEVICE_BOUND ? showDeviceEvents(app, config) : undefined;
  const engine = { store, strategy, secure, secret: config.SESSION_SECRET, onTouchFailed, onDeviceEvent };
  return {
    engine,
    sharedCounts: redis && createRedisCounts({ client: redis, prefix: `${config.SESSION_PREFIX}attempts:` }),
  };
}

function readDeviceOptions(config: StatefulConfig): DeviceBoundOptions {
  const requiredSeconds = config.SESSION_DEVICE_REQUIRED_SECONDS;
  return {
    lifetimeMs: config.SESSION_DEVICE_LIFETIME_SECONDS * 1000,
    // In production the configuration refuses short ones.
    allowShortLifetime: true,
    ...(requiredSeconds !== undefined && { requireBindingAfterMs: requiredSeconds * 1000 }),
  };
}

function showDeviceEvents(app: FastifyInstance, { AUTH_EVENTS }: StatefulConfig): EngineOptions['onDeviceEvent'] {
  // As the other events of users: written whatever LOG_LEVEL is.
  const { onEvent, figures } = createDeviceEvents(AUTH_EVENTS ? app.log.child({}, { level: 'info' }) : undefined);
  showFigures(app, figures);
  return onEvent;
}

/** While the store cannot write, each request would log a line: one per second is enough. All are counted. */
function countTouchFailures(app: FastifyInstance): (error: unknown) => void {
  const limit = createLineLimit();
  let failed = 0;
  showFigures(app, [
    {
      name: 'session_touch_failures_total',
      help: 'Requests that were served although the idle expiry of their session could not be moved.',
      type: 'counter',
      read: () => failed,
    },
  ]);
  return (error) => {
    failed++;
    limit('touch', (leftOut) => {
      const fields = { reason: describeReason(error), ...(leftOut > 0 && { leftOut }) };
      app.log.warn(fields, 'The idle expiry of a session could not be moved.');
    });
  };
}

/** ms that the session of a check lives, should the check fail to end it. */
const CHECK_LIFE_MS = 1_000;

/**
 * A store that answers reads and refuses writes (a full Redis, a replica) still serves the users who are signed in. So
 * the two are separate checks, and the second one is required only with READY_NEEDS_WRITES=1.
 */
function addChecks(app: FastifyInstance, strategy: SessionStrategy, config: StatefulConfig): void {
  const name = config.SESSION_STORE;
  const missing = deriveSessionId(mintSessionToken(undefined)) ?? '';
  // Not PING: Redis refuses it while it cannot save to its disk, although it answers reads.
  app.addReadinessCheck(name, async () => strategy.read(missing));
  if (name === 'memory') return;
  const write = async () => {
    const { session } = await strategy.issue({ data: '{}', idleMs: CHECK_LIFE_MS, absoluteMs: CHECK_LIFE_MS });
    await strategy.revoke(session.id);
  };
  app.addReadinessCheck(`${name}-writes`, write, { required: config.READY_NEEDS_WRITES });
}
