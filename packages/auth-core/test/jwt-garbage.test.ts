// For any input, the outcome is a principal or one of two refusals. Nothing is thrown.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ALICE, createStrategy, encode, hs256, openToken, readOutcome, readPrincipal, SECONDS } from './jwt-forge.ts';

const strategy = createStrategy();
const ours = strategy.issue(ALICE).accessToken;
const { header, claims } = openToken(ours);
const REFUSED = ['ERR_TOKEN_INVALID', 'ERR_TOKEN_EXPIRED'];

const judge = (token: unknown) => readOutcome(strategy.authenticate(token as string));

const part = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.base64String().map((text) => text.replaceAll('=', '')),
  fc.json().map(encode),
  fc.constantFrom(...ours.split('.')),
);

describe('authenticate refuses and never throws', () => {
  it('any value is refused or accepted, and nothing is thrown', () => {
    fc.assert(fc.property(fc.anything(), (value) => void expect(REFUSED).toContain(judge(value))));
  });

  it('any parts is refused or accepted, and nothing is thrown', () => {
    fc.assert(
      fc.property(fc.array(part, { maxLength: 6 }), (parts) => {
        const token = parts.join('.');
        if (token !== ours) expect(REFUSED).toContain(judge(token));
      }),
      { numRuns: 500 },
    );
  });

  it('any header with a good signature is refused or accepted, and nothing is thrown', () => {
    fc.assert(fc.property(fc.json(), (text) => void expect(REFUSED).toContain(judge(hs256(text, claims)))));
  });

  it('any payload with a good signature is refused or accepted, and nothing is thrown', () => {
    fc.assert(fc.property(fc.json(), (text) => void expect(REFUSED).toContain(judge(hs256(header, text)))));
  });

  it('any value in any claim with a good signature is refused or accepted, and nothing is thrown', () => {
    const changed = fc.tuple(fc.constantFrom(...Object.keys(claims), 'nbf'), fc.jsonValue());
    fc.assert(
      fc.property(changed, ([name, value]) => {
        expect([...REFUSED, 'accepted']).toContain(judge(hs256(header, { ...claims, [name]: value })));
      }),
      { numRuns: 500 },
    );
  });

  it('a token is refused when the codec throws', () => {
    const codec = {
      signer: () => () => '',
      verifier: () => () => {
        throw new Error('the codec is broken');
      },
    };
    expect(readOutcome(createStrategy({ codec }).authenticate(ours))).toBe('ERR_TOKEN_INVALID');
  });
});

describe('issue and authenticate', () => {
  it('issue and authenticate agree on any subject', () => {
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
        expect(readPrincipal(strategy.authenticate(accessToken))).toEqual({ ...given, credential });
      }),
    );
  });

  it('any further member is accepted, and refused when it is there twice', () => {
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
