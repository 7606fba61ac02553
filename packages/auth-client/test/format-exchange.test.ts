// What is printed of an exchange, and what is hidden.

import { expect, it } from 'vitest';
import { type Exchange, formatExchange, shorten } from '../src/index.ts';

const TOKEN = 'abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG';

function createExchange(change: {
  request?: Partial<Exchange['request']>;
  answer?: Partial<Exchange['answer']>;
}): Exchange {
  return {
    request: { method: 'POST', url: 'http://localhost:3000/x', headers: {}, body: undefined, ...change.request },
    answer: { status: 200, headers: {}, body: undefined, servedBy: undefined, ...change.answer },
    failure: undefined,
    durationMs: 12.4,
  };
}

it('prints a complete sign-in, without password and token', () => {
  const text = formatExchange(
    createExchange({
      request: {
        headers: { 'content-type': 'application/json' },
        body: { username: 'alice', password: 'hunter2hunter2' },
      },
      answer: { body: { tokenType: 'Bearer', accessToken: TOKEN, expiresIn: 900 }, servedBy: 'a1' },
    }),
  );
  expect(text).toBe(
    [
      '> POST http://localhost:3000/x',
      '> content-type: application/json',
      '> {"username":"alice","password":"********"}',
      '< 200 OK, 12 ms',
      '< x-served-by: a1',
      '< {"tokenType":"Bearer","accessToken":"abcdef…DEFG (43 characters)","expiresIn":900}',
    ].join('\n'),
  );
});

it('shortens bearer, cookie and set-cookie, and keeps names and attributes', () => {
  const text = formatExchange(
    createExchange({
      request: { headers: { authorization: `Bearer ${TOKEN}`, cookie: `sid=${TOKEN}; b=${TOKEN}` } },
      answer: { headers: { 'set-cookie': [`sid=${TOKEN}; Path=/; HttpOnly`, 'old=; Max-Age=0'] } },
    }),
  );
  expect(text).not.toContain(TOKEN);
  expect(text).toContain('> authorization: Bearer abcdef…DEFG (43 characters)');
  expect(text).toContain('> cookie: sid=abcdef…DEFG (43 characters); b=abcdef…DEFG (43 characters)');
  expect(text).toContain('< set-cookie: sid=abcdef…DEFG (43 characters); Path=/; HttpOnly');
  expect(text).toContain('< set-cookie: old=; Max-Age=0');
});

it('reveals credentials on request, but never passwords', () => {
  const text = formatExchange(
    createExchange({
      request: {
        headers: { authorization: `Bearer ${TOKEN}` },
        body: { currentPassword: 'one secret', newPassword: 'two secret' },
      },
    }),
    { reveal: true },
  );
  expect(text).toContain(`> authorization: Bearer ${TOKEN}`);
  expect(text).not.toContain('secret');
});

it('hides a short credential completely', () => {
  expect(shorten('short-one')).toBe('… (9 characters)');
});

it('escapes text that could control the terminal', () => {
  const hostile = '\u001b[31m\r\n\u009b2J\u202e';
  const text = formatExchange(
    createExchange({
      request: { url: `http://x/${hostile}`, headers: { cookie: hostile } },
      answer: { body: hostile, servedBy: hostile, headers: { 'set-cookie': hostile } },
    }),
    { reveal: true },
  );
  expect(text).not.toMatch(/[^\P{C}\n]/u);
});

it('cuts a long body', () => {
  const text = formatExchange(createExchange({ answer: { body: 'x'.repeat(5_000) } }));
  expect(text).toMatch(/x{2000}… \(5000 characters\)$/);
});

it('says why there is no answer', () => {
  const text = formatExchange({ ...createExchange({}), answer: undefined, failure: new Error('nothing listens') });
  expect(text).toContain('< no answer: nothing listens');
});
