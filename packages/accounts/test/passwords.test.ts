// Passwords with real bcrypt: every byte counts, the queue is bounded, the event loop stays free.

import { readFile } from 'node:fs/promises';
import { hash as bcryptHash, verify } from '@node-rs/bcrypt';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ACCOUNTS_ERRORS, AccountsError, createPasswords, type PasswordsOptions } from '../src/index.ts';
import { readCode } from './fixture.ts';

const createCheap = (options: PasswordsOptions = {}) => createPasswords({ cost: 4, allowLowCost: true, ...options });

describe('every byte of a password counts', () => {
  it('distinguishes two passwords of 100 characters that share their first 72 bytes', async () => {
    const passwords = createCheap();
    const shared = 'x'.repeat(72);
    const hash = await passwords.hash(shared + 'a'.repeat(28));
    expect((await passwords.verify(shared + 'a'.repeat(28), hash)).ok).toBe(true);
    expect((await passwords.verify(shared + 'b'.repeat(28), hash)).ok).toBe(false);
  });

  it('does not stop at a NUL', async () => {
    const passwords = createCheap();
    const hash = await passwords.hash('before\u0000after');
    expect((await passwords.verify('before\u0000after', hash)).ok).toBe(true);
    expect((await passwords.verify('before\u0000other', hash)).ok).toBe(false);
    expect((await passwords.verify('before', hash)).ok).toBe(false);
  });

  it('distinguishes a password from its repetition after a NUL, which bcrypt alone does not', async () => {
    const passwords = createCheap();
    const hash = await passwords.hash('password');
    expect((await passwords.verify('password\u0000password', hash)).ok).toBe(false);
    expect(await verify('password\u0000password', await bcryptHash('password', { cost: 4 }))).toBe(true);
  });

  it('keeps case, spaces and Unicode forms as part of the password', async () => {
    const passwords = createCheap();
    const hash = await passwords.hash(' Zoë ');
    for (const other of ['Zoë', ' zoë ', ' Zoe\u0308 ']) expect((await passwords.verify(other, hash)).ok).toBe(false);
  });

  it('accepts exactly the same text and no other', async () => {
    const passwords = createCheap();
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
    const passwords = createCheap();
    const hash = await passwords.hash('eight 8 \ufffd');
    expect((await passwords.verify('eight 8 \ud800', hash)).ok).toBe(false);
  });
});

describe('hashes', () => {
  it('carry a format version and the cost, and differ each time', async () => {
    const passwords = createCheap();
    const [one, two] = await Promise.all([passwords.hash('same'), passwords.hash('same')]);
    expect(one).toMatch(/^v1\$2b\$04\$.{53}$/);
    expect(one).not.toBe(two);
  });

  it('are due for a rehash if their cost is not the configured one and the password is right', async () => {
    const hash = await createCheap({ cost: 4 }).hash('right');
    expect(await createCheap({ cost: 5 }).verify('right', hash)).toEqual({ ok: true, rehashDue: true });
    expect(await createCheap({ cost: 5 }).verify('wrong', hash)).toEqual({ ok: false, rehashDue: false });
    expect(await createCheap({ cost: 4 }).verify('right', hash)).toEqual({ ok: true, rehashDue: false });
  });

  it.each(['', 'v2$2b$04$x', '$2b$04$......................', 'v1$nonsense'])(
    'of another format (%j) are an error, not a wrong password',
    async (hash) => {
      expect(await readCode(createCheap().verify('right', hash))).toBe('ERR_PASSWORD_HASH_UNREADABLE');
    },
  );
});

it('compares for an unknown user as for a known one, and no password matches', async () => {
  const passwords = createCheap();
  expect(await passwords.verify('', undefined)).toEqual({ ok: false, rehashDue: false });
  expect(passwords.stats().compared).toBe(1);
});

describe('the queue in front of bcrypt', () => {
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
  const startFlood = async (concurrency: number) => {
    const passwords = createPasswords({ cost: 11, concurrency, maxQueue: 100, poolSize: 4 });
    const order: string[] = [];
    const flood = Array.from({ length: 4 }, () => passwords.verify('x', undefined).then(() => order.push('verified')));
    return { order, flood };
  };

  it('leaves the event loop free: 100 turns pass before the first of them ends', async () => {
    const { order, flood } = await startFlood(1);
    for (let turn = 0; turn < 100; turn += 1) await new Promise((resolve) => setImmediate(resolve));
    order.push('100 turns');
    await Promise.all(flood);
    expect(order[0]).toBe('100 turns');
  });

  it('leaves a thread of libuv free: a file is read before the first of them ends', async () => {
    const { order, flood } = await startFlood(3);
    const reading = readFile(new URL(import.meta.url)).then(() => order.push('file'));
    await Promise.all([...flood, reading]);
    expect(order[0]).toBe('file');
  });
});

describe('options', () => {
  it.each([
    ['a cost below 10', { cost: 9 }],
    ['a cost below 4', { cost: 3, allowLowCost: true }],
    ['a cost that takes seconds', { cost: 16 }],
    ['a cost that is not whole', { cost: 10.5 }],
    ['a cost that is no number', { cost: Number.NaN }],
    ['every thread of libuv', { concurrency: 4, poolSize: 4 }],
    ['no concurrency', { concurrency: 0 }],
    ['a pool of one thread', { poolSize: 1 }],
    ['a negative queue', { maxQueue: -1 }],
  ])('refuse %s', (_what, options) => {
    expect(() => createPasswords(options)).toThrow(
      expect.objectContaining({ code: 'ERR_ACCOUNTS_OPTION_INVALID', statusCode: 500 }),
    );
  });

  it('default to cost 12', () => {
    expect(createPasswords().cost).toBe(12);
  });
});

it('gives every code a status and a text', () => {
  for (const [code, { statusCode, message }] of Object.entries(ACCOUNTS_ERRORS)) {
    expect(new AccountsError(code as keyof typeof ACCOUNTS_ERRORS)).toMatchObject({ code, statusCode, message });
    expect(statusCode).toBeGreaterThanOrEqual(400);
  }
});
