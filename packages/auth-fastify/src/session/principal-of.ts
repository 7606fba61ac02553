// The session's user: written under `user` at sign-in, read back as the request's principal.

import type { Principal, SessionRecord, Subject } from '@statecraft/auth-core';
import { parseSessionData } from './merge.ts';

export interface SessionUser {
  readonly id: string;
  readonly username: string;
  readonly roles: readonly string[];
}

export function userOf({ userId, username, roles }: Subject): SessionUser {
  return { id: userId, username, roles: [...roles] };
}

/** Null when nobody has signed in, and when the data is not what sign-in wrote: a name in the data proves nothing. */
export function principalOf(record: SessionRecord): Principal | null {
  if (record.userId === undefined) return null;
  const user = storedUser(record.data);
  if (user === undefined || user.id !== record.userId) return null;
  const { id, username, roles } = user;
  return { userId: id, username, roles, credential: { kind: 'session', sessionId: record.id } };
}

function storedUser(data: string): SessionUser | undefined {
  let user: unknown;
  try {
    ({ user } = parseSessionData(data));
  } catch {
    return undefined;
  }
  return isUser(user) ? user : undefined;
}

function isUser(user: unknown): user is SessionUser {
  if (typeof user !== 'object' || user === null) return false;
  const { id, username, roles } = user as Partial<SessionUser>;
  return typeof id === 'string' && typeof username === 'string' && Array.isArray(roles) && roles.every(isText);
}

const isText = (value: unknown): value is string => typeof value === 'string';
