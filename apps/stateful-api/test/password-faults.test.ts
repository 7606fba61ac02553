// POST /auth/password while the session store fails at one of its steps: repeated, the request finishes the work.

import { AuthError } from '@statecraft/auth-core';
import { expect, it } from 'vitest';
import { browserOf, NEW_PASSWORD, openApp, PASSWORD, signedIn, statusOf, thiefOf } from './app.ts';

const CHANGE = { currentPassword: PASSWORD, newPassword: NEW_PASSWORD };

it.each([
  ['before the new password is stored', 1, PASSWORD],
  ['after it was stored', 2, NEW_PASSWORD],
])('answers 503 when sessions cannot be ended %s, and 204 when it is repeated', async (_when, failing, inForce) => {
  const app = await openApp();
  const [owner, thief] = [await signedIn(app), await signedIn(app)];
  const { revokeAll } = app.sessions;
  let calls = 0;
  Object.assign(app.sessions, {
    revokeAll: (...args: Parameters<typeof revokeAll>) => {
      calls += 1;
      if (calls === failing) throw Object.assign(new AuthError('ERR_STORE_UNAVAILABLE'), { statusCode: 503 });
      return revokeAll(...args);
    },
  });
  expect((await owner.ask('POST', '/auth/password', CHANGE)).statusCode).toBe(503);
  await browserOf(app).signIn('alice', inForce);
  expect((await owner.ask('POST', '/auth/password', CHANGE)).statusCode).toBe(204);
  expect(await statusOf(thief)).toBe(401);
  expect(await statusOf(owner)).toBe(200);
  await browserOf(app).signIn('alice', NEW_PASSWORD);
});

it('answers an error when the present session cannot be renewed, and renews it when it is repeated', async () => {
  let isFailing = true;
  const app = await openApp({}, (opened) => {
    opened.addHook('preHandler', async (request) => {
      if (request.url !== '/auth/password' || !isFailing) return;
      isFailing = false;
      Object.defineProperty(request, 'session', {
        value: { regenerate: () => Promise.reject(Object.assign(new Error('down'), { statusCode: 503 })) },
      });
    });
  });
  const owner = await signedIn(app);
  const thief = thiefOf(app, owner);
  expect((await owner.ask('POST', '/auth/password', CHANGE)).statusCode).toBe(503);
  expect((await owner.ask('POST', '/auth/password', CHANGE)).statusCode).toBe(204);
  expect(await statusOf(thief)).toBe(401);
  expect(await statusOf(owner)).toBe(200);
});
