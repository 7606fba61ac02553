// Every way to find out whether a session is alive.

import type { Awaitable, NewSession } from '@statecraft/auth-core';
import type { CheckContext } from './context.ts';
import type { FullStore } from './harness.ts';
import { HOUR } from './manual-clock.ts';
import { makeChange, makeDetailsChange, makeSuccessorId } from './sessions.ts';

export interface Probe {
  readonly name: string;
  /** Whether the method answers as for a live session. `session` is the user's only one; the probe may change it. */
  isAlive(store: FullStore, session: NewSession, userId: string): Awaitable<boolean>;
}

export function listProbes(context: CheckContext): readonly Probe[] {
  const { clock } = context;
  const byId: Probe[] = [
    { name: 'read', isAlive: async (store, { id }) => (await store.read(id)) !== undefined },
    {
      name: 'update',
      isAlive: async (store, { id }) => (await store.update(id, makeChange(context, 1))) === 'updated',
    },
    { name: 'touch', isAlive: async (store, { id }) => (await store.touch(id, clock() + HOUR)) === 'touched' },
    { name: 'rotate', isAlive: async (store, { id }) => (await store.rotate(id, makeSuccessorId(id))) === 'rotated' },
  ];
  const byDetails: Probe = {
    name: 'replaceDetails',
    isAlive: async (store, session) =>
      (await store.replaceDetails(session.id, makeDetailsChange(session))) === 'replaced',
  };
  const byUser: Probe[] = [
    { name: 'list', isAlive: async (store, _, userId) => (await store.list(userId)).length === 1 },
    {
      name: 'changeSubject',
      isAlive: async (store, { subject }) => subject !== undefined && (await store.changeSubject(subject)) === 1,
    },
    { name: 'destroyAll', isAlive: async (store, _, userId) => (await store.destroyAll(userId)) === 1 },
  ];
  return [
    ...byId,
    ...(context.has('replaceDetails') ? [byDetails] : []),
    ...(context.has('userSessions') ? byUser : []),
  ];
}
