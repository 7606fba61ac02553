// How many bytes one session may take. That each store keeps it: the kit's check user-bytes-are-bounded.

import fc from 'fast-check';
import { expect, it } from 'vitest';
import { checkSessionBytes, computeMaxSessionBytes } from '../src/store.ts';

const limits = { maxSessionsPerUser: 3, maxBytesPerUser: 30_002 };

it('divides the bytes of a user by the number of sessions', () => {
  expect(computeMaxSessionBytes(limits)).toBe(10_000);
});

it('fills the share of a user to the byte', () => {
  const fits = { data: 'x'.repeat(9_998), details: '{}' };
  expect(() => checkSessionBytes(fits, 10_000)).not.toThrow();
  expect(() => checkSessionBytes({ ...fits, details: '{ }' }, 10_000)).toThrow(
    expect.objectContaining({ code: 'ERR_SESSION_DATA_TOO_LARGE', message: expect.stringContaining('10000 bytes') }),
  );
});

it('refuses exactly what takes more bytes in UTF-8, whatever the characters are', () => {
  const text = fc.string({ unit: 'binary', maxLength: 40 });
  const property = fc.property(text, text, fc.nat(200), (data, details, maxBytes) => {
    const isTooLarge = Buffer.byteLength(data) + Buffer.byteLength(details) > maxBytes;
    let isRefused = false;
    try {
      checkSessionBytes({ data, details }, maxBytes);
    } catch {
      isRefused = true;
    }
    expect(isRefused).toBe(isTooLarge);
  });
  fc.assert(property);
});

it.each([
  ['no number of sessions', { ...limits, maxSessionsPerUser: 0 }, 'maxSessionsPerUser'],
  ['bytes that are no whole number', { ...limits, maxBytesPerUser: 1e5 + 0.5 }, 'maxBytesPerUser'],
  ['less than 4,096 bytes for each session', { ...limits, maxBytesPerUser: 3 * 4_096 - 1 }, 'at least 4096'],
])('refuses %s', (_, wrong, name) => {
  const message = expect.stringContaining(name);
  expect(() => computeMaxSessionBytes(wrong)).toThrow(expect.objectContaining({ code: 'ERR_OPTION_INVALID', message }));
});
