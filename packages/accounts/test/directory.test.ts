// The user directory in memory, the demo users, and the schemas.

import { describe, expect, it } from 'vitest';
import {
  Credentials,
  createMemoryDirectory,
  DEMO_PASSWORD,
  type NewUser,
  PasswordChange,
  PublicUser,
  seedDemoUsers,
} from '../src/index.ts';
import { checkNewPassword } from '../src/passwords/password-rules.ts';
import { HOME, setUp } from './fixture.ts';

const dora: NewUser = { username: 'dora', passwordHash: 'h1', roles: ['user'] };

describe('createMemoryDirectory', () => {
  it('finds by id and by name in any case', async () => {
    const directory = createMemoryDirectory();
    const user = await directory.create(dora);
    const account = { user, passwordHash: 'h1', disabled: false };
    expect(await directory.findByUsername('DORA')).toEqual(account);
    expect(await directory.findById(user === 'taken' ? '' : user.id)).toEqual(account);
  });

  it('never overwrites a name or an id that is taken', async () => {
    const directory = createMemoryDirectory();
    await directory.create({ ...dora, id: 'one' });
    expect(await directory.create({ ...dora, username: 'Dora', passwordHash: 'h2' })).toBe('taken');
    expect(await directory.create({ ...dora, id: 'one', username: 'erik' })).toBe('taken');
    expect(await directory.findById('one')).toMatchObject({ passwordHash: 'h1', user: { username: 'dora' } });
    expect(await directory.findByUsername('erik')).toBeUndefined();
  });

  it('replaces a hash only if it is still the one that was read', async () => {
    const directory = createMemoryDirectory();
    await directory.create({ ...dora, id: 'one' });
    expect(await directory.setPasswordHash('one', { from: 'h0', to: 'h2' })).toBe('conflict');
    expect(await directory.setPasswordHash('one', { from: 'h1', to: 'h2' })).toBe('changed');
    expect(await directory.setPasswordHash('two', { from: 'h1', to: 'h2' })).toBe('gone');
    expect((await directory.findById('one'))?.passwordHash).toBe('h2');
  });

  it('returns frozen objects that never change afterwards', async () => {
    const directory = createMemoryDirectory();
    const roles = ['user'];
    await directory.create({ ...dora, id: 'one', roles });
    roles.push('admin');
    const before = await directory.findById('one');
    await directory.disable('one');
    expect(before).toMatchObject({ disabled: false, user: { roles: ['user'] } });
    expect(Object.isFrozen(before) && Object.isFrozen(before?.user) && Object.isFrozen(before?.user.roles)).toBe(true);
  });

  it.each(['__proto__', 'constructor', 'hasOwnProperty'])('finds no user %s before one is created', async (name) => {
    const directory = createMemoryDirectory();
    expect(await directory.findByUsername(name)).toBeUndefined();
    expect(await directory.findById(name)).toBeUndefined();
    expect(await directory.disable(name)).toBe('gone');
    expect(await directory.create({ ...dora, id: name, username: name })).toMatchObject({ id: name });
  });

  it('refuses users beyond maxUsers', async () => {
    const directory = createMemoryDirectory({ maxUsers: 1 });
    await directory.create(dora);
    expect(() => directory.create({ ...dora, username: 'erik' })).toThrow(
      expect.objectContaining({ code: 'ERR_DIRECTORY_FULL', statusCode: 503 }),
    );
    expect(await directory.create(dora)).toBe('taken');
  });

  it.each([0, -1, 1.5, Number.NaN])('refuses %j as maxUsers', (maxUsers) => {
    expect(() => createMemoryDirectory({ maxUsers })).toThrow(
      expect.objectContaining({ code: 'ERR_ACCOUNTS_OPTION_INVALID' }),
    );
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
