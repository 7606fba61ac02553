// Sessions as people see them: their user in the list of devices, an administrator in that of a user.

import type { ManagedSessions, UserSession } from '@statecraft/accounts';
import type { SessionRecord, SessionStrategy } from '@statecraft/auth-core';
import { nameBrowser } from './name-browser.ts';

type Sessions = Pick<SessionStrategy, 'list' | 'revoke' | 'revokeAll' | 'changeSubject' | 'describe'>;

/** `endsOnChange`: the engine keeps a copy of the roles in the session, so a change of roles ends the sessions. */
export function createManagedSessions(
  sessions: Sessions,
  { endsOnChange }: { endsOnChange: boolean },
): ManagedSessions {
  return {
    list: async (userId) => (await sessions.list(userId)).map((record) => describeSession(sessions, record)),
    end: (userId, sessionId) => sessions.revoke(sessionId, { userId }),
    endAll: (userId) => sessions.revokeAll(userId),
    changeSubject: ({ id: userId, username, roles }) =>
      endsOnChange ? sessions.revokeAll(userId) : sessions.changeSubject({ userId, username, roles }),
  };
}

export function describeSession(sessions: Pick<Sessions, 'describe'>, record: SessionRecord): UserSession {
  const { firstSeenAt, lastSeenAt, device, bound } = sessions.describe(record);
  return {
    id: record.id,
    createdAt: new Date(firstSeenAt).toISOString(),
    lastSeenAt: new Date(lastSeenAt).toISOString(),
    expiresAt: new Date(Math.min(record.idleExpiresAt, record.absoluteExpiresAt)).toISOString(),
    deviceBound: bound,
    ...(device.address !== undefined && { address: device.address }),
    ...(device.browser !== undefined && { browser: nameBrowser(device.browser) }),
  };
}
