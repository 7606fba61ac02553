// A sign-in with the old password that passed its check, and a change of password that ends the sessions before the new
// one is there: the session must not outlive it.

import { expect, it } from 'vitest';
import { browserOf, NEW_PASSWORD, openApp, PASSWORD, refusal, signedIn, statusOf, thiefOf } from './app.ts';

it('leaves no session of the old password, whoever is first', async () => {
  const app = await openApp();
  const owner = await signedIn(app);
  const { issue } = app.sessions;
  // The thief's password is right, and just before their session begins the owner changes it.
  app.sessions.issue = async (start) => {
    app.sessions.issue = issue;
    const change = { currentPassword: PASSWORD, newPassword: NEW_PASSWORD };
    expect((await owner.ask('POST', '/auth/password', change)).statusCode).toBe(204);
    const issued = await issue(start);
    stolen.cookie = `__Host-session=${issued.token}`;
    return issued;
  };
  const thief = browserOf(app);
  const stolen = browserOf(app);
  const answer = await thief.ask('POST', '/auth/login', { username: 'alice', password: PASSWORD });
  expect(refusal(answer)).toEqual([401, 'ERR_CREDENTIALS_WRONG']);
  expect(thief.cookie).toBeUndefined();
  expect(await statusOf(thiefOf(app, stolen))).toBe(401);
  expect(await statusOf(owner)).toBe(200);
});
