// Limits on attempts: guessing is slowed down, and the owner is not locked out.

import { describe, expect, it } from 'vitest';
import { makeAddressKey } from '../src/attempts/address-key.ts';
import { createAccounts } from '../src/index.ts';
import { HOME, PASSWORD, readCode, setUp } from './fixture.ts';

const MINUTE = 60_000;
const WRONG = 'ERR_CREDENTIALS_WRONG';
const STOPPED = 'ERR_TOO_MANY_ATTEMPTS';

async function setUpDora(limits: Parameters<typeof setUp>[0] = {}) {
  const all = setUp(limits);
  await all.accounts.register('dora', PASSWORD, HOME);
  const guess = (address: string, name = 'dora') => readCode(all.accounts.signIn(name, 'wrong one', address));
  const owner = (address: string) => readCode(all.accounts.signIn('dora', PASSWORD, address));
  return { ...all, guess, owner };
}

async function repeat(count: number, call: (n: number) => Promise<string>): Promise<string[]> {
  const codes: string[] = [];
  for (let n = 0; n < count; n += 1) codes.push(await call(n));
  return codes;
}

describe('one account from one address', () => {
  it('is refused beyond the limit, as 429 with the seconds to wait, without another comparison', async () => {
    const { accounts, passwords, guess } = await setUpDora();
    expect(await repeat(10, () => guess('203.0.113.9'))).toEqual(Array(10).fill(WRONG));
    await expect(accounts.signIn('dora', 'wrong one', '203.0.113.9')).rejects.toMatchObject({
      code: STOPPED,
      statusCode: 429,
      retryAfter: 90,
    });
    expect(passwords.stats().compared).toBe(10);
  });

  it('gets one attempt back every 90 s, and all of them after the window', async () => {
    const { time, guess } = await setUpDora();
    await repeat(10, () => guess(HOME));
    time.now += 90_000 - 1;
    expect(await guess(HOME)).toBe(STOPPED);
    time.now += 1;
    expect(await repeat(2, () => guess(HOME))).toEqual([WRONG, STOPPED]);
    time.now += 15 * MINUTE;
    expect(await repeat(11, () => guess(HOME))).toEqual([...Array(10).fill(WRONG), STOPPED]);
  });

  it('is not blocked for longer by further attempts', async () => {
    const { time, guess, owner } = await setUpDora();
    await repeat(50, () => guess(HOME));
    time.now += 90_000;
    expect(await owner(HOME)).toBe('none');
  });

  it('starts from zero after a right password', async () => {
    const { guess, owner } = await setUpDora();
    await repeat(9, () => guess(HOME));
    expect(await owner(HOME)).toBe('none');
    expect(await repeat(10, () => guess(HOME))).toEqual(Array(10).fill(WRONG));
  });

  it('is counted under one key, whatever the case of the name', async () => {
    const { guess } = await setUpDora();
    const codes = await repeat(11, (n) => guess(HOME, n % 2 === 0 ? 'dora' : 'DORA'));
    expect(codes.at(-1)).toBe(STOPPED);
  });

  it('gets no more answers for concurrent guesses than for sequential ones, even if one of them is right', async () => {
    const { accounts } = await setUpDora({ limits: { perAccountAndAddress: 3 } });
    const guesses = ['w1', 'w2', 'w3', 'w4', PASSWORD, 'w5'].map((guess) => accounts.signIn('dora', guess, HOME));
    const codes = await Promise.all(guesses.map(readCode));
    expect(codes).toEqual([WRONG, WRONG, WRONG, STOPPED, STOPPED, STOPPED]);
  });

  it('allows any number of concurrent sign-ins with the right password', async () => {
    const { owner } = await setUpDora();
    expect(await Promise.all(Array.from({ length: 40 }, () => owner(HOME)))).toEqual(Array(40).fill('none'));
  });
});

describe('one address and many accounts', () => {
  it('is refused beyond the limit, for every account', async () => {
    const { guess, owner } = await setUpDora({ limits: { perAddress: 5 } });
    expect(await repeat(5, (n) => guess('203.0.113.9', `user-${n}`))).toEqual(Array(5).fill(WRONG));
    expect(await owner('203.0.113.9')).toBe(STOPPED);
    expect(await owner(HOME)).toBe('none');
  });

  it('does not clear its count by a sign-in to an account of its own', async () => {
    const { accounts, guess } = await setUpDora({ limits: { perAddress: 5 } });
    await accounts.register('mallory', PASSWORD, HOME);
    for (let n = 0; n < 5; n += 1) {
      await guess('203.0.113.9');
      await readCode(accounts.signIn('mallory', PASSWORD, '203.0.113.9'));
    }
    expect(await guess('203.0.113.9')).toBe(STOPPED);
  });

  it('counts names that no account can have, too', async () => {
    const { guess } = await setUpDora({ limits: { perAddress: 5 } });
    const codes = await repeat(6, (n) => guess('203.0.113.9', `\u0000${n}`));
    expect(codes.at(-1)).toBe(STOPPED);
  });
});

describe('one account from many addresses', () => {
  const attackDora = async () => {
    const all = await setUpDora({ limits: { perAccount: 20 } });
    await repeat(20, (n) => all.guess(`203.0.113.${n}`));
    return all;
  };

  it('does not lock the owner out: the right password works from an address without failures', async () => {
    const { owner } = await attackDora();
    expect(await owner(HOME)).toBe('none');
  });

  it('lets the owner in from an address that failed at another account', async () => {
    const { owner, accounts } = await attackDora();
    await readCode(accounts.signIn('another', 'wrong', HOME));
    expect(await owner(HOME)).toBe('none');
  });

  it('leaves a new address one guess, and an address that has failed none', async () => {
    const { guess } = await attackDora();
    expect(await guess('203.0.113.0')).toBe(STOPPED);
    expect(await repeat(2, () => guess('198.51.100.1'))).toEqual([WRONG, STOPPED]);
  });

  it('makes an owner who typed a wrong password wait no longer than the window', async () => {
    const { accounts, guess, owner, time } = await attackDora();
    await guess(HOME);
    const error = await accounts.signIn('dora', PASSWORD, HOME).catch((e: { retryAfter: number }) => e);
    expect(error).toMatchObject({ code: STOPPED });
    time.now += (error as { retryAfter: number }).retryAfter * 1000;
    expect(await owner(HOME)).toBe('none');
  });

  it('affects no other account', async () => {
    const { accounts } = await attackDora();
    await accounts.register('erik', PASSWORD, HOME);
    expect(await readCode(accounts.signIn('erik', PASSWORD, '203.0.113.0'))).toBe('none');
  });
});

describe('addresses', () => {
  it.each([
    ['192.0.2.7', '192.0.2.7'],
    ['::ffff:192.0.2.7', '192.0.2.7'],
    ['::FFFF:192.0.2.7', '192.0.2.7'],
    ['0:0:0:0:0:ffff:192.0.2.7', '192.0.2.7'],
    ['::1', '0:0:0:0::/64'],
    ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
    ['2001:0DB8:0001:0002::9', '2001:db8:1:2::/64'],
    ['2001:db8::', '2001:db8:0:0::/64'],
    ['2001:db8:1:2:3:4:192.0.2.7', '2001:db8:1:2::/64'],
    ['fe80::1%eth0', 'fe80:0:0:0::/64'],
    ['', ''],
    ['not an address', 'not an address'],
  ])('%j counts as %j', (address, key) => {
    expect(makeAddressKey(address)).toBe(key);
  });

  it('that are no valid address give a key of bounded length', () => {
    expect(makeAddressKey('x'.repeat(100_000))).toHaveLength(64);
  });

  it('of one IPv6 /64 network count as one', async () => {
    const { guess } = await setUpDora({ limits: { perAddress: 5 } });
    expect((await repeat(6, (n) => guess(`2001:db8:1:2::${n}`))).at(-1)).toBe(STOPPED);
  });
});

it.each([{ perAccount: 0 }, { windowMs: Number.NaN }, { maxKeys: 1.5 }])('refuses the limits %j', (limits) => {
  const { directory, passwords } = setUp();
  expect(() => createAccounts({ directory, passwords, limits })).toThrow(
    expect.objectContaining({ code: 'ERR_ACCOUNTS_OPTION_INVALID' }),
  );
});
