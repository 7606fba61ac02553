// The one check of a subject, for sessions and tokens alike: what goes in here decides what a user may do later.

import type { Subject } from './contracts/principal.ts';
import { AuthError } from './errors.ts';

const FIELDS = ['userId', 'username', 'roles'];

/**
 * The subject with these three fields only, as a copy.
 * @throws ERR_SUBJECT_INVALID, naming the field: a `userId` that is no string or empty, a `username` that is no string,
 * `roles` that are no array of strings, and any other field
 */
export function checkSubject(subject: Subject): Subject {
  if (typeof subject !== 'object' || subject === null) throw refuse('subject', 'must be an object');
  const { userId, username, roles } = subject;
  if (typeof userId !== 'string' || userId === '') throw refuse('subject.userId', 'must be a string that is not empty');
  if (typeof username !== 'string') throw refuse('subject.username', 'must be a string');
  if (!Array.isArray(roles) || !roles.every((role) => typeof role === 'string')) {
    throw refuse('subject.roles', 'must be an array of strings');
  }
  const unknown = Object.keys(subject).find((name) => !FIELDS.includes(name));
  if (unknown !== undefined) throw refuse(`subject.${unknown}`, `is not known; a subject has ${FIELDS.join(', ')}`);
  return { userId, username, roles: [...roles] };
}

function refuse(field: string, why: string): AuthError {
  return new AuthError('ERR_SUBJECT_INVALID', `${field} ${why}.`);
}
