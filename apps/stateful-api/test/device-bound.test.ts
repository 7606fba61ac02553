// SESSION_DEVICE_BOUND=1 in the real app: a device with a key in software, the list of devices, events and metrics.

import { generateKeyPairSync, sign } from 'node:crypto';
import type { FastifyInstance, LightMyRequestResponse } from 'fastify';
import { expect, it } from 'vitest';
import { type Browser, browserOf, openApp, PASSWORD, setCookies, signedIn } from './app.ts';

const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const encode = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');

function prove(challenge: string): string {
  const { kty, crv, x, y } = publicKey.export({ format: 'jwk' });
  const text = `${encode({ alg: 'ES256', typ: 'dbsc+jwt', jwk: { kty, crv, x, y } })}.${encode({ jti: challenge })}`;
  const signature = sign('sha256', Buffer.from(text), { key: privateKey, dsaEncoding: 'ieee-p1363' });
  return `${text}.${signature.toString('base64url')}`;
}

const readChallenge = ({ headers }: LightMyRequestResponse) =>
  /challenge="([^"]+)"/.exec(`${headers['secure-session-registration']}`)?.[1] ?? '';

/** Signs in, and binds the session to the key. */
async function signInBound(app: FastifyInstance): Promise<{ browser: Browser; answer: LightMyRequestResponse }> {
  const browser = browserOf(app);
  const offer = readChallenge(await browser.signIn());
  const answer = await register(app, browser, offer);
  const [device = ''] = setCookies(answer)[0]?.split(';') ?? [];
  browser.cookie = `${browser.cookie}; ${device}`;
  return { browser, answer };
}

const register = (app: FastifyInstance, { cookie = '' }: Browser, challenge: string) =>
  app.inject({
    method: 'POST',
    url: '/auth/device/register',
    headers: { 'x-forwarded-proto': 'https', cookie, 'secure-session-response': prove(challenge) },
  });

async function readFigures(app: FastifyInstance, name: string): Promise<string[]> {
  const { payload } = await app.inject('/metrics');
  return payload.split('\n').filter((line) => line.startsWith(name));
}

const BOUND = { SESSION_DEVICE_BOUND: '1' };

it('GET /auth/sessions says which sessions are bound', async () => {
  const app = await openApp(BOUND);
  const unbound = await signedIn(app);
  const { browser } = await signInBound(app);
  const { sessions } = (await browser.ask('GET', '/auth/sessions')).json();
  expect(sessions.map((session: object) => 'deviceBound' in session && session.deviceBound)).toEqual([false, true]);
  expect((await unbound.ask('GET', '/auth/me')).statusCode).toBe(200);
});

it('a sign-in offers no registration without SESSION_DEVICE_BOUND', async () => {
  const app = await openApp();
  const answer = await browserOf(app).signIn();
  expect(answer.headers).not.toHaveProperty('secure-session-registration');
});

it('the registration has the instructions that the browser needs', async () => {
  const { answer } = await signInBound(await openApp(BOUND));
  expect(answer.json()).toEqual({
    session_identifier: expect.any(String),
    refresh_url: 'refresh',
    scope: { include_site: false },
    credentials: [
      {
        type: 'cookie',
        name: '__Host-session-device',
        attributes: expect.stringMatching(/^(?=.*Path=\/)(?=.*HttpOnly)(?=.*Secure)(?=.*SameSite=Lax)/),
      },
    ],
  });
});

it('the session goes on, bound, after a change of the password', async () => {
  const app = await openApp(BOUND);
  const { browser } = await signInBound(app);
  const device = browser.cookie?.split('; ')[1];
  const body = { currentPassword: PASSWORD, newPassword: 'right horse battery' };
  expect((await browser.ask('POST', '/auth/password', body)).statusCode).toBe(204);
  browser.cookie = `${browser.cookie}; ${device}`;
  const { sessions } = (await browser.ask('GET', '/auth/sessions')).json();
  expect(sessions).toMatchObject([{ deviceBound: true, current: true }]);
});

it('a second key is refused, counted and logged', async () => {
  const app = await openApp(BOUND);
  const browser = browserOf(app);
  const offer = readChallenge(await browser.signIn());
  await register(app, browser, offer);
  expect((await register(app, browser, offer)).json()).toMatchObject({ code: 'ERR_DEVICE_ALREADY_BOUND' });
  expect(await readFigures(app, 'session_device_events_total')).toEqual([
    'session_device_events_total{event="registered"} 1',
    'session_device_events_total{event="refreshed"} 0',
    'session_device_events_total{event="refused"} 1',
    'session_device_events_total{event="skipped"} 0',
  ]);
  expect(await readFigures(app, 'session_device_refusals_total')).toEqual([
    'session_device_refusals_total{code="ERR_DEVICE_ALREADY_BOUND"} 1',
  ]);
});
