// HMAC out of two hashes is Node's own HMAC, for every key and every text.

import { createHmac } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createHmacSha256 } from '../src/strategies/jwt/hmac.ts';

const nodes = (secret: Uint8Array, text: string) =>
  createHmac('sha256', secret).update(text, 'latin1').digest('base64url');
const secrets = fc.uint8Array({ maxLength: 200 });
const latin1 = fc.uint8Array({ maxLength: 3_000 }).map((bytes) => Buffer.from(bytes).toString('latin1'));

describe('sign', () => {
  it('answers what createHmac answers, text after text with one key', () => {
    fc.assert(
      fc.property(secrets, fc.array(latin1, { minLength: 1, maxLength: 4 }), (secret, texts) => {
        const { sign } = createHmacSha256(secret);
        expect(texts.map(sign)).toEqual(texts.map((text) => nodes(secret, text)));
      }),
    );
  });

  it.each([63, 64, 65])('takes a key of %d bytes', (length) => {
    const secret = Buffer.alloc(length, 7);
    expect(createHmacSha256(secret).sign('text')).toBe(nodes(secret, 'text'));
  });
});

describe('verify', () => {
  const { sign, verify } = createHmacSha256(Buffer.from('a secret of more than thirty-two bytes'));
  const good = sign('text');

  it('accepts the signature of this text alone', () => {
    expect([verify('text', good), verify('texu', good)]).toEqual([true, false]);
  });

  it('refuses every other character at every place', () => {
    const others = [...good].map((sign, at) => `${good.slice(0, at)}${sign === 'A' ? 'B' : 'A'}${good.slice(at + 1)}`);
    expect(others.filter((signature) => verify('text', signature))).toEqual([]);
  });

  it.each([
    ['nothing', ''],
    ['less', good.slice(1)],
    ['more', `${good}=`],
    ['a character that has the same last eight bits', String.fromCharCode(good.charCodeAt(0) + 256) + good.slice(1)],
  ])('refuses %s', (_what, signature) => {
    expect(verify('text', signature)).toBe(false);
  });
});
