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

/** The principal of one request: changing it changes nobody else's. */
export function principalOf({ id, username, roles }: SessionUser, record: SessionRecord): Principal {
  return { userId: id, username, roles: roles.slice(), credential: { kind: 'session', sessionId: record.id } };
}

/** Undefined when nobody has signed in, and when the data is not what sign-in wrote: a name in the data proves nothing. */
export function storedUserOf({ userId, data }: SessionRecord): SessionUser | undefined {
  if (userId === undefined) return undefined;
  let user: unknown;
  try {
    ({ user } = parseSessionData(data));
  } catch {
    return undefined;
  }
  return isUser(user) && user.id === userId ? user : undefined;
}

function isUser(user: unknown): user is SessionUser {
  if (typeof user !== 'object' || user === null) return false;
  const { id, username, roles } = user as Partial<SessionUser>;
  return typeof id === 'string' && typeof username === 'string' && Array.isArray(roles) && roles.every(isText);
}

const isText = (value: unknown): value is string => typeof value === 'string';
