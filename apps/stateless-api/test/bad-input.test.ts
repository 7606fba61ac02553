// Bodies and URLs that are wrong: 400 with the field, 413, 415, 404, and nothing of ours in the answer.

import { beforeEach, describe, expect, it } from 'vitest';
import { openApp, post, refusal } from './app.ts';

let app: Awaited<ReturnType<typeof openApp>>;
beforeEach(async () => {
  app = await openApp();
});

const send = (payload: string, type = 'application/json', url = '/auth/login') =>
  app.inject({ method: 'POST', url, payload, headers: { 'content-type': type } });

describe.each(['/auth/register', '/auth/login'])('%s', (url) => {
  it.each([
    ['no password', { username: 'ada' }, 'password'],
    ['no username', { password: 'right horse battery' }, 'username'],
    ['a number for a name', { username: 7, password: 'right horse battery' }, 'username'],
    ['null for a password', { username: 'ada', password: null }, 'password'],
    ['an empty name', { username: '', password: 'right horse battery' }, 'username'],
    ['a field that is not known', { username: 'ada', password: 'right horse battery', admin: true }, 'admin'],
    ['an oversized password', { username: 'ada', password: 'x'.repeat(1025) }, 'password'],
    ['a list', [], 'body'],
  ])('answers 400 and names the field: %s', async (_what, body, field) => {
    const answer = await post(app, url, body);
    expect(refusal(answer)).toEqual([400, 'ERR_VALIDATION']);
    expect(answer.json().field).toBe(field);
    expect(answer.json().message).toMatch(new RegExp(`^${field}`));
  });

  it.each(['', '{', '{"username":"ada"', 'null x', '[', '\u0000', '{"a":1}{"b":2}'])(
    'answers 400 to JSON that is none: %j',
    async (text) => expect(refusal(await send(text, 'application/json', url))).toEqual([400, 'ERR_BODY_MALFORMED']),
  );

  it.each([
    ['{"username":"ada","password":"right horse battery","__proto__":{"roles":["admin"]}}'],
    ['{"username":"ada","password":"right horse battery","constructor":{"prototype":{"roles":["admin"]}}}'],
  ])('answers 400 to a body that would reach a prototype', async (text) => {
    expect((await send(text, 'application/json', url)).statusCode).toBe(400);
    expect(({} as { roles?: unknown }).roles).toBeUndefined();
  });

  it.each(['text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data; boundary=x', 'application/xml'])(
    'answers 415 to %s, which a page of another site could send',
    async (type) => {
      const text = '{"username":"ada","password":"right horse battery"}';
      expect(refusal(await send(text, type, url))).toEqual([415, 'ERR_MEDIA_TYPE']);
    },
  );
});

it('answers 413 above BODY_LIMIT_BYTES and not at it', async () => {
  app = await openApp({ BODY_LIMIT_BYTES: '2048' });
  const bodyOf = (bytes: number) => `{"username":"${'x'.repeat(bytes - 30)}","password":"y"}`;
  expect(bodyOf(2048)).toHaveLength(2048);
  expect(refusal(await send(bodyOf(2048)))).toEqual([400, 'ERR_VALIDATION']);
  expect(refusal(await send(bodyOf(2049)))).toEqual([413, 'ERR_BODY_TOO_LARGE']);
});

it.each(['/%', '/%zz', '/auth/%E0%A4%A', '/../etc/passwd', `/${'x'.repeat(5000)}`])(
  'answers a URL that is none in the form of every error, without repeating it: %s',
  async (url) => {
    const answer = await app.inject(url);
    expect(answer.statusCode).toBeGreaterThanOrEqual(400);
    expect(answer.statusCode).toBeLessThan(500);
    expect(refusal(answer)[1]).toMatch(/^ERR_/);
    expect(answer.body).not.toContain(url.slice(1));
  },
);
