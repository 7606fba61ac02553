// Writes that another site's page starts, with the browser's cookie: refused by our engine (ASVS 3.5.x).

import type { FastifyInstance } from 'fastify';
import { beforeEach, expect, it } from 'vitest';
import { type Browser, openApp, refusal, signedIn, statusOf } from './app.ts';

let app: FastifyInstance;
let alice: Browser;
beforeEach(async () => {
  app = await openApp();
  alice = await signedIn(app);
});

const HOST = { host: 'shop.example', 'x-forwarded-proto': 'https' };

function logoutAll(headers: Record<string, string>) {
  const all = { ...HOST, ...headers, cookie: alice.cookie ?? '' };
  return app.inject({ method: 'POST', url: '/auth/logout-all', headers: all });
}

it.each([
  ['an origin of another site', { origin: 'https://evil.example' }],
  ['an origin that is hidden', { origin: 'null' }],
  ['a page of another site', { 'sec-fetch-site': 'cross-site' }],
  ['a page of a neighbour', { 'sec-fetch-site': 'same-site' }],
])('from %s is 403, and nothing happens', async (_what, headers) => {
  expect(refusal(await logoutAll(headers as Record<string, string>))).toEqual([403, 'ERR_CROSS_SITE']);
  expect(await statusOf(alice)).toBe(200);
});

it.each([
  ['this site', { origin: 'https://shop.example', 'sec-fetch-site': 'same-origin' }],
  ['a program', {}],
])('from %s is done', async (_what, headers) => {
  expect((await logoutAll(headers as Record<string, string>)).statusCode).toBe(204);
  expect(await statusOf(alice)).toBe(401);
});
