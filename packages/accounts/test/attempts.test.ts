// Guessing is slowed, and the owner stays in.

import { describe, expect, it } from 'vitest';
import { addressKey } from '../src/attempts/address-key.ts';
import { createFailureCounts } from '../src/attempts/failure-counts.ts';
import { createAccounts } from '../src/index.ts';
import { codeOf, HOME, PASSWORD, setUp } from './fixture.ts';

const MINUTE = 60_000;
const WRONG = 'ERR_CREDENTIALS_WRONG';
const STOPPED = 'ERR_TOO_MANY_ATTEMPTS';

async function withDora(limits: Parameters<typeof setUp>[0] = {}) {
  const all = setUp(limits);
  await all.accounts.register('dora', PASSWORD);
  const guess = (address: string, name = 'dora') => codeOf(all.accounts.signIn(name, 'wrong one', address));
  const owner = (address: string) => codeOf(all.accounts.signIn('dora', PASSWORD, address));
  return { ...all, guess, owner };
}

async function times(count: number, call: (n: number) => Promise<string>): Promise<string[]> {
  const codes: string[] = [];
  for (let n = 0; n < count; n += 1) codes.push(await call(n));
  return codes;
}

describe('one account from one address', () => {
  it('is stopped after the limit, as 429 with the seconds to wait, without another comparison', async () => {
    const { accounts, passwords, guess } = await withDora();
    expect(await times(10, () => guess('203.0.113.9'))).toEqual(Array(10).fill(WRONG));
    await expect(accounts.signIn('dora', 'wrong one', '203.0.113.9')).rejects.toMatchObject({
      code: STOPPED,
      statusCode: 429,
      retryAfter: 90,
    });
    expect(passwords.stats().compared).toBe(10);
  });

  it('gets one try back each 90 s, and all of them after the window', async () => {
    const { time, guess } = await withDora();
    await times(10, () => guess(HOME));
    time.now += 90_000 - 1;
    expect(await guess(HOME)).toBe(STOPPED);
    time.now += 1;
    expect(await times(2, () => guess(HOME))).toEqual([WRONG, STOPPED]);
    time.now += 15 * MINUTE;
    expect(await times(11, () => guess(HOME))).toEqual([...Array(10).fill(WRONG), STOPPED]);
  });

  it('is not prolonged by trying on', async () => {
    const { time, guess, owner } = await withDora();
    await times(50, () => guess(HOME));
    time.now += 90_000;
    expect(await owner(HOME)).toBe('none');
  });

  it('starts anew after a right password', async () => {
    const { guess, owner } = await withDora();
    await times(9, () => guess(HOME));
    expect(await owner(HOME)).toBe('none');
    expect(await times(10, () => guess(HOME))).toEqual(Array(10).fill(WRONG));
  });

  it('is counted whatever the case of the name', async () => {
    const { guess } = await withDora();
    const codes = await times(11, (n) => guess(HOME, n % 2 === 0 ? 'dora' : 'DORA'));
    expect(codes.at(-1)).toBe(STOPPED);
  });

  it('answers no more guesses sent at once than sent one by one, even the right one among them', async () => {
    const { accounts } = await withDora({ limits: { perAccountAndAddress: 3 } });
    const guesses = ['w1', 'w2', 'w3', 'w4', PASSWORD, 'w5'].map((guess) => accounts.signIn('dora', guess, HOME));
    const codes = await Promise.all(guesses.map(codeOf));
    expect(codes).toEqual([WRONG, WRONG, WRONG, STOPPED, STOPPED, STOPPED]);
  });

  it('lets any number of right sign-ins through at once', async () => {
    const { owner } = await withDora();
    expect(await Promise.all(Array.from({ length: 40 }, () => owner(HOME)))).toEqual(Array(40).fill('none'));
  });
});

describe('one address and many accounts', () => {
  it('is stopped after the limit, for every account', async () => {
    const { guess, owner } = await withDora({ limits: { perAddress: 5 } });
    expect(await times(5, (n) => guess('203.0.113.9', `user-${n}`))).toEqual(Array(5).fill(WRONG));
    expect(await owner('203.0.113.9')).toBe(STOPPED);
    expect(await owner(HOME)).toBe('none');
  });

  it('does not wash itself clean by signing in to an account of its own', async () => {
    const { accounts, guess } = await withDora({ limits: { perAddress: 5 } });
    await accounts.register('mallory', PASSWORD);
    for (let n = 0; n < 5; n += 1) {
      await guess('203.0.113.9');
      await codeOf(accounts.signIn('mallory', PASSWORD, '203.0.113.9'));
    }
    expect(await guess('203.0.113.9')).toBe(STOPPED);
  });

  it('counts names that nobody can have, too', async () => {
    const { guess } = await withDora({ limits: { perAddress: 5 } });
    const codes = await times(6, (n) => guess('203.0.113.9', `\u0000${n}`));
    expect(codes.at(-1)).toBe(STOPPED);
  });
});

describe('one account from many addresses', () => {
  const attacked = async () => {
    const all = await withDora({ limits: { perAccount: 20 } });
    await times(20, (n) => all.guess(`203.0.113.${n}`));
    return all;
  };

  it('does not lock the owner out: a right password from an address without failures goes through', async () => {
    const { owner } = await attacked();
    expect(await owner(HOME)).toBe('none');
  });

  it('leaves a new address one guess, and one that has failed none', async () => {
    const { guess } = await attacked();
    expect(await guess('203.0.113.0')).toBe(STOPPED);
    expect(await times(2, () => guess('198.51.100.1'))).toEqual([WRONG, STOPPED]);
  });

  it('makes an owner who mistyped wait no longer than the window', async () => {
    const { accounts, guess, owner, time } = await attacked();
    await guess(HOME);
    const error = await accounts.signIn('dora', PASSWORD, HOME).catch((e: { retryAfter: number }) => e);
    expect(error).toMatchObject({ code: STOPPED });
    time.now += (error as { retryAfter: number }).retryAfter * 1000;
    expect(await owner(HOME)).toBe('none');
  });

  it('leaves every other account alone', async () => {
    const { accounts } = await attacked();
    await accounts.register('erik', PASSWORD);
    expect(await codeOf(accounts.signIn('erik', PASSWORD, '203.0.113.0'))).toBe('none');
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
    expect(addressKey(address)).toBe(key);
  });

  it('that are no address stay bounded', () => {
    expect(addressKey('x'.repeat(100_000))).toHaveLength(64);
  });

  it('of one IPv6 network count as one', async () => {
    const { guess } = await withDora({ limits: { perAddress: 5 } });
    expect((await times(6, (n) => guess(`2001:db8:1:2::${n}`))).at(-1)).toBe(STOPPED);
  });
});

describe('memory', () => {
  const counts = (time: { now: number }, maxKeys: number) =>
    createFailureCounts({ limit: 2, windowMs: 1_000, maxKeys, clock: () => time.now });

  it('holds at most maxKeys, and forgets the oldest failure first', () => {
    const failures = counts({ now: 0 }, 3);
    for (const key of ['a', 'a', 'b', 'b', 'c', 'a', 'd']) failures.add(key);
    expect(failures.size).toBe(3);
    expect(failures.waitMs('b')).toBe(0);
    expect(failures.waitMs('a')).toBeGreaterThan(0);
  });

  it('frees what has drained', () => {
    const time = { now: 0 };
    const failures = counts(time, 100);
    for (let n = 0; n < 50; n += 1) failures.add(`key-${n}`);
    time.now = 1_000;
    failures.add('last');
    expect(failures.size).toBe(1);
  });
});

it.each([{ perAccount: 0 }, { windowMs: Number.NaN }, { maxKeys: 1.5 }])('refuses the limits %j', (limits) => {
  const { directory, passwords } = setUp();
  expect(() => createAccounts({ directory, passwords, limits })).toThrow(
    expect.objectContaining({ code: 'ERR_ACCOUNTS_OPTION_INVALID' }),
  );
});
