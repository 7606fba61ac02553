// Hashes of several kinds beside each other: the work of a comparison tells neither whether an account exists nor how
// old its hash is. The tests count computations, not time.

import { describe, expect, it } from 'vitest';
import { createAccounts, createPasswords, type Passwords } from '../src/index.ts';
import { addKindsInUse } from '../src/passwords/passwords.ts';
import { CHEAP, createTestDirectory, HOME, OLDER, PASSWORD, readCode, STRONGER } from './fixture.ts';

/** One account with a hash of each kind; `accounts` make hashes of STRONGER. */
async function setUpKinds() {
  const directory = createTestDirectory();
  for (const [username, options] of Object.entries({ bcrypt: OLDER, older: CHEAP, current: STRONGER })) {
    const accounts = createAccounts({ directory, passwords: createPasswords(options) });
    await accounts.register(username, PASSWORD, HOME);
  }
  const passwords = createPasswords(STRONGER);
  return { directory, passwords, accounts: createAccounts({ directory, passwords }) };
}

/** Returns what was computed during a call, by kind. */
async function countWork(passwords: Passwords, call: () => Promise<unknown>): Promise<Record<string, number>> {
  const before = passwords.stats().computed;
  await call();
  const after = Object.entries(passwords.stats().computed);
  return Object.fromEntries(after.map(([kind, count]) => [kind, count - (before[kind] ?? 0)]));
}

const EACH_KIND = { '$argon2id$v=19$m=8,t=2,p=1$': 1, '$argon2id$v=19$m=8,t=1,p=1$': 1, v1$2b$04$: 1 };

describe('a wrong password', () => {
  it.each(['bcrypt', 'older', 'current', 'unknown', '\u0000'])(
    'of %j computes one hash of each kind in use',
    async (username) => {
      const all = await setUpKinds();
      await addKindsInUse(all.passwords, all.directory);
      const work = await countWork(all.passwords, () => readCode(all.accounts.signIn(username, 'wrong one', HOME)));
      expect(work).toEqual(EACH_KIND);
    },
  );

  it('computes one hash if only one kind is in use', async () => {
    const { accounts, passwords } = await setUpKinds();
    const work = await countWork(passwords, () => readCode(accounts.signIn('unknown', 'wrong one', HOME)));
    expect(work).toEqual({ [passwords.prefix]: 1 });
  });
});

describe('a hash that cannot be read', () => {
  it('does not stop a server at its start, and harms no other user', async () => {
    const { accounts, directory, passwords } = await setUpKinds();
    await directory.create({ username: 'unreadable', passwordHash: '$md5$x', roles: [] });
    await addKindsInUse(passwords, directory);
    expect(await readCode(accounts.signIn('unreadable', PASSWORD, HOME))).toBe('ERR_PASSWORD_HASH_UNREADABLE');
    expect(await readCode(accounts.signIn('bcrypt', PASSWORD, HOME))).toBe('none');
  });
});

describe('a kind that was not found at the start', () => {
  it('is in use from the first comparison with such a hash', async () => {
    const { accounts, passwords } = await setUpKinds();
    for (const username of ['bcrypt', 'older']) await readCode(accounts.signIn(username, 'wrong one', HOME));
    const work = await countWork(passwords, () => readCode(accounts.signIn('unknown', 'wrong one', HOME)));
    expect(work).toEqual(EACH_KIND);
  });
});

describe('the right password', () => {
  it.each(['bcrypt', 'older'])('of %j is stored again as a hash of the present kind', async (username) => {
    const { accounts, directory, passwords } = await setUpKinds();
    const user = await accounts.signIn(username, PASSWORD, HOME);
    expect((await directory.findById(user.id))?.passwordHash).toContain(passwords.prefix);
    expect(await accounts.signIn(username, PASSWORD, HOME)).toEqual(user);
    expect(passwords.stats().hashed).toBe(1);
  });

  it('of a hash of argon2id is stored again as bcrypt where bcrypt is chosen', async () => {
    const { directory } = await setUpKinds();
    const accounts = createAccounts({ directory, passwords: createPasswords(OLDER) });
    const user = await accounts.signIn('current', PASSWORD, HOME);
    expect((await directory.findById(user.id))?.passwordHash).toMatch(/^v1\$2b\$04\$/);
  });
});
