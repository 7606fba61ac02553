// What an administrator does: accounts and their sessions change together, also when a store fails in between.

import { describe, expect, it } from 'vitest';
import { createAdministration, type ManagedSessions, type User, type UserDirectory } from '../src/index.ts';
import { HOME, PASSWORD, readCode, setUp } from './fixture.ts';

const NEW_PASSWORD = 'another long one';

/** Sessions as lists of ids by user. `fail.next`: the next call of the store fails. */
function createSessions() {
  const live = new Map<string, string[]>();
  const changed: User[] = [];
  const fail = { next: false };
  const run = <T>(work: () => T): T => {
    if (fail.next) {
      fail.next = false;
      throw new Error('store down');
    }
    return work();
  };
  const sessions: ManagedSessions = {
    list: (userId) => run(() => (live.get(userId) ?? []).map((id) => ({ id, ...TIMES }))),
    end: (userId, id) =>
      run(() => {
        const had = live.get(userId)?.includes(id) ?? false;
        live.set(userId, live.get(userId)?.filter((other) => other !== id) ?? []);
        return had;
      }),
    endAll: (userId) => run(() => live.delete(userId)),
    changeSubject: (user) => run(() => changed.push(user)),
  };
  return { live, changed, fail, sessions };
}
const TIMES = { createdAt: '', lastSeenAt: '', expiresAt: '', deviceBound: false };

async function setUpUsers(broken: Partial<UserDirectory> = {}) {
  const all = setUp();
  const own = createSessions();
  const directory = { ...all.directory, ...broken };
  const administration = createAdministration({ directory, passwords: all.passwords, sessions: own.sessions });
  const { id } = await all.accounts.register('dora', PASSWORD, HOME);
  own.live.set(id, ['phone', 'laptop']);
  const signIn = (password = PASSWORD) => readCode(all.accounts.signIn('dora', password, HOME));
  return { ...all, ...own, administration, id, signIn };
}

type Call = (all: Awaited<ReturnType<typeof setUpUsers>>) => Promise<unknown>;

const ENDING: readonly [string, Call, string][] = [
  ['disabling', ({ administration, id }) => administration.disable(id), 'ERR_CREDENTIALS_WRONG'],
  [
    'resetting the password',
    ({ administration, id }) => administration.resetPassword(id, NEW_PASSWORD),
    'ERR_CREDENTIALS_WRONG',
  ],
  ['deleting', ({ administration, id }) => administration.remove(id), 'ERR_CREDENTIALS_WRONG'],
];

describe.each(ENDING)('%s a user', (_what, call, code) => {
  it('refuses the old password and ends all sessions', async () => {
    const all = await setUpUsers();
    await call(all);
    expect(await all.signIn()).toBe(code);
    expect(all.live.has(all.id)).toBe(false);
  });

  it('fails if the session store fails, and finishes when it is repeated', async () => {
    const all = await setUpUsers();
    all.fail.next = true;
    await expect(call(all)).rejects.toThrow('store down');
    await call(all);
    expect(await all.signIn()).toBe(code);
    expect(all.live.has(all.id)).toBe(false);
  });

  it('answers ERR_USER_UNKNOWN for an unknown id', async () => {
    const all = await setUpUsers();
    expect(await readCode(call({ ...all, id: 'nobody' }))).toBe('ERR_USER_UNKNOWN');
  });
});

describe('deleting a user', () => {
  it('finishes when it is repeated after the database failed', async () => {
    let isDown = true;
    const all = await setUpUsers();
    const remove: UserDirectory['remove'] = async (id) => {
      if (isDown) throw new Error('database down');
      return all.directory.remove(id);
    };
    const administration = createAdministration({ ...all, directory: { ...all.directory, remove } });
    await expect(administration.remove(all.id)).rejects.toThrow('database down');
    expect([all.live.has(all.id), await all.signIn()]).toEqual([false, 'ERR_CREDENTIALS_WRONG']);
    isDown = false;
    await administration.remove(all.id);
    expect(await readCode(administration.find(all.id))).toBe('ERR_USER_UNKNOWN');
  });

  it('ends what is left when it is repeated after the session store failed at the very end', async () => {
    const all = await setUpUsers();
    const remove: UserDirectory['remove'] = async (id) => {
      all.live.set(id, ['late']);
      all.fail.next = true;
      return all.directory.remove(id);
    };
    const administration = createAdministration({ ...all, directory: { ...all.directory, remove } });
    await expect(administration.remove(all.id)).rejects.toThrow('store down');
    expect(await readCode(administration.remove(all.id))).toBe('ERR_USER_UNKNOWN');
    expect(all.live.has(all.id)).toBe(false);
  });

  it('ends a session that began because another administrator enabled the user meanwhile', async () => {
    const all = await setUpUsers();
    const remove: UserDirectory['remove'] = async (id) => {
      await all.directory.enable(id);
      await all.accounts.signIn('dora', PASSWORD, HOME, async ({ id }) => {
        all.live.set(id, ['late']);
        return async () => all.live.delete(id);
      });
      return all.directory.remove(id);
    };
    const administration = createAdministration({ ...all, directory: { ...all.directory, remove } });
    await administration.remove(all.id);
    expect(all.live.has(all.id)).toBe(false);
  });

  it('keeps the name taken', async () => {
    const { administration, accounts, id } = await setUpUsers();
    await administration.remove(id);
    expect(await readCode(accounts.register('Dora', PASSWORD, HOME))).toBe('ERR_USERNAME_TAKEN');
  });
});

describe('changing roles', () => {
  it('stores them, each once, and gives them to live sessions', async () => {
    const { administration, changed, id } = await setUpUsers();
    await administration.setRoles(id, ['user', 'editor', 'user']);
    expect((await administration.find(id)).user.roles).toEqual(['user', 'editor']);
    expect(changed).toEqual([{ id, username: 'dora', roles: ['user', 'editor'] }]);
  });

  it('fails if the session store fails, and finishes when it is repeated', async () => {
    const { administration, changed, fail, id } = await setUpUsers();
    fail.next = true;
    await expect(administration.setRoles(id, ['editor'])).rejects.toThrow('store down');
    await administration.setRoles(id, ['editor']);
    expect(changed.map(({ roles }) => roles)).toEqual([['editor']]);
  });

  it.each([[['']], [['a b']], [['x'.repeat(33)]], [Array.from({ length: 21 }, (_, n) => `r${n}`)]])(
    'refuses %j',
    async (roles) => {
      const { administration, id } = await setUpUsers();
      expect(await readCode(administration.setRoles(id, roles))).toBe('ERR_ROLES_INVALID');
    },
  );
});

describe('two changes of roles at the same time', () => {
  it('leave live sessions with the roles that are stored', async () => {
    const all = await setUpUsers();
    let isFirst = true;
    const sessions: ManagedSessions = {
      ...all.sessions,
      async changeSubject(user) {
        // The other administrator takes the role away before the first one's change reaches the sessions.
        if (isFirst) {
          isFirst = false;
          await createAdministration({ ...all, sessions: all.sessions }).setRoles(all.id, ['user']);
        }
        return all.sessions.changeSubject(user);
      },
    };
    await createAdministration({ ...all, sessions }).setRoles(all.id, ['editor']);
    expect((await all.directory.findById(all.id))?.user.roles).toEqual(['user']);
    expect(all.changed.at(-1)?.roles).toEqual(['user']);
  });
});

describe('the last administrator', () => {
  it('is refused what would leave none, and keeps all sessions', async () => {
    const { administration, live, id } = await setUpUsers();
    await administration.setRoles(id, ['admin']);
    for (const call of [
      () => administration.disable(id),
      () => administration.setRoles(id, ['user']),
      () => administration.remove(id),
    ])
      expect(await readCode(call())).toBe('ERR_LAST_ADMINISTRATOR');
    expect(live.get(id)).toEqual(['phone', 'laptop']);
  });

  it('may get a new password', async () => {
    const { administration, signIn, id } = await setUpUsers();
    await administration.setRoles(id, ['admin']);
    await administration.resetPassword(id, NEW_PASSWORD);
    expect(await signIn(NEW_PASSWORD)).toBe('none');
  });
});

describe('a password that is reset', () => {
  it('is the only one that counts, and follows the rules', async () => {
    const { administration, signIn, id } = await setUpUsers();
    expect(await readCode(administration.resetPassword(id, 'password'))).toBe('ERR_PASSWORD_COMMON');
    expect(await signIn()).toBe('none');
    await administration.resetPassword(id, NEW_PASSWORD);
    expect([await signIn(), await signIn(NEW_PASSWORD)]).toEqual(['ERR_CREDENTIALS_WRONG', 'none']);
  });

  it('wins over a hash that is stored at the same time', async () => {
    let conflicts = 2;
    const all = await setUpUsers();
    const setPasswordHash: UserDirectory['setPasswordHash'] = (id, change) =>
      conflicts-- > 0 ? 'conflict' : all.directory.setPasswordHash(id, change);
    const administration = createAdministration({ ...all, directory: { ...all.directory, setPasswordHash } });
    await administration.resetPassword(all.id, NEW_PASSWORD);
    expect(await all.signIn(NEW_PASSWORD)).toBe('none');
  });
});

describe('creating a user', () => {
  it('adds one with the given roles, who can sign in', async () => {
    const { administration, accounts } = await setUpUsers();
    const user = await administration.create({ username: 'erik', password: PASSWORD, roles: ['user', 'admin'] });
    expect(user).toMatchObject({ username: 'erik', roles: ['user', 'admin'] });
    expect(await accounts.signIn('ERIK', PASSWORD, HOME)).toEqual(user);
    await administration.requireAdministrator(user.id);
  });

  it.each([
    [{ username: 'Dora' }, 'ERR_USERNAME_TAKEN'],
    [{ username: ' ' }, 'ERR_USERNAME_INVALID'],
    [{ password: 'short' }, 'ERR_PASSWORD_TOO_SHORT'],
    [{ roles: ['a b'] }, 'ERR_ROLES_INVALID'],
  ])('refuses %j', async (wrong, code) => {
    const { administration } = await setUpUsers();
    const user = { username: 'erik', password: PASSWORD, roles: ['user'], ...wrong };
    expect(await readCode(administration.create(user))).toBe(code);
  });
});

describe('an administrator', () => {
  it('is an active user with the role, as the database has it now', async () => {
    const { administration, id } = await setUpUsers();
    const other = await administration.create({ username: 'erik', password: PASSWORD, roles: ['admin'] });
    const isRefused = async (userId: string) =>
      (await readCode(administration.requireAdministrator(userId))) === 'ERR_NOT_ADMINISTRATOR';
    expect([await isRefused(id), await isRefused('nobody')]).toEqual([true, true]);
    await administration.setRoles(id, ['admin']);
    expect(await isRefused(id)).toBe(false);
    await administration.disable(other.id);
    expect(await isRefused(other.id)).toBe(true);
  });
});

describe('sessions', () => {
  it('are listed and ended one by one and all together, the user’s only', async () => {
    const { administration, live, id } = await setUpUsers();
    live.set('other', ['theirs']);
    expect((await administration.listSessions(id)).map((session) => session.id)).toEqual(['phone', 'laptop']);
    expect(await readCode(administration.endSession(id, 'theirs'))).toBe('ERR_SESSION_UNKNOWN');
    await administration.endSession(id, 'phone');
    expect(live.get(id)).toEqual(['laptop']);
    await administration.endSessions(id);
    expect([...live]).toEqual([['other', ['theirs']]]);
  });

  it('are none where credentials cannot be ended', async () => {
    const { directory, passwords, id } = await setUpUsers();
    const administration = createAdministration({ directory, passwords });
    expect([administration.hasSessions, await administration.listSessions(id)]).toEqual([false, []]);
    await administration.disable(id);
    expect((await administration.find(id)).status).toBe('disabled');
  });
});

it('shows no hash of a password', async () => {
  const { administration, id } = await setUpUsers();
  const shown = [await administration.find(id), await administration.list({ limit: 10 })];
  expect(JSON.stringify(shown)).not.toContain('argon2id');
});
