// Passwords with real hashes: every byte counts, the queue is bounded, the event loop stays free.

import { readFile } from 'node:fs/promises';
import { hash as bcryptHash, verify } from '@node-rs/bcrypt';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ACCOUNTS_ERRORS, AccountsError, createPasswords, type PasswordsOptions } from '../src/index.ts';
import { CHEAP, OLDER, readCode, STRONGER } from './fixture.ts';

const createCheap = (options: PasswordsOptions = {}) => createPasswords({ ...CHEAP, ...options });

describe.each([
  ['argon2id', CHEAP],
  ['bcrypt', OLDER],
])('every byte of a password counts for %s', (_name, kind) => {
  it('distinguishes two passwords of 100 characters that share their first 72 bytes', async () => {
    const passwords = createPasswords(kind);
    const shared = 'x'.repeat(72);
    const hash = await passwords.hash(shared + 'a'.repeat(28));
    expect((await passwords.verify(shared + 'a'.repeat(28), hash)).ok).toBe(true);
    expect((await passwords.verify(shared + 'b'.repeat(28), hash)).ok).toBe(false);
  });

  it('does not stop at a NUL', async () => {
    const passwords = createPasswords(kind);
    const hash = await passwords.hash('before\u0000after');
    expect((await passwords.verify('before\u0000after', hash)).ok).toBe(true);
    expect((await passwords.verify('before\u0000other', hash)).ok).toBe(false);
    expect((await passwords.verify('before', hash)).ok).toBe(false);
  });

  it('distinguishes a password from its repetition after a NUL', async () => {
    const passwords = createPasswords(kind);
    const hash = await passwords.hash('password');
    expect((await passwords.verify('password\u0000password', hash)).ok).toBe(false);
  });

  it('keeps case, spaces and Unicode forms as part of the password', async () => {
    const passwords = createPasswords(kind);
    const hash = await passwords.hash(' Zoë ');
    for (const other of ['Zoë', ' zoë ', ' Zoe\u0308 ']) expect((await passwords.verify(other, hash)).ok).toBe(false);
  });

  it('accepts exactly the same text and no other', async () => {
    const passwords = createPasswords(kind);
    const text = fc.string({ unit: 'binary', maxLength: 128 });
    await fc.assert(
      fc.asyncProperty(text, text, async (one, other) => {
        const hash = await passwords.hash(one);
        expect((await passwords.verify(one, hash)).ok).toBe(true);
        expect((await passwords.verify(other, hash)).ok).toBe(one === other);
      }),
      { numRuns: 30 },
    );
  });

  it('does not accept a lone surrogate for the character that UTF-8 makes of it', async () => {
    const passwords = createPasswords(kind);
    const hash = await passwords.hash('eight 8 \ufffd');
    expect((await passwords.verify('eight 8 \ud800', hash)).ok).toBe(false);
  });
});

it('hashes a digest of the password, because bcrypt alone takes a password and its repetition after a NUL for one', async () => {
  expect(await verify('password\u0000password', await bcryptHash('password', { cost: 4 }))).toBe(true);
  const hash = await createPasswords(OLDER).hash('password');
  expect(await verify('password', hash.slice(2))).toBe(false);
});

describe('hashes', () => {
  it.each([
    ['argon2id', CHEAP, /^\$argon2id\$v=19\$m=8,t=1,p=1\$[A-Za-z\d+/]{22}\$[A-Za-z\d+/]{43}$/],
    ['bcrypt', OLDER, /^v1\$2b\$04\$.{53}$/],
  ])('carry the algorithm and its parameters, and differ each time: %s', async (_name, options, form) => {
    const passwords = createPasswords(options);
    const [one, two] = await Promise.all([passwords.hash('same'), passwords.hash('same')]);
    expect(one).toMatch(form);
    expect(one.startsWith(passwords.prefix)).toBe(true);
    expect(one).not.toBe(two);
  });

  // From test.c of the reference implementation, https://github.com/P-H-C/phc-winner-argon2
  it.each([
    '$argon2id$v=19$m=256,t=2,p=1$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4',
    '$argon2id$v=19$m=256,t=2,p=2$c29tZXNhbHQ$bQk8UB/VmZZF4Oo79iDXuL5/0ttZwg2f/5U52iv1cDc',
  ])('of the reference implementation match: %s', async (hash) => {
    const passwords = createCheap();
    expect(await passwords.verify('password', hash)).toEqual({ ok: true, rehashDue: true });
    expect(await passwords.verify('Password', hash)).toEqual({ ok: false, rehashDue: false });
  });

  it.each([
    ['of other parameters', CHEAP],
    ['of bcrypt', OLDER],
  ])('%s are due for a rehash if the password is right', async (_what, older) => {
    const hash = await createPasswords(older).hash('right');
    const passwords = createPasswords(STRONGER);
    expect(await passwords.verify('right', hash)).toEqual({ ok: true, rehashDue: true });
    expect(await passwords.verify('wrong', hash)).toEqual({ ok: false, rehashDue: false });
    expect(await passwords.verify('right', await passwords.hash('right'))).toEqual({ ok: true, rehashDue: false });
  });

  it.each([
    '',
    '$2b$04$......................',
    'v2$2b$04$x',
    'v1$nonsense',
    `v1$2b$31$${'.'.repeat(53)}`,
    '$argon2id$v=19$m=256,t=2,p=1$c29tZXNhbHQ',
    '$argon2id$v=18$m=256,t=2,p=1$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4',
    '$argon2i$v=19$m=256,t=2,p=1$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4',
    '$argon2id$v=19$m=256,t=0,p=1$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4',
    '$argon2id$v=19$m=9,t=1,p=2$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4',
    '$argon2id$v=19$m=9999999,t=1,p=1$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4',
  ])('of another form (%j) are an error, not a wrong password', async (hash) => {
    expect(await readCode(createCheap().verify('right', hash))).toBe('ERR_PASSWORD_HASH_UNREADABLE');
  });
});

it('compares for an unknown user as for a known one, and no password matches', async () => {
  const passwords = createCheap();
  expect(await passwords.verify('', undefined)).toEqual({ ok: false, rehashDue: false });
  expect(passwords.stats().compared).toBe(1);
});

describe('the queue in front of the hashing', () => {
  it('runs some tasks, keeps some waiting, and refuses the rest immediately with a time to wait', async () => {
    const passwords = createCheap({ concurrency: 2, maxQueue: 3, poolSize: 4 });
    const calls = Array.from({ length: 8 }, () => passwords.verify('x', undefined));
    const results = Promise.allSettled(calls);
    expect(passwords.stats()).toMatchObject({ running: 2, waiting: 3, refused: 3 });
    const refused = (await results).flatMap((result) => (result.status === 'rejected' ? [result.reason] : []));
    expect(refused).toHaveLength(3);
    for (const error of refused)
      expect(error).toMatchObject({ code: 'ERR_PASSWORD_QUEUE_FULL', statusCode: 503, retryAfter: expect.any(Number) });
    expect(passwords.stats()).toMatchObject({ running: 0, waiting: 0, compared: 5 });
  });

  it('runs tasks in order, and no later one overtakes', async () => {
    const passwords = createCheap({ concurrency: 1, maxQueue: 10, poolSize: 4 });
    const order: number[] = [];
    const calls = [0, 1, 2].map((n) => passwords.verify('x', undefined).then(() => order.push(n)));
    await calls[0];
    calls.push(passwords.verify('x', undefined).then(() => order.push(3)));
    expect(passwords.stats().running).toBe(1);
    await Promise.all(calls);
    expect(order).toEqual([0, 1, 2, 3]);
  });

  it('frees the slot when a task fails', async () => {
    const passwords = createCheap({ concurrency: 1, maxQueue: 0, poolSize: 4 });
    // Not a string, as from a caller without types: the digest throws.
    await expect(passwords.hash(undefined as unknown as string)).rejects.toThrow(TypeError);
    expect(passwords.stats().running).toBe(0);
    expect((await passwords.verify('x', undefined)).ok).toBe(false);
  });
});

describe('a flood of sign-ins', () => {
  const startFlood = (concurrency: number) => {
    const passwords = createPasswords({ concurrency, maxQueue: 100, poolSize: 4 });
    const order: string[] = [];
    const flood = Array.from({ length: 4 }, () => passwords.verify('x', undefined).then(() => order.push('verified')));
    return { order, flood };
  };

  it('leaves the event loop free: 100 turns pass before the first of them ends', async () => {
    const { order, flood } = startFlood(1);
    for (let turn = 0; turn < 100; turn += 1) await new Promise((resolve) => setImmediate(resolve));
    order.push('100 turns');
    await Promise.all(flood);
    expect(order[0]).toBe('100 turns');
  });

  it('leaves a thread of libuv free: a file is read before the first of them ends', async () => {
    const { order, flood } = startFlood(3);
    const reading = readFile(new URL(import.meta.url)).then(() => order.push('file'));
    await Promise.all([...flood, reading]);
    expect(order[0]).toBe('file');
  });
});

describe('options', () => {
  it.each<[string, PasswordsOptions]>([
    ['memory below 19 MiB', { memoryKib: 19_455 }],
    ['memory below 46 MiB with one pass', { memoryKib: 47_103, passes: 1 }],
    ['memory below 8 KiB', { memoryKib: 7, allowLowCost: true }],
    ['memory that is not whole', { memoryKib: 20_000.5 }],
    ['no pass', { passes: 0 }],
    ['passes that take minutes', { passes: 101 }],
    ['more than 1 GiB for the hashes that run together', { memoryKib: 1_048_576, concurrency: 2 }],
    ['a bcrypt cost below 10', { algorithm: 'bcrypt', cost: 9 }],
    ['a bcrypt cost below 4', { algorithm: 'bcrypt', cost: 3, allowLowCost: true }],
    ['a bcrypt cost that takes seconds', { algorithm: 'bcrypt', cost: 16 }],
    ['a bcrypt cost that is not whole', { algorithm: 'bcrypt', cost: 10.5 }],
    ['a bcrypt cost that is no number', { algorithm: 'bcrypt', cost: Number.NaN }],
    ['another algorithm', { algorithm: 'md5' as 'bcrypt' }],
    ['every thread of libuv', { concurrency: 4, poolSize: 4 }],
    ['no concurrency', { concurrency: 0 }],
    ['a pool of one thread', { poolSize: 1 }],
    ['a negative queue', { maxQueue: -1 }],
  ])('refuse %s', (_what, options) => {
    expect(() => createPasswords(options)).toThrow(
      expect.objectContaining({ code: 'ERR_ACCOUNTS_OPTION_INVALID', statusCode: 500 }),
    );
  });

  it('default to argon2id with the minimum of OWASP', () => {
    expect(createPasswords().prefix).toBe('$argon2id$v=19$m=19456,t=2,p=1$');
  });

  it('default to a bcrypt cost of 12', () => {
    expect(createPasswords({ algorithm: 'bcrypt' }).prefix).toBe('v1$2b$12$');
  });

  it('bound the memory of all hashes that run together', () => {
    expect(createPasswords({ concurrency: 3, poolSize: 4 }).memoryBytes).toBe(3 * 19 * 1024 * 1024);
  });
});

it('gives every code a status and a text', () => {
  for (const [code, { statusCode, message }] of Object.entries(ACCOUNTS_ERRORS)) {
    expect(new AccountsError(code as keyof typeof ACCOUNTS_ERRORS)).toMatchObject({ code, statusCode, message });
    expect(statusCode).toBeGreaterThanOrEqual(400);
  }
});
