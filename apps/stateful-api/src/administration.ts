// What apps/accounts-cli needs of this app: its configuration, and the sessions in the store that it names.

import type { ManagedSessions } from '@statecraft/accounts';
import { createSessionStrategy } from '@statecraft/auth-core';
import type { StatefulConfig } from './config.ts';
import { createManagedSessions } from './managed-sessions.ts';
import { openStore } from './open-store.ts';

export { readConfig, type StatefulConfig } from './config.ts';

export interface OpenManagedSessions {
  readonly sessions: ManagedSessions;
  readonly close: () => Promise<void>;
}

/**
 * Undefined if the sessions are in the memory of each server.
 * @throws when the store does not answer in time
 */
export async function openManagedSessions(config: StatefulConfig): Promise<OpenManagedSessions | undefined> {
  if (config.SESSION_STORE === 'memory') return undefined;
  const { store, close } = await openStore({ ...config, SESSION_CACHE: 'none' });
  const strategy = createSessionStrategy({
    store,
    idleMs: config.SESSION_IDLE_SECONDS * 1000,
    absoluteMs: config.SESSION_ABSOLUTE_SECONDS * 1000,
  });
  const endsOnChange = config.SESSION_ENGINE === 'fastify-session';
  return { sessions: createManagedSessions(strategy, { endsOnChange }), close };
}
