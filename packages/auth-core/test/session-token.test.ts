// The two names of a session: the token that its user holds, and the id under which a store keeps it.

import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import {
  isSessionId,
  mintSessionToken,
  mintSuccessorToken,
  PARTITION_LENGTH,
  partitionOf,
  sessionIdOf,
  sessionIdOfForeign,
} from '../src/index.ts';

const user = fc.string({ unit: 'binary' });
const idFor = (userId?: string) => sessionIdOf(mintSessionToken(userId)) ?? '';

it('makes a token of 32 random bytes after its place, and never the same one twice', () => {
  const tokens = Array.from({ length: 10_000 }, (_, i) => mintSessionToken(i % 2 ? 'ada' : undefined));
  const secrets = new Set(tokens.map((token) => token.slice(PARTITION_LENGTH)));
  expect(secrets.size).toBe(10_000);
  for (const secret of secrets) expect(Buffer.from(secret, 'base64url')).toHaveLength(32);
});

it('spreads a token evenly: each of the 64 characters stands about as often at each place', () => {
  const tokens = Array.from({ length: 6_400 }, () => mintSessionToken(undefined));
  // The last character of 32 bytes holds 4 bits.
  for (let place = 0; place < 58; place++) {
    const counts = new Map<string, number>();
    for (const token of tokens) counts.set(token[place] as string, (counts.get(token[place] as string) ?? 0) + 1);
    expect(counts.size).toBe(64);
    expect(Math.max(...counts.values())).toBeLessThan(200);
  }
});

it('puts all sessions of a user in one partition, and each anonymous one in its own', () => {
  fc.assert(
    fc.property(user, (userId) => {
      const [one, other] = [mintSessionToken(userId), mintSessionToken(userId)];
      expect(one).toMatch(/^[\w-]{59}$/);
      expect(one.slice(0, PARTITION_LENGTH)).toBe(partitionOf(userId));
      expect(other.slice(0, PARTITION_LENGTH)).toBe(partitionOf(userId));
    }),
  );
  const places = Array.from({ length: 1_000 }, () => mintSessionToken(undefined).slice(0, PARTITION_LENGTH));
  expect(new Set(places).size).toBe(1_000);
});

it('gives different users different partitions, from which no user id can be read', () => {
  fc.assert(
    fc.property(user, user, (one, other) => {
      fc.pre(one !== other);
      expect(partitionOf(one)).not.toBe(partitionOf(other));
    }),
  );
  expect(partitionOf('ada')).not.toContain('ada');
});

it('keeps the partition in the id and hides the rest behind SHA-256', () => {
  const token = mintSessionToken('ada');
  const id = sessionIdOf(token) ?? '';
  expect(id).toBe(partitionOf('ada') + createHash('sha256').update(token).digest('base64url'));
  expect(id).not.toContain(token.slice(PARTITION_LENGTH));
});

it('does not take an id for the token that it was made of', () => {
  const id = idFor('ada');
  expect(sessionIdOf(id)).not.toBe(id);
});

it('mints a successor in the same partition', () => {
  const id = idFor();
  const next = mintSuccessorToken(id);
  expect(next.slice(0, PARTITION_LENGTH)).toBe(id.slice(0, PARTITION_LENGTH));
  expect(sessionIdOf(next)).not.toBe(id);
  expect(mintSuccessorToken(id)).not.toBe(next);
});

it('has no id for a text that is no token', () => {
  const token = mintSessionToken('ada');
  const others = ['', token.slice(1), `${token}A`, `${token.slice(1)}=`, `${token.slice(1)}\n`, ` ${token.slice(1)}`];
  for (const text of [...others, token.replace(/.$/, 'é'), 'x'.repeat(1_000_000)]) {
    expect(sessionIdOf(text)).toBeUndefined();
  }
  fc.assert(fc.property(fc.string({ maxLength: 58 }), (text) => sessionIdOf(text) === undefined));
});

it('gives a token that another library made an id of the same form, whatever it is', () => {
  fc.assert(
    fc.property(user, user, (one, other) => {
      expect(isSessionId(sessionIdOfForeign(one), undefined)).toBe(true);
      expect(sessionIdOfForeign(one) === sessionIdOfForeign(other)).toBe(one === other);
    }),
  );
});

it("accepts an id only in its user's partition", () => {
  fc.assert(
    fc.property(user, user, (owner, other) => {
      fc.pre(owner !== other);
      expect(isSessionId(idFor(owner), owner)).toBe(true);
      expect(isSessionId(idFor(owner), undefined)).toBe(true);
      expect(isSessionId(idFor(owner), other)).toBe(false);
      expect(isSessionId(idFor(), owner)).toBe(false);
    }),
  );
  for (const text of ['', `${idFor()}\n`, `${idFor().slice(1)}:`, '__proto__']) {
    expect(isSessionId(text, undefined)).toBe(false);
  }
});
