// The check of a subject, which sessions and tokens share.

import { expect, it } from 'vitest';
import { checkSubject, type Subject } from '../src/index.ts';

const ADA: Subject = { userId: 'ada', username: 'Ada', roles: ['admin'] };

it('a valid subject is returned as a copy', () => {
  const checked = checkSubject(ADA);
  expect(checked).toEqual(ADA);
  expect(checked).not.toBe(ADA);
  expect(checked.roles).not.toBe(ADA.roles);
  expect(checkSubject({ ...ADA, username: '', roles: [] })).toEqual({ userId: 'ada', username: '', roles: [] });
});

it.each([
  ['subject', null],
  ['subject', 'ada'],
  ['subject.userId', { ...ADA, userId: '' }],
  ['subject.userId', { ...ADA, userId: 7 }],
  ['subject.userId', { id: 'ada', username: 'Ada', roles: [] }],
  ['subject.username', { userId: 'ada', roles: [] }],
  ['subject.roles', { userId: 'ada', username: 'Ada' }],
  ['subject.roles', { ...ADA, roles: 'admin' }],
  ['subject.roles', { ...ADA, roles: ['admin', 7] }],
  ['subject.email', { ...ADA, email: 'ada@example.org' }],
])('an invalid subject is refused, and the error names %s', (field, subject) => {
  expect(() => checkSubject(subject as Subject)).toThrow(
    expect.objectContaining({ code: 'ERR_SUBJECT_INVALID', message: expect.stringContaining(`${field} `) }),
  );
});
