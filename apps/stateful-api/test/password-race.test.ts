// A sign-in with the old password that passed its check, and a change of password that ends the sessions before the new
// one exists: the session must not outlive the change.

import { expect, it } from 'vitest';
import { browserOf, NEW_PASSWORD, openApp, PASSWORD, refusal, signedIn, statusOf, thiefOf } from './app.ts';

it('leaves no session of the old password when the password changes between check and sign-in', async () => {
  let intercept: (() => Promise<unknown>) | undefined;
  let issued = '';
  const app = await openApp({}, (opened) => {
    // The password is right. Just before the session begins, the test runs `intercept`.
    opened.addHook('preHandler', async (request, reply) => {
      const { signIn } = request;
      request.signIn = async (...args) => {
        const change = intercept;
        intercept = undefined;
        await change?.();
        await signIn.call(request, ...args);
        issued = String(reply.getHeader('set-cookie')).split(';')[0] ?? '';
      };
    });
  });
  const owner = await signedIn(app);
  const change = { currentPassword: PASSWORD, newPassword: NEW_PASSWORD };
  intercept = async () => expect((await owner.ask('POST', '/auth/password', change)).statusCode).toBe(204);
  const thief = browserOf(app);
  const answer = await thief.ask('POST', '/auth/login', { username: 'alice', password: PASSWORD });
  expect(refusal(answer)).toEqual([401, 'ERR_CREDENTIALS_WRONG']);
  expect(thief.cookie).toBeUndefined();
  const stolen = browserOf(app);
  stolen.cookie = issued;
  expect(await statusOf(thiefOf(app, stolen))).toBe(401);
  expect(await statusOf(owner)).toBe(200);
});
