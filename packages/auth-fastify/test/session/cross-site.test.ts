// Writes that another site's page started are refused (ASVS 3.5.x); reads, programs and trusted origins are not.

import { describe, expect, it } from 'vitest';
import { appWith, browserOf } from './app.ts';

const HOST = 'shop.example';
const TRUSTED = 'https://partner.example';

async function ask(method: 'GET' | 'POST' | 'PUT' | 'DELETE' | 'PATCH', headers: Record<string, string>) {
  const app = await appWith({
    trustedOrigins: [TRUSTED],
    routes: (on) => on.route({ method: ['PUT', 'DELETE', 'PATCH'], url: '/count', handler: () => ({}) }),
  });
  const url = method === 'GET' ? '/public' : '/count';
  const answer = await app.inject({ method, url, headers: { host: HOST, ...headers } });
  return answer.statusCode === 403 ? answer.json().code : answer.statusCode;
}

describe.each([
  ['neither header (curl, programs)', {}, 200],
  ['Sec-Fetch-Site: same-origin', { 'sec-fetch-site': 'same-origin' }, 200],
  ['Sec-Fetch-Site: none (typed by the user)', { 'sec-fetch-site': 'none' }, 200],
  ['Sec-Fetch-Site: same-site', { 'sec-fetch-site': 'same-site' }, 'ERR_CROSS_SITE'],
  ['Sec-Fetch-Site: cross-site', { 'sec-fetch-site': 'cross-site' }, 'ERR_CROSS_SITE'],
  ['Sec-Fetch-Site: anything else', { 'sec-fetch-site': 'same-origin, none' }, 'ERR_CROSS_SITE'],
  ['its own Origin', { origin: `https://${HOST}` }, 200],
  ['its own Origin, over http', { origin: `http://${HOST}` }, 200],
  ['its own Origin beside a Host with the default port', { origin: `https://${HOST}`, host: `${HOST}:443` }, 200],
  ['its own name on another port', { origin: `https://${HOST}:8443` }, 'ERR_CROSS_SITE'],
  ['another Origin', { origin: 'https://evil.example' }, 'ERR_CROSS_SITE'],
  ['a subdomain as Origin', { origin: `https://evil.${HOST}` }, 'ERR_CROSS_SITE'],
  ['an Origin that begins like ours', { origin: `https://${HOST}.evil.example` }, 'ERR_CROSS_SITE'],
  ['an Origin with our name as its user', { origin: `https://${HOST}@evil.example` }, 'ERR_CROSS_SITE'],
  ['what is no origin, with our name in it', { origin: `https://${HOST}/path` }, 'ERR_CROSS_SITE'],
  ['Origin: null', { origin: 'null' }, 'ERR_CROSS_SITE'],
  ['an empty Origin', { origin: '' }, 'ERR_CROSS_SITE'],
  ['two origins in one', { origin: `https://${HOST}, https://evil.example` }, 'ERR_CROSS_SITE'],
  [
    'another host than the one that a proxy wrote, where the browser says same-origin',
    { origin: 'https://public.example', 'sec-fetch-site': 'same-origin' },
    200,
  ],
  [
    'its own Origin, said to be cross-site',
    { origin: `https://${HOST}`, 'sec-fetch-site': 'cross-site' },
    'ERR_CROSS_SITE',
  ],
  ['a trusted Origin', { origin: TRUSTED, 'sec-fetch-site': 'cross-site' }, 200],
  ['a trusted name over http', { origin: 'http://partner.example', 'sec-fetch-site': 'cross-site' }, 'ERR_CROSS_SITE'],
])('with %s', (_name, headers, expected) => {
  it(`POST is answered ${expected}`, async () => expect(await ask('POST', headers)).toBe(expected));
  it('GET is answered', async () => expect(await ask('GET', headers)).toBe(200));
});

it.each(['PUT', 'PATCH', 'DELETE'] as const)('refuses %s like POST', async (method) => {
  expect(await ask(method, { origin: 'https://evil.example' })).toBe('ERR_CROSS_SITE');
});

it.each([
  ['http://shop.example', 403],
  ['https://shop.example', 200],
])('compares the scheme where a trusted proxy names it: %s is %i', async (origin, expected) => {
  const app = await appWith({ fastify: { trustProxy: true } });
  const headers = { host: HOST, origin, 'x-forwarded-proto': 'https' };
  expect((await app.inject({ method: 'POST', url: '/count', headers })).statusCode).toBe(expected);
});

it.each([
  ['cross-site', 403],
  ['same-origin', 200],
])('checks a WebSocket handshake like a write: %s is %i', async (site, expected) => {
  const app = await appWith();
  const headers = { host: HOST, upgrade: 'websocket', origin: `https://${HOST}`, 'sec-fetch-site': site };
  expect((await app.inject({ url: '/public', headers })).statusCode).toBe(expected);
});

it("accepts every origin on a route with config: { crossSite: 'allow' }", async () => {
  const app = await appWith({
    routes: (on) => on.post('/callback', { config: { crossSite: 'allow' } }, () => ({})),
  });
  const headers = { host: HOST, origin: 'null', 'sec-fetch-site': 'cross-site' };
  expect((await app.inject({ method: 'POST', url: '/callback', headers })).statusCode).toBe(200);
});

it('does not let another site sign a user in', async () => {
  const answer = await browserOf(await appWith())('POST', '/login', { headers: { origin: 'https://evil.example' } });
  expect([answer.statusCode, answer.headers['set-cookie']]).toEqual([403, undefined]);
});

it('leaves the session as it is', async () => {
  const browser = browserOf(await appWith());
  await browser('POST', '/login');
  await browser('POST', '/logout', { headers: { 'sec-fetch-site': 'cross-site' } });
  expect((await browser('GET', '/me')).statusCode).toBe(200);
});
