// What an administrator does over HTTP, and what happens to the sessions of the users, over every store and both
// engines.

import type { FastifyInstance } from 'fastify';
import { beforeEach, describe, expect, it } from 'vitest';
import { type Browser, browserOf, NEW_PASSWORD, openApp, ownRedis, refusal, signedIn, statusOf, WAYS } from './app.ts';

const redis = ownRedis();
const BOB = '/admin/users/demo-bob';
const ALICE = '/admin/users/demo-alice';

describe.each(WAYS)('$store, $engine', (way) => {
  let app: FastifyInstance;
  let admin: Browser;
  beforeEach(async () => {
    app = await openApp(redis.envOf(way));
    admin = await signedIn(app, 'alice');
  });

  const signInBob = async () =>
    (await browserOf(app).ask('POST', '/auth/login', { username: 'bob', password: 'keep-me-signed-in' })).statusCode;

  describe('GET /admin/users', () => {
    it('shows users in pages, by name', async () => {
      const first = (await admin.ask('GET', '/admin/users?limit=2')).json();
      expect(first).toMatchObject({
        users: [{ username: 'alice' }, { username: 'bob', roles: ['user'] }],
        next: 'bob',
      });
      const second = (await admin.ask('GET', `/admin/users?limit=2&after=${first.next}`)).json();
      expect(second).toEqual({
        users: [
          {
            ...{ id: 'demo-carol', username: 'carol', roles: ['user'], status: 'active' },
            createdAt: expect.stringMatching(/^20.*Z$/),
            passwordChangedAt: expect.stringMatching(/^20.*Z$/),
          },
        ],
      });
    });

    it('shows one user', async () => {
      expect((await admin.ask('GET', BOB)).json()).toMatchObject({ user: { id: 'demo-bob', status: 'active' } });
      expect(refusal(await admin.ask('GET', '/admin/users/nobody'))).toEqual([404, 'ERR_USER_UNKNOWN']);
    });

    it.each(['limit=0', 'limit=1001', 'limit=x', 'other=1'])('refuses ?%s', async (query) => {
      expect((await admin.ask('GET', `/admin/users?${query}`)).statusCode).toBe(400);
    });
  });

  it('disables a user: every session ends, and no sign-in succeeds until the user is enabled', async () => {
    const [phone, laptop] = [await signedIn(app, 'bob'), await signedIn(app, 'bob')];
    expect((await admin.ask('POST', `${BOB}/disable`)).statusCode).toBe(204);
    expect([await statusOf(phone), await statusOf(laptop), await signInBob()]).toEqual([401, 401, 401]);
    expect((await admin.ask('GET', BOB)).json().user.status).toBe('disabled');
    expect((await admin.ask('POST', `${BOB}/enable`)).statusCode).toBe(204);
    expect([await statusOf(phone), await signInBob()]).toEqual([401, 200]);
  });

  it('deletes a user: every session ends, and the name stays taken', async () => {
    const phone = await signedIn(app, 'bob');
    expect((await admin.ask('DELETE', BOB)).statusCode).toBe(204);
    expect([await statusOf(phone), await signInBob()]).toEqual([401, 401]);
    expect(refusal(await admin.ask('DELETE', BOB))).toEqual([404, 'ERR_USER_UNKNOWN']);
    const again = await browserOf(app).ask('POST', '/auth/register', { username: 'bob', password: NEW_PASSWORD });
    expect(refusal(again)).toEqual([409, 'ERR_USERNAME_TAKEN']);
  });

  it('gives and takes the role admin, for the sessions that are there as well', async () => {
    const phone = await signedIn(app, 'bob');
    expect(refusal(await phone.ask('GET', '/admin/users'))).toEqual([403, 'ERR_FORBIDDEN']);
    expect((await admin.ask('PUT', `${BOB}/roles`, { roles: ['user', 'admin'] })).statusCode).toBe(204);
    // @fastify/session keeps its own copy of the roles, so a change ends the sessions.
    const bob = way.engine === 'statecraft' ? phone : await signedIn(app, 'bob');
    expect((await bob.ask('GET', '/auth/me')).json().user.roles).toEqual(['user', 'admin']);
    expect((await bob.ask('PUT', `${ALICE}/roles`, { roles: ['user'] })).statusCode).toBe(204);
    expect((await admin.ask('GET', '/admin/users')).statusCode).toBe(way.engine === 'statecraft' ? 403 : 401);
    expect(refusal(await bob.ask('POST', `${BOB}/disable`))).toEqual([409, 'ERR_LAST_ADMINISTRATOR']);
    expect(refusal(await bob.ask('DELETE', BOB))).toEqual([409, 'ERR_LAST_ADMINISTRATOR']);
    expect(await statusOf(bob)).toBe(200);
  });

  it('lists a user’s sessions as devices, and ends one of them or all', async () => {
    const [phone, laptop, tablet] = [
      await signedIn(app, 'bob'),
      await signedIn(app, 'bob'),
      await signedIn(app, 'bob'),
    ];
    const { sessions } = (await admin.ask('GET', `${BOB}/sessions`)).json();
    expect(sessions).toHaveLength(3);
    expect(sessions[0]).toMatchObject({ id: expect.any(String), createdAt: expect.stringMatching(/Z$/) });
    expect((await admin.ask('DELETE', `${BOB}/sessions/${sessions[0].id}`)).statusCode).toBe(204);
    expect([await statusOf(phone), await statusOf(laptop), await statusOf(tablet)]).toEqual([401, 200, 200]);
    expect((await admin.ask('DELETE', `${BOB}/sessions`)).statusCode).toBe(204);
    expect([await statusOf(laptop), await statusOf(tablet), await statusOf(admin)]).toEqual([401, 401, 200]);
  });

  it.each<[string, Request, number]>([
    ['disables', ['POST', `${ALICE}/disable`], 401],
    ['deletes', ['DELETE', ALICE], 401],
    ['ends all sessions of', ['DELETE', `${ALICE}/sessions`], 401],
    ['takes the role from', ['PUT', `${ALICE}/roles`, { roles: ['user'] }], way.engine === 'statecraft' ? 403 : 401],
  ])(
    'answers 204 to an administrator who %s the own account, and refuses the next request',
    async (_what, own, status) => {
      await admin.ask('PUT', `${BOB}/roles`, { roles: ['admin'] });
      expect((await admin.ask(...own)).statusCode).toBe(204);
      expect((await admin.ask('GET', '/admin/users')).statusCode).toBe(status);
    },
  );

  it('ends no session of another user by its id', async () => {
    await signedIn(app, 'bob');
    const [ofAlice] = (await admin.ask('GET', `${ALICE}/sessions`)).json().sessions;
    const answer = await admin.ask('DELETE', `${BOB}/sessions/${ofAlice.id}`);
    expect(refusal(answer)).toEqual([404, 'ERR_SESSION_UNKNOWN']);
    expect(await statusOf(admin)).toBe(200);
  });
});

type Request = readonly [method: 'GET' | 'POST' | 'PUT' | 'DELETE', url: string, payload?: object];

describe('every route for administrators', () => {
  const ROUTES: readonly Request[] = [
    ['GET', '/admin/users'],
    ['GET', BOB],
    ['POST', `${BOB}/disable`],
    ['POST', `${BOB}/enable`],
    ['PUT', `${BOB}/roles`, { roles: [] }],
    ['DELETE', BOB],
    ['GET', `${BOB}/sessions`],
    ['DELETE', `${BOB}/sessions`],
    ['DELETE', `${BOB}/sessions/x`],
  ];

  it.each(ROUTES.map((route) => [route[0], route[1], route] as const))(
    '%s %s is 401 without a session and 403 without the role',
    async (_method, _url, [method, url, payload]) => {
      const app = await openApp();
      expect(refusal(await browserOf(app).ask(method, url, payload))).toEqual([401, 'ERR_UNAUTHENTICATED']);
      const bob = await signedIn(app, 'bob');
      expect(refusal(await bob.ask(method, url, payload))).toEqual([403, 'ERR_FORBIDDEN']);
      expect(await statusOf(bob)).toBe(200);
    },
  );
});

it.each([[{}], [{ roles: 'admin' }], [{ roles: [1] }], [{ roles: [], more: 1 }]])(
  'refuses the roles %j',
  async (body) => {
    const admin = await signedIn(await openApp(), 'alice');
    expect((await admin.ask('PUT', `${BOB}/roles`, body)).statusCode).toBe(400);
    expect((await admin.ask('GET', BOB)).json().user.roles).toEqual(['user']);
  },
);

it('refuses roles that no guard can name', async () => {
  const admin = await signedIn(await openApp(), 'alice');
  expect(refusal(await admin.ask('PUT', `${BOB}/roles`, { roles: ['a b'] }))).toEqual([400, 'ERR_ROLES_INVALID']);
});
