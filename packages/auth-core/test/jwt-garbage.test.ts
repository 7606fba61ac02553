// Whatever comes in, what comes out is a principal or one of two errors.

import { AuthError } from '@statecraft/auth-core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ALICE, encode, hs256, open, outcomeOf, SECONDS, strategyOf } from './jwt-forge.ts';

const strategy = strategyOf();
const ours = strategy.issue(ALICE).accessToken;
const { header, claims } = open(ours);
const REFUSED = ['ERR_TOKEN_INVALID', 'ERR_TOKEN_EXPIRED'];

const judge = (token: unknown) => outcomeOf(() => strategy.authenticate(token as string));

const part = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.base64String().map((text) => text.replaceAll('=', '')),
  fc.json().map(encode),
  fc.constantFrom(...ours.split('.')),
);

describe('authenticate never throws anything but AuthError', () => {
  it('for any value', () => {
    fc.assert(fc.property(fc.anything(), (value) => void expect(REFUSED).toContain(judge(value))));
  });

  it('for any parts', () => {
    fc.assert(
      fc.property(fc.array(part, { maxLength: 6 }), (parts) => {
        const token = parts.join('.');
        if (token !== ours) expect(REFUSED).toContain(judge(token));
      }),
      { numRuns: 500 },
    );
  });

  it('for any header with a good signature', () => {
    fc.assert(fc.property(fc.json(), (text) => void expect(REFUSED).toContain(judge(hs256(text, claims)))));
  });

  it('for any payload with a good signature', () => {
    fc.assert(fc.property(fc.json(), (text) => void expect(REFUSED).toContain(judge(hs256(header, text)))));
  });

  it('for any value in any claim with a good signature', () => {
    const changed = fc.tuple(fc.constantFrom(...Object.keys(claims), 'nbf'), fc.jsonValue());
    fc.assert(
      fc.property(changed, ([name, value]) => {
        expect([...REFUSED, 'accepted']).toContain(judge(hs256(header, { ...claims, [name]: value })));
      }),
      { numRuns: 500 },
    );
  });

  it('when the codec breaks, and keeps the cause', () => {
    const broken = new Error('the codec is broken');
    const codec = {
      signer: () => () => '',
      verifier: () => () => {
        throw broken;
      },
    };
    let seen: unknown;
    try {
      strategyOf({ codec }).authenticate(ours);
    } catch (error) {
      seen = error;
    }
    expect(seen).toBeInstanceOf(AuthError);
    expect(seen).toMatchObject({ code: 'ERR_TOKEN_INVALID', cause: broken });
  });
});

describe('issue and authenticate', () => {
  it('agree on any subject', () => {
    const text = fc.string({ unit: 'binary', maxLength: 50 });
    const subject = fc.record({
      userId: fc.string({ unit: 'binary', minLength: 1 }),
      username: text,
      roles: fc.array(text),
    });
    fc.assert(
      fc.property(subject, (given) => {
        const { accessToken, tokenId } = strategy.issue(given);
        const credential = { kind: 'jwt', tokenId, expiresAt: (SECONDS + 900) * 1000 };
        expect(strategy.authenticate(accessToken)).toEqual({ ...given, credential });
      }),
    );
  });

  it('any member more is no harm, unless it is there twice', () => {
    const names = fc.string({ minLength: 1 }).filter((name) => !(name in claims) && name !== 'nbf');
    fc.assert(
      fc.property(names, fc.jsonValue(), (name, value) => {
        const member = `${JSON.stringify(name)}:${JSON.stringify(value)}`;
        const text = JSON.stringify(claims);
        expect(
          judge(
            hs256(
              header,
              text.replace('{', () => `{${member},`),
            ),
          ),
        ).toBe('accepted');
        expect(
          judge(
            hs256(
              header,
              text.replace('{', () => `{${member},${member},`),
            ),
          ),
        ).toBe('ERR_TOKEN_INVALID');
      }),
    );
  });
});
