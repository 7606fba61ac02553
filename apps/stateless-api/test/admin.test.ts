// What an administrator does over HTTP where users carry tokens: the account changes immediately, a token when it
// expires.

import { describe, expect, it } from 'vitest';
import { bearer, me, openApp, PASSWORD, post, refusal, signIn } from './app.ts';

type App = Awaited<ReturnType<typeof openApp>>;
type Method = 'GET' | 'POST' | 'PUT' | 'DELETE';

const BOB = '/admin/users/demo-bob';

async function openAsAdmin() {
  const app = await openApp();
  const token = await signIn(app, 'alice');
  const ask = (method: Method, url: string, payload?: object) => askAs(app, token, method, url, payload);
  return { app, token, ask };
}

function askAs(app: App, token: string, method: Method, url: string, payload?: object) {
  return app.inject({ method, url, headers: bearer(token), ...(payload && { payload }) });
}

const signInBob = async (app: App) =>
  (await post(app, '/auth/login', { username: 'bob', password: PASSWORD })).statusCode;

describe('an administrator', () => {
  it('lists users, disables and enables one: sign-in is refused, and a token lives on until it expires', async () => {
    const { app, ask } = await openAsAdmin();
    const token = await signIn(app, 'bob');
    const names = (await ask('GET', '/admin/users')).json().users.map(({ username }: { username: string }) => username);
    expect(names).toEqual(['alice', 'bob', 'carol']);
    expect((await ask('POST', `${BOB}/disable`)).statusCode).toBe(204);
    expect([await signInBob(app), (await me(app, token)).statusCode]).toEqual([401, 200]);
    expect((await ask('POST', `${BOB}/enable`)).statusCode).toBe(204);
    expect(await signInBob(app)).toBe(200);
  });

  it('gives roles, which the next token has', async () => {
    const { app, ask } = await openAsAdmin();
    const before = await signIn(app, 'bob');
    expect((await ask('PUT', `${BOB}/roles`, { roles: ['user', 'admin'] })).statusCode).toBe(204);
    expect((await me(app, before)).json().user.roles).toEqual(['user']);
    expect(refusal(await askAs(app, before, 'GET', '/admin/users'))).toEqual([403, 'ERR_FORBIDDEN']);
    expect((await askAs(app, await signIn(app, 'bob'), 'GET', '/admin/users')).statusCode).toBe(200);
  });

  it('who has lost the role is refused immediately, although the token still has it', async () => {
    const { app, ask } = await openAsAdmin();
    await ask('PUT', `${BOB}/roles`, { roles: ['admin'] });
    const bob = await signIn(app, 'bob');
    await ask('PUT', `${BOB}/roles`, { roles: [] });
    expect(refusal(await askAs(app, bob, 'POST', `${BOB}/disable`))).toEqual([403, 'ERR_NOT_ADMINISTRATOR']);
  });

  it('cannot leave the service without one', async () => {
    const { ask } = await openAsAdmin();
    expect(refusal(await ask('DELETE', '/admin/users/demo-alice'))).toEqual([409, 'ERR_LAST_ADMINISTRATOR']);
  });

  it('deletes a user', async () => {
    const { app, ask } = await openAsAdmin();
    expect((await ask('DELETE', BOB)).statusCode).toBe(204);
    expect([await signInBob(app), (await ask('GET', BOB)).statusCode]).toEqual([401, 404]);
  });

  it('finds no routes for sessions, because there are none', async () => {
    const { ask } = await openAsAdmin();
    expect(refusal(await ask('GET', `${BOB}/sessions`))).toEqual([404, 'ERR_NOT_FOUND']);
  });
});
