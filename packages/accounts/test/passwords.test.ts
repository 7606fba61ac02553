// bcrypt as it is really run: every byte counts, the line is bounded, the event loop stays free.

import { readFile } from 'node:fs/promises';
import { hash as bcryptHash, verify } from '@node-rs/bcrypt';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ACCOUNTS_ERRORS, AccountsError, createPasswords, type PasswordsOptions } from '../src/index.ts';
import { codeOf } from './fixture.ts';

const low = (options: PasswordsOptions = {}) => createPasswords({ cost: 4, allowLowCost: true, ...options });

describe('every byte of a password counts', () => {
  it('tells two passwords of 100 characters apart that share their first 72 bytes', async () => {
    const passwords = low();
    const shared = 'x'.repeat(72);
    const hash = await passwords.hash(shared + 'a'.repeat(28));
    expect((await passwords.verify(shared + 'a'.repeat(28), hash)).ok).toBe(true);
    expect((await passwords.verify(shared + 'b'.repeat(28), hash)).ok).toBe(false);
  });

  it('does not stop at a NUL', async () => {
    const passwords = low();
    const hash = await passwords.hash('before\u0000after');
    expect((await passwords.verify('before\u0000after', hash)).ok).toBe(true);
    expect((await passwords.verify('before\u0000other', hash)).ok).toBe(false);
    expect((await passwords.verify('before', hash)).ok).toBe(false);
  });

  it('tells a password from its own repetition behind a NUL, which bcrypt alone does not', async () => {
    const passwords = low();
    const hash = await passwords.hash('password');
    expect((await passwords.verify('password\u0000password', hash)).ok).toBe(false);
    expect(await verify('password\u0000password', await bcryptHash('password', { cost: 4 }))).toBe(true);
  });

  it('changes nothing: case, spaces and Unicode forms are part of it', async () => {
    const passwords = low();
    const hash = await passwords.hash(' Zoë ');
    for (const other of ['Zoë', ' zoë ', ' Zoe\u0308 ']) expect((await passwords.verify(other, hash)).ok).toBe(false);
  });

  it('opens with the very same text and with no other', async () => {
    const passwords = low();
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

  it('takes no lone surrogate for the character that UTF-8 makes of it', async () => {
    const passwords = low();
    const hash = await passwords.hash('eight 8 \ufffd');
    expect((await passwords.verify('eight 8 \ud800', hash)).ok).toBe(false);
  });
});

describe('hashes', () => {
  it('carry the version of their form and the cost, and differ each time', async () => {
    const passwords = low();
    const [one, two] = await Promise.all([passwords.hash('same'), passwords.hash('same')]);
    expect(one).toMatch(/^v1\$2b\$04\$.{53}$/);
    expect(one).not.toBe(two);
  });

  it('are due to be made again when their cost is not today’s, and only when the password is right', async () => {
    const hash = await low({ cost: 4 }).hash('right');
    expect(await low({ cost: 5 }).verify('right', hash)).toEqual({ ok: true, rehashDue: true });
    expect(await low({ cost: 5 }).verify('wrong', hash)).toEqual({ ok: false, rehashDue: false });
    expect(await low({ cost: 4 }).verify('right', hash)).toEqual({ ok: true, rehashDue: false });
  });

  it.each(['', 'v2$2b$04$x', '$2b$04$......................', 'v1$nonsense'])(
    'of another form (%j) are an error, not a wrong password',
    async (hash) => {
      expect(await codeOf(low().verify('right', hash))).toBe('ERR_PASSWORD_HASH_UNREADABLE');
    },
  );
});

it('compares for nobody’s password as it does for somebody’s, and nothing opens it', async () => {
  const passwords = low();
  expect(await passwords.verify('', undefined)).toEqual({ ok: false, rehashDue: false });
  expect(passwords.stats().compared).toBe(1);
});

describe('the line in front of bcrypt', () => {
  it('lets in so many, keeps so many waiting, and refuses the rest at once with a time to wait', async () => {
    const passwords = low({ concurrency: 2, maxQueue: 3, poolSize: 4 });
    const calls = Array.from({ length: 8 }, () => passwords.verify('x', undefined));
    const results = Promise.allSettled(calls);
    expect(passwords.stats()).toMatchObject({ running: 2, waiting: 3, refused: 3 });
    const refused = (await results).flatMap((result) => (result.status === 'rejected' ? [result.reason] : []));
    expect(refused).toHaveLength(3);
    for (const error of refused)
      expect(error).toMatchObject({ code: 'ERR_PASSWORD_QUEUE_FULL', statusCode: 503, retryAfter: expect.any(Number) });
    expect(passwords.stats()).toMatchObject({ running: 0, waiting: 0, compared: 5 });
  });

  it('serves in order and lets nobody slip in between', async () => {
    const passwords = low({ concurrency: 1, maxQueue: 10, poolSize: 4 });
    const order: number[] = [];
    const calls = [0, 1, 2].map((n) => passwords.verify('x', undefined).then(() => order.push(n)));
    await calls[0];
    calls.push(passwords.verify('x', undefined).then(() => order.push(3)));
    expect(passwords.stats().running).toBe(1);
    await Promise.all(calls);
    expect(order).toEqual([0, 1, 2, 3]);
  });

  it('gives a place back when the work fails', async () => {
    const passwords = low({ concurrency: 1, maxQueue: 0, poolSize: 4 });
    // Not a string, as from a caller without types: the digest throws.
    await expect(passwords.hash(undefined as unknown as string)).rejects.toThrow(TypeError);
    expect(passwords.stats().running).toBe(0);
    expect((await passwords.verify('x', undefined)).ok).toBe(false);
  });
});

describe('a flood of sign-ins', () => {
  const events = async (concurrency: number) => {
    const passwords = createPasswords({ cost: 11, concurrency, maxQueue: 100, poolSize: 4 });
    const order: string[] = [];
    const flood = Array.from({ length: 4 }, () => passwords.verify('x', undefined).then(() => order.push('verified')));
    return { order, flood };
  };

  it('leaves the event loop free: 100 turns pass before the first of them is through', async () => {
    const { order, flood } = await events(1);
    for (let turn = 0; turn < 100; turn += 1) await new Promise((resolve) => setImmediate(resolve));
    order.push('100 turns');
    await Promise.all(flood);
    expect(order[0]).toBe('100 turns');
  });

  it('leaves a thread of libuv free: a file is read before the first of them is through', async () => {
    const { order, flood } = await events(3);
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
    ['a negative line', { maxQueue: -1 }],
  ])('refuse %s', (_what, options) => {
    expect(() => createPasswords(options)).toThrow(
      expect.objectContaining({ code: 'ERR_ACCOUNTS_OPTION_INVALID', statusCode: 500 }),
    );
  });

  it('take cost 10 unless told otherwise', () => {
    expect(createPasswords().cost).toBe(10);
  });
});

it('gives every code a status and a text', () => {
  for (const [code, { statusCode, message }] of Object.entries(ACCOUNTS_ERRORS)) {
    expect(new AccountsError(code as keyof typeof ACCOUNTS_ERRORS)).toMatchObject({ code, statusCode, message });
    expect(statusCode).toBeGreaterThanOrEqual(400);
  }
});
