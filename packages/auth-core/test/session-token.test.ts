// The two names of a session: the token that its user holds, and the id under which a store keeps it.

import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import {
  deriveForeignSessionId,
  derivePartition,
  deriveSessionId,
  isSessionId,
  mintSessionToken,
  mintSuccessorToken,
  PARTITION_LENGTH,
} from '../src/store.ts';

const user = fc.string({ unit: 'binary' });
const makeId = (userId?: string) => deriveSessionId(mintSessionToken(userId)) ?? '';

it('a token has 32 random bytes after its partition, and is never minted twice', () => {
  const tokens = Array.from({ length: 10_000 }, (_, i) => mintSessionToken(i % 2 ? 'ada' : undefined));
  const secrets = new Set(tokens.map((token) => token.slice(PARTITION_LENGTH)));
  expect(secrets.size).toBe(10_000);
  for (const secret of secrets) expect(Buffer.from(secret, 'base64url')).toHaveLength(32);
});

it('each of the 64 characters is about equally frequent at each place of a token', () => {
  const tokens = Array.from({ length: 6_400 }, () => mintSessionToken(undefined));
  // The last character of 32 bytes holds 4 bits.
  for (let place = 0; place < 58; place++) {
    const counts = new Map<string, number>();
    for (const token of tokens) counts.set(token[place] as string, (counts.get(token[place] as string) ?? 0) + 1);
    expect(counts.size).toBe(64);
    expect(Math.max(...counts.values())).toBeLessThan(200);
  }
});

it('all sessions of a user have one partition, and each anonymous session has its own', () => {
  fc.assert(
    fc.property(user, (userId) => {
      const [one, other] = [mintSessionToken(userId), mintSessionToken(userId)];
      expect(one).toMatch(/^[\w-]{59}$/);
      expect(one.slice(0, PARTITION_LENGTH)).toBe(derivePartition(userId));
      expect(other.slice(0, PARTITION_LENGTH)).toBe(derivePartition(userId));
    }),
  );
  const places = Array.from({ length: 1_000 }, () => mintSessionToken(undefined).slice(0, PARTITION_LENGTH));
  expect(new Set(places).size).toBe(1_000);
});

it('different users have different partitions, which do not reveal the user id', () => {
  fc.assert(
    fc.property(user, user, (one, other) => {
      fc.pre(one !== other);
      expect(derivePartition(one)).not.toBe(derivePartition(other));
    }),
  );
  expect(derivePartition('ada')).not.toContain('ada');
});

it('an id is the partition and the SHA-256 of the token', () => {
  const token = mintSessionToken('ada');
  const id = deriveSessionId(token) ?? '';
  expect(id).toBe(derivePartition('ada') + createHash('sha256').update(token).digest('base64url'));
  expect(id).not.toContain(token.slice(PARTITION_LENGTH));
});

it('an id is not accepted as the token that it was derived from', () => {
  const id = makeId('ada');
  expect(deriveSessionId(id)).not.toBe(id);
});

it('a successor has the same partition', () => {
  const id = makeId();
  const next = mintSuccessorToken(id);
  expect(next.slice(0, PARTITION_LENGTH)).toBe(id.slice(0, PARTITION_LENGTH));
  expect(deriveSessionId(next)).not.toBe(id);
  expect(mintSuccessorToken(id)).not.toBe(next);
});

it('a text that has not the form of a token has no id', () => {
  const token = mintSessionToken('ada');
  const others = ['', token.slice(1), `${token}A`, `${token.slice(1)}=`, `${token.slice(1)}\n`, ` ${token.slice(1)}`];
  for (const text of [...others, token.replace(/.$/, 'é'), 'x'.repeat(1_000_000)]) {
    expect(deriveSessionId(text)).toBeUndefined();
  }
  fc.assert(fc.property(fc.string({ maxLength: 58 }), (text) => deriveSessionId(text) === undefined));
});

it('any token of another library has an id of the same form', () => {
  fc.assert(
    fc.property(user, user, (one, other) => {
      expect(isSessionId(deriveForeignSessionId(one), undefined)).toBe(true);
      expect(deriveForeignSessionId(one) === deriveForeignSessionId(other)).toBe(one === other);
    }),
  );
});

it("an id is accepted only in its user's partition", () => {
  fc.assert(
    fc.property(user, user, (owner, other) => {
      fc.pre(owner !== other);
      expect(isSessionId(makeId(owner), owner)).toBe(true);
      expect(isSessionId(makeId(owner), undefined)).toBe(true);
      expect(isSessionId(makeId(owner), other)).toBe(false);
      expect(isSessionId(makeId(), owner)).toBe(false);
    }),
  );
  for (const text of ['', `${makeId()}\n`, `${makeId().slice(1)}:`, '__proto__']) {
    expect(isSessionId(text, undefined)).toBe(false);
  }
});
