// The errors of this package, across the copies of it that a process may have loaded.

import { expect, it } from 'vitest';
import { AUTH_ERROR_MESSAGES, AuthError } from '../src/index.ts';

it('an error has its code, the text of the table or a detail, and its cause', () => {
  const cause = new Error('socket');
  const error = new AuthError('ERR_STORE_UNAVAILABLE', undefined, { cause });
  expect(error).toMatchObject({ name: 'AuthError', code: 'ERR_STORE_UNAVAILABLE', cause });
  expect(error.message).toBe(AUTH_ERROR_MESSAGES.ERR_STORE_UNAVAILABLE);
  expect(new AuthError('ERR_OPTION_INVALID', 'idleMs must be above 0.').message).toBe('idleMs must be above 0.');
});

it('an error of another copy of the package is an AuthError, and other errors are not', async () => {
  // The query makes the module system load the file again, as an ESM and a CJS build are two modules.
  const copy = (await import('../src/errors.ts?copy' as string)) as typeof import('../src/errors.ts');
  expect(copy.AuthError).not.toBe(AuthError);
  const error = new copy.AuthError('ERR_STORE_FULL');
  expect(Object.getPrototypeOf(error)).not.toBe(AuthError.prototype);
  expect(error).toBeInstanceOf(AuthError);
  expect(new AuthError('ERR_STORE_FULL')).toBeInstanceOf(copy.AuthError);
  for (const other of [new Error('x'), { code: 'ERR_STORE_FULL' }, null, undefined, 'ERR_STORE_FULL']) {
    expect(other instanceof AuthError).toBe(false);
  }
});
