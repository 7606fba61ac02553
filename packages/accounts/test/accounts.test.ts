// Accounts: register, sign in, change the password.

import { describe, expect, it } from 'vitest';
import { AccountsError, createAccounts, createPasswords, type UserDirectory } from '../src/index.ts';
import { CHEAP, change, createGate, HOME, OLDER, PASSWORD, readCode, STRONGER, setUp } from './fixture.ts';

describe('register', () => {
  it('makes a user with an id of 128 random bits and the default role', async () => {
    const { accounts } = setUp();
    const user = await accounts.register('dora', PASSWORD, HOME);
    expect(user).toEqual({ id: expect.stringMatching(/^[\w-]{22}$/), username: 'dora', roles: ['user'] });
    expect(await accounts.findUser(user.id)).toEqual(user);
  });

  it('refuses a name that differs from a taken one only in case or Unicode form, as 409 with the field', async () => {
    const { accounts } = setUp();
    await accounts.register('Zoë', PASSWORD, HOME);
    const error = await accounts.register('ZOE\u0308', PASSWORD, HOME).catch((e: unknown) => e);
    expect(error).toBeInstanceOf(AccountsError);
    expect(error).toMatchObject({ code: 'ERR_USERNAME_TAKEN', statusCode: 409, field: 'username' });
  });

  it('gives a name to only one of two concurrent registrations', async () => {
    const { accounts } = setUp();
    const both = [accounts.register('dora', PASSWORD, HOME), accounts.register('DORA', PASSWORD, HOME)];
    expect((await Promise.all(both.map(readCode))).sort()).toEqual(['ERR_USERNAME_TAKEN', 'none']);
  });

  it('limits the registrations of one address, and not those of another', async () => {
    const { accounts, time } = setUp({ limits: { registrationsPerAddress: 2 } });
    const register = (name: string, address: string) => readCode(accounts.register(name, PASSWORD, address));
    expect([await register('one', HOME), await register('two', HOME)]).toEqual(['none', 'none']);
    expect(await register('three', HOME)).toBe('ERR_TOO_MANY_REGISTRATIONS');
    expect(await register('three', '192.0.2.7')).toBe('none');
    time.now += 15 * 60_000;
    expect(await register('four', HOME)).toBe('none');
  });

  it('counts a name that is taken as a registration, so one address cannot ask without a limit which names exist', async () => {
    const { accounts } = setUp({ limits: { registrationsPerAddress: 3 } });
    const register = (name: string) => readCode(accounts.register(name, PASSWORD, HOME));
    expect([await register('dora'), await register('dora'), await register('dora')]).toEqual([
      'none',
      'ERR_USERNAME_TAKEN',
      'ERR_USERNAME_TAKEN',
    ]);
    const answers = [await register('dora'), await register('erik')];
    expect(answers).toEqual(['ERR_TOO_MANY_REGISTRATIONS', 'ERR_TOO_MANY_REGISTRATIONS']);
  });

  it('hashes no password if the rules refuse the name or the password', async () => {
    const { accounts, passwords } = setUp();
    expect(await readCode(accounts.register('a\nb', PASSWORD, HOME))).toBe('ERR_USERNAME_INVALID');
    expect(await readCode(accounts.register('dora', 'short', HOME))).toBe('ERR_PASSWORD_TOO_SHORT');
    expect(passwords.stats().hashed).toBe(0);
  });

  it.each(['__proto__', 'constructor', 'toString'])('accepts %s as an ordinary name', async (name) => {
    const { accounts } = setUp();
    const user = await accounts.register(name, PASSWORD, HOME);
    expect(await accounts.signIn(name, PASSWORD, HOME)).toEqual(user);
    expect(({} as Record<string, unknown>).passwordHash).toBeUndefined();
  });
});

describe('signIn', () => {
  it('returns the user, whatever the case of the name', async () => {
    const { accounts } = setUp();
    const user = await accounts.register('Dora', PASSWORD, HOME);
    expect(await accounts.signIn('dORA', PASSWORD, HOME)).toEqual(user);
  });

  it('gives the same error, word for word, for a wrong password, an unknown name and a closed account', async () => {
    const { accounts, directory } = setUp();
    await accounts.register('dora', PASSWORD, HOME);
    const closed = await accounts.register('erik', PASSWORD, HOME);
    await directory.disable(closed.id);
    const tries = [
      ['dora', 'wrong password'],
      ['nobody', PASSWORD],
      ['erik', PASSWORD],
      ['no\u0000body', PASSWORD],
      ['x'.repeat(10_000), PASSWORD],
    ] as const;
    const errors = await Promise.all(
      tries.map(([name, password]) => accounts.signIn(name, password, HOME).catch((e: AccountsError) => e)),
    );
    const shapes = errors.map((e) => ({ ...e, message: (e as AccountsError).message }));
    expect(shapes[0]).toMatchObject({ code: 'ERR_CREDENTIALS_WRONG', statusCode: 401 });
    for (const shape of shapes) expect(shape).toEqual(shapes[0]);
  });

  it.each([
    ['a wrong password', 'dora', 'wrong password'],
    ['an unknown name', 'nobody', PASSWORD],
    ['a name that no account can have', '\u0000', PASSWORD],
    ['a password that no account can have', 'dora', 'x'.repeat(1_000)],
    ['a closed account', 'erik', PASSWORD],
  ])('makes exactly one comparison for %s', async (_what, name, password) => {
    const { accounts, directory, passwords } = setUp();
    await accounts.register('dora', PASSWORD, HOME);
    await directory.disable((await accounts.register('erik', PASSWORD, HOME)).id);
    await readCode(accounts.signIn(name, password, HOME));
    expect(passwords.stats().compared).toBe(1);
  });

  it('stores a stronger hash after the parameters were raised', async () => {
    const { accounts, directory } = setUp();
    const user = await accounts.register('dora', PASSWORD, HOME);
    const stronger = createPasswords(STRONGER);
    const later = createAccounts({ directory, passwords: stronger });
    await later.signIn('dora', PASSWORD, HOME);
    expect((await directory.findById(user.id))?.passwordHash).toContain(stronger.prefix);
    await later.signIn('dora', PASSWORD, HOME);
    expect(stronger.stats()).toMatchObject({ hashed: 1, compared: 2 });
  });

  it('fails if the password changes while the old one is compared', async () => {
    const { directory, passwords, accounts } = setUp();
    const user = await accounts.register('dora', PASSWORD, HOME);
    const compared = createGate();
    const goOn = createGate();
    const slow = createAccounts({
      directory,
      passwords: {
        ...passwords,
        async verify(password, hash) {
          const result = await passwords.verify(password, hash);
          compared.open();
          await goOn.opened;
          return result;
        },
      },
    });
    const signIn = readCode(slow.signIn('dora', PASSWORD, HOME));
    await compared.opened;
    await accounts.changePassword(change(user.id, PASSWORD, 'another long one'));
    goOn.open();
    expect(await signIn).toBe('ERR_CREDENTIALS_WRONG');
  });

  it.each([
    ['whose hash stays', CHEAP],
    ['that is rehashed', STRONGER],
  ])('ends a session that began while the password changed, for a password %s', async (_what, options) => {
    const { directory, accounts } = setUp();
    const user = await accounts.register('dora', PASSWORD, HOME);
    const later = createAccounts({ directory, passwords: createPasswords(options) });
    const ended: string[] = [];
    const signIn = later.signIn('dora', PASSWORD, HOME, async ({ id }) => {
      await later.changePassword(change(user.id, PASSWORD, 'another long one'));
      return async () => ended.push(id);
    });
    expect(await readCode(signIn)).toBe('ERR_CREDENTIALS_WRONG');
    expect(ended).toEqual([user.id]);
  });

  it.each([
    ['whose hash stays', CHEAP],
    ['that is rehashed', STRONGER],
  ])('keeps a session that began with a password %s', async (_what, options) => {
    const { directory, accounts } = setUp();
    const user = await accounts.register('dora', PASSWORD, HOME);
    const later = createAccounts({ directory, passwords: createPasswords(options) });
    const ended: string[] = [];
    const begin = async () => async () => ended.push('ended');
    expect(await later.signIn('dora', PASSWORD, HOME, begin)).toEqual(user);
    expect(ended).toEqual([]);
  });

  it.each([
    ['disabled', 'ERR_CREDENTIALS_WRONG', (directory: UserDirectory, id: string) => directory.disable(id)],
    ['given other roles', 'ERR_ACCOUNT_CHANGED', (directory: UserDirectory, id: string) => directory.setRoles(id, [])],
  ])('ends a session that began while the account was %s', async (_how, code, write) => {
    const { directory, accounts } = setUp();
    const user = await accounts.register('dora', PASSWORD, HOME);
    const ended: string[] = [];
    const signIn = accounts.signIn('dora', PASSWORD, HOME, async ({ id }) => {
      await write(directory, user.id);
      return async () => ended.push(id);
    });
    expect(await readCode(signIn)).toBe(code);
    expect(ended).toEqual([user.id]);
  });

  it('does not restore the old password when a rehash runs during a change of password', async () => {
    const { directory, accounts } = setUp();
    const user = await accounts.register('dora', PASSWORD, HOME);
    const hashing = createGate();
    const goOn = createGate();
    const stronger = createPasswords(STRONGER);
    const slow = createAccounts({
      directory,
      passwords: {
        ...stronger,
        async hash(password) {
          hashing.open();
          await goOn.opened;
          return stronger.hash(password);
        },
      },
    });
    const signIn = slow.signIn('dora', PASSWORD, HOME);
    await hashing.opened;
    await accounts.changePassword(change(user.id, PASSWORD, 'another long one'));
    goOn.open();
    await signIn;
    expect(await readCode(accounts.signIn('dora', PASSWORD, HOME))).toBe('ERR_CREDENTIALS_WRONG');
    expect(await accounts.signIn('dora', 'another long one', HOME)).toEqual(user);
  });

  it('accepts simultaneous sign-ins with the right password while the cost is raised, and counts none as failed', async () => {
    const { directory, accounts } = setUp();
    const user = await accounts.register('dora', PASSWORD, HOME);
    for (let round = 0; round < 5; round++) {
      const passwords = createPasswords(round % 2 === 0 ? STRONGER : OLDER);
      const later = createAccounts({ directory, passwords, limits: { perAccountAndAddress: 1 } });
      const ended: string[] = [];
      const begin = async () => async () => ended.push('ended');
      const signIns = Array.from({ length: 3 }, () => later.signIn('dora', PASSWORD, HOME, begin));
      expect(await Promise.all(signIns)).toEqual([user, user, user]);
      expect(ended).toEqual([]);
    }
  });

  it('keeps a session that begins while another sign-in stores a stronger hash', async () => {
    const { directory, accounts } = setUp();
    const user = await accounts.register('dora', PASSWORD, HOME);
    const later = createAccounts({ directory, passwords: createPasswords(STRONGER) });
    const ended: string[] = [];
    const signIn = accounts.signIn('dora', PASSWORD, HOME, async () => {
      await later.signIn('dora', PASSWORD, HOME);
      return async () => ended.push('ended');
    });
    expect(await signIn).toEqual(user);
    expect(ended).toEqual([]);
  });

  it('ends the session if it cannot compare the password again', async () => {
    const { directory, passwords, accounts } = setUp();
    const user = await accounts.register('dora', PASSWORD, HOME);
    let isDown = false;
    const findById: UserDirectory['findById'] = (id) =>
      isDown ? Promise.reject(new Error('down')) : directory.findById(id);
    const ended: string[] = [];
    const signIn = createAccounts({ directory: { ...directory, findById }, passwords }).signIn(
      'dora',
      PASSWORD,
      HOME,
      async ({ id }) => {
        isDown = true;
        return async () => ended.push(id);
      },
    );
    await expect(signIn).rejects.toThrow('down');
    expect(ended).toEqual([user.id]);
  });

  it('accepts the new password if it is stored during the comparison', async () => {
    const { directory, passwords, accounts } = setUp();
    const user = await accounts.register('dora', PASSWORD, HOME);
    const compared = createGate();
    const goOn = createGate();
    const verify: typeof passwords.verify = async (...args) => {
      const result = await passwords.verify(...args);
      compared.open();
      await goOn.opened;
      return result;
    };
    const slow = createAccounts({ directory, passwords: { ...passwords, verify } });
    const signIn = slow.signIn('dora', 'another long one', HOME);
    await compared.opened;
    await accounts.changePassword(change(user.id, PASSWORD, 'another long one'));
    goOn.open();
    expect(await signIn).toEqual(user);
  });

  it('succeeds if the queue has no room for a rehash', async () => {
    const { directory, accounts } = setUp();
    const user = await accounts.register('dora', PASSWORD, HOME);
    const real = createPasswords(STRONGER);
    const passwords = { ...real, hash: () => Promise.reject(new AccountsError('ERR_PASSWORD_QUEUE_FULL')) };
    expect(await createAccounts({ directory, passwords }).signIn('dora', PASSWORD, HOME)).toEqual(user);
  });

  it('passes an error of the directory on unchanged', async () => {
    const { directory, passwords } = setUp();
    const broken: UserDirectory = { ...directory, findByUsername: () => Promise.reject(new Error('down')) };
    const accounts = createAccounts({ directory: broken, passwords });
    await expect(accounts.signIn('dora', PASSWORD, HOME)).rejects.toThrow('down');
  });
});

describe('changePassword', () => {
  it('makes only the new password valid', async () => {
    const { accounts } = setUp();
    const user = await accounts.register('dora', PASSWORD, HOME);
    expect(await accounts.changePassword(change(user.id, PASSWORD, 'another long one'))).toEqual(user);
    expect(await accounts.signIn('dora', 'another long one', HOME)).toEqual(user);
    expect(await readCode(accounts.signIn('dora', PASSWORD, HOME))).toBe('ERR_CREDENTIALS_WRONG');
  });

  it('requires the current password, and names the field', async () => {
    const { accounts } = setUp();
    const { id } = await accounts.register('dora', PASSWORD, HOME);
    await expect(accounts.changePassword(change(id, 'wrong', 'another long one'))).rejects.toMatchObject({
      code: 'ERR_CURRENT_PASSWORD_WRONG',
      statusCode: 403,
      field: 'currentPassword',
    });
  });

  it('checks the new password against the rules, and names the field', async () => {
    const { accounts } = setUp();
    const { id } = await accounts.register('dora', PASSWORD, HOME);
    await expect(accounts.changePassword(change(id, PASSWORD, 'password1'))).rejects.toMatchObject({
      code: 'ERR_PASSWORD_COMMON',
      field: 'newPassword',
    });
  });

  it('accepts only one of two concurrent changes', async () => {
    const { accounts } = setUp();
    const { id } = await accounts.register('dora', PASSWORD, HOME);
    const both = ['the first new one', 'the second new one'].map((next) =>
      accounts.changePassword(change(id, PASSWORD, next)),
    );
    expect((await Promise.all(both.map(readCode))).sort()).toEqual(['ERR_PASSWORD_CONFLICT', 'none']);
  });

  it('succeeds if a sign-in stores a stronger hash of the old password meanwhile', async () => {
    const { accounts, directory } = setUp();
    const user = await accounts.register('dora', PASSWORD, HOME);
    const later = createAccounts({ directory, passwords: createPasswords(STRONGER) });
    let calls = 0;
    const endSessions = async () => {
      calls += 1;
      if (calls === 1) await later.signIn('dora', PASSWORD, HOME);
    };
    await accounts.changePassword({ ...change(user.id, PASSWORD, 'another long one'), endSessions });
    expect(await accounts.signIn('dora', 'another long one', HOME)).toEqual(user);
    expect(await readCode(accounts.signIn('dora', PASSWORD, HOME))).toBe('ERR_CREDENTIALS_WRONG');
  });

  it('limits guesses at the current password', async () => {
    const { accounts, time } = setUp({ limits: { perAccountAndAddress: 4 } });
    const { id } = await accounts.register('dora', PASSWORD, HOME);
    const guess = () => readCode(accounts.changePassword(change(id, 'wrong', 'another long one')));
    expect([await guess(), await guess(), await guess()]).toEqual([
      'ERR_CURRENT_PASSWORD_WRONG',
      'ERR_CURRENT_PASSWORD_WRONG',
      'ERR_TOO_MANY_ATTEMPTS',
    ]);
    time.now += 15 * 60_000;
    expect(await readCode(accounts.changePassword(change(id, PASSWORD, 'another long one')))).toBe('none');
  });

  it('ends sessions before and after it stores the new password', async () => {
    const { accounts } = setUp();
    const { id } = await accounts.register('dora', PASSWORD, HOME);
    const seen: string[] = [];
    const endSessions = async () => void seen.push(await readCode(accounts.signIn('dora', PASSWORD, HOME)));
    await accounts.changePassword({ ...change(id, PASSWORD, 'another long one'), endSessions });
    expect(seen).toEqual(['none', 'ERR_CREDENTIALS_WRONG']);
  });

  it.each([
    ['before it stores the new password', 1, PASSWORD],
    ['after it stored the new password', 2, 'another long one'],
  ])('finishes its work when it is repeated after ending sessions failed %s', async (_when, failing, inForce) => {
    const { accounts } = setUp();
    const { id } = await accounts.register('dora', PASSWORD, HOME);
    let calls = 0;
    const endSessions = async () => {
      calls += 1;
      if (calls === failing) throw new Error('the store is down');
    };
    const request = { ...change(id, PASSWORD, 'another long one'), endSessions };
    await expect(accounts.changePassword(request)).rejects.toThrow('the store is down');
    expect(await readCode(accounts.signIn('dora', inForce, HOME))).toBe('none');
    expect(await readCode(accounts.changePassword(request))).toBe('none');
    expect(calls).toBeGreaterThan(failing);
    expect(await readCode(accounts.signIn('dora', 'another long one', HOME))).toBe('none');
  });

  it('counts both comparisons of a request that guesses in both fields', async () => {
    const { accounts } = setUp({ limits: { perAccountAndAddress: 4 } });
    const { id } = await accounts.register('dora', PASSWORD, HOME);
    const guess = () => readCode(accounts.changePassword(change(id, 'wrong', 'another long one')));
    expect([await guess(), await guess(), await guess()]).toEqual([
      'ERR_CURRENT_PASSWORD_WRONG',
      'ERR_CURRENT_PASSWORD_WRONG',
      'ERR_TOO_MANY_ATTEMPTS',
    ]);
  });

  it('is not stopped by wrong attempts of other users from other addresses', async () => {
    const { accounts } = setUp();
    const owner = await accounts.register('dora', PASSWORD, HOME);
    for (let n = 0; n < 10; n++) {
      const stranger = await accounts.register(`stranger${n}`, PASSWORD, '192.0.2.9');
      const wrong = { ...change(stranger.id, 'wrong', 'another long one'), address: '192.0.2.9' };
      for (let times = 0; times < 10; times++) await readCode(accounts.changePassword(wrong));
    }
    expect(await readCode(accounts.changePassword(change(owner.id, PASSWORD, 'another long one')))).toBe('none');
  });

  it('refuses a closed account and an unknown id', async () => {
    const { accounts, directory } = setUp();
    const { id } = await accounts.register('dora', PASSWORD, HOME);
    await directory.disable(id);
    for (const user of [id, 'nobody', '__proto__'])
      expect(await readCode(accounts.changePassword(change(user, PASSWORD, 'another long one')))).toBe('ERR_USER_GONE');
  });
});
