// A relative path leads a browser to the same place, whatever prefix a gateway has removed.

import fc from 'fast-check';
import { expect, it } from 'vitest';
import { computeRelativePath } from '../../../src/session/device/relative-path.ts';
import { resolve } from './browser.ts';

it.each([
  ['/auth/login', 'device/register'],
  ['/auth/login?next=/a/b', 'device/register'],
  ['/login', 'auth/device/register'],
  ['/', 'auth/device/register'],
  ['/auth/device/refresh', 'register'],
  ['/auth/device/register', 'register'],
  ['/auth/device/register/', '../register'],
  ['/a/b/c', '../../auth/device/register'],
  ['/AUTH/login', '../auth/device/register'],
  ['/auth//login', '../device/register'],
])('from %s it is %s', (url, path) => {
  expect(computeRelativePath(url, '/auth/device/register')).toBe(path);
});

it('leads to the target behind any prefix', () => {
  const segment = fc.stringMatching(/^[\w~-]{1,4}$/);
  const path = fc.array(segment, { minLength: 1, maxLength: 5 }).map((parts) => `/${parts.join('/')}`);
  const prefix = fc.oneof(fc.constant(''), path);
  fc.assert(
    fc.property(prefix, path, path, (removed, url, target) => {
      expect(resolve(removed + url, computeRelativePath(url, target))).toBe(removed + target);
    }),
  );
});
