// Whatever a client sends to the endpoints, the answer is 4xx with a code, and nothing is stored. A control passes.

import fc from 'fast-check';
import { expect, it } from 'vitest';
import { boundBrowser, createDevice } from './browser.ts';

const text = fc.string({
  unit: fc.integer({ min: 32, max: 126 }).map((code) => String.fromCharCode(code)),
  maxLength: 60,
});
const field = fc.oneof(
  text,
  text.map((inner) => `"${inner}"`),
  fc.stringMatching(/^[\w-]{0,20}\.[\w-]{0,20}\.[\w-]{0,20}$/),
  fc.constantFrom('', '"', 'a, b', '"a";b', ':YQ==:', '?1', '9'.repeat(20), 'x'.repeat(9_000)),
);

it('any text in the headers is refused, and the control is accepted', async () => {
  const { app, browser } = await boundBrowser();
  const [before] = await app.sessions.list('ada');
  await fc.assert(
    fc.asyncProperty(fc.constantFrom('register', 'refresh'), field, field, async (endpoint, id, proof) => {
      const headers = { 'sec-secure-session-id': id, 'secure-session-response': proof };
      const answer = await browser.ask('POST', `/auth/device/${endpoint}`, { headers });
      // An id of no binding ends that binding in this browser, and only there.
      const isFarewell = answer.statusCode === 200 && answer.json().continue === false;
      expect(isFarewell || (answer.statusCode >= 400 && answer.statusCode < 500)).toBe(true);
      if (!isFarewell) expect(answer.json().code).toMatch(/^ERR_/);
    }),
    { numRuns: 300 },
  );
  expect(await app.sessions.list('ada')).toEqual([before]);
  expect((await browser.tryRefresh()).statusCode).toBe(200);
});

it('a proof with one character changed is refused, and the control is accepted', async () => {
  const { app, browser } = await boundBrowser();
  const proof = browser.device.prove({ jti: browser.challenge });
  const [before] = await app.sessions.list('ada');
  await fc.assert(
    fc.asyncProperty(fc.nat(proof.length - 1), fc.constantFrom(...'Aa9-_.'), async (at, character) => {
      fc.pre(proof[at] !== character);
      const answer = await browser.copy().ask('POST', '/auth/device/refresh', {
        headers: {
          'sec-secure-session-id': browser.bindingId,
          'secure-session-response': proof.slice(0, at) + character + proof.slice(at + 1),
        },
      });
      expect([answer.statusCode, answer.json().code]).toEqual([400, 'ERR_DEVICE_PROOF_INVALID']);
    }),
    { numRuns: 200 },
  );
  expect(await app.sessions.list('ada')).toEqual([before]);
  expect((await browser.tryRefresh(proof)).statusCode).toBe(200);
});

it.each([
  ['alg: none', { alg: 'none' }, {}],
  ['HS256', { alg: 'HS256' }, {}],
  ['another typ', { typ: 'JWT' }, {}],
  ['a crit', { crit: ['b64'], b64: false }, {}],
  ['another key in the header', { jwk: createDevice().jwk }, {}],
  ['another binding in sub', {}, { sub: 'other' }],
  ['no jti', {}, { jti: undefined }],
  ['a jti that is a number', {}, { jti: 7 }],
])('a proof with %s is 400', async (_name, header, claims) => {
  const { browser } = await boundBrowser();
  const answer = await browser.tryRefresh(browser.device.prove({ jti: browser.challenge, ...claims }, header));
  expect([answer.statusCode, answer.json().code]).toEqual([400, 'ERR_DEVICE_PROOF_INVALID']);
  expect((await browser.tryRefresh()).statusCode).toBe(200);
});
