// The user directory on SQLite and PostgreSQL, the demo users, and the schemas.

import { type PostgresServer, startPostgres } from '@statecraft/infra-dev';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Credentials, DEMO_PASSWORD, PasswordChange, PublicUser, seedDemoUsers } from '../src/index.ts';
import { checkNewPassword } from '../src/passwords/password-rules.ts';
import { createPostgresDatabase, nameSqliteFile, openTwoServers, readPostgresAddress } from './databases.ts';
import { testDirectory } from './directory-contract.ts';
import { HOME, setUp } from './fixture.ts';

testDirectory('a SQLite file', (start) => openTwoServers(nameSqliteFile(), start));

describe('with a real PostgreSQL', () => {
  let server: PostgresServer;
  let databases = 0;
  beforeAll(async () => {
    server = await startPostgres();
  });
  afterAll(() => server.stop());

  testDirectory('PostgreSQL', async (start) => {
    const name = `users_${databases++}`;
    await createPostgresDatabase(server.url, name);
    return openTwoServers(readPostgresAddress(server.url, name), start);
  });
});

describe('seedDemoUsers', () => {
  it('adds alice, bob and carol with ids that are the same on every server', async () => {
    const servers = [setUp(), setUp()];
    const added = await Promise.all(servers.map(seedDemoUsers));
    expect(added[0]).toEqual([
      { id: 'demo-alice', username: 'alice', roles: ['user', 'admin'] },
      { id: 'demo-bob', username: 'bob', roles: ['user'] },
      { id: 'demo-carol', username: 'carol', roles: ['user'] },
    ]);
    expect(added[1]).toEqual(added[0]);
    for (const { accounts } of servers)
      expect(await accounts.signIn('alice', DEMO_PASSWORD, HOME)).toMatchObject({ id: 'demo-alice' });
  });

  it('leaves a name that is taken to its user, and can run twice', async () => {
    const all = setUp();
    const bob = await all.accounts.register('Bob', 'a long enough one', HOME);
    expect((await seedDemoUsers(all)).map(({ username }) => username)).toEqual(['alice', 'carol']);
    expect(await seedDemoUsers(all)).toEqual([]);
    expect(await all.accounts.signIn('bob', 'a long enough one', HOME)).toEqual(bob);
  });

  it('uses a password that the rules allow', () => {
    expect(() => checkNewPassword(DEMO_PASSWORD, { username: 'alice' })).not.toThrow();
  });
});

describe('schemas', () => {
  it('accept what the rules accept, and no further field', () => {
    const most = { username: '😀'.repeat(64), password: '😀'.repeat(128) };
    expect(Credentials.parse(most)).toEqual(most);
    expect(Credentials.safeParse({ ...most, admin: true }).success).toBe(false);
    expect(Credentials.safeParse({ username: ['a'], password: 'x' }).success).toBe(false);
    expect(PasswordChange.safeParse({ currentPassword: 'x', newPassword: 'y'.repeat(2_000) }).success).toBe(false);
  });

  it('show only the public fields of a user', () => {
    expect(PublicUser.parse({ id: 'i', username: 'u', roles: [], passwordHash: 'h' })).toEqual({
      id: 'i',
      username: 'u',
      roles: [],
    });
  });
});
