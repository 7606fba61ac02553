// The default codec against the vectors of the standards, so that it and other libraries accept each other's
// signatures.

import { createPrivateKey, createPublicKey, createSecretKey } from 'node:crypto';
import { type JwtCodecKey, nodeCodec } from '@statecraft/auth-core';
import { describe, expect, it } from 'vitest';
import { ALICE, createStrategy, openToken } from './jwt-forge.ts';

/** RFC 7515, A.1. */
const A1 = {
  secret: 'AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75aKtMN3Yj0iPS4hcgUuTwjAzZr1Z9CAow',
  token:
    'eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9.' +
    'eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ.' +
    'dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk',
};

/** RFC 8037, A.1, A.4 and A.5. */
const ED = {
  jwk: {
    kty: 'OKP',
    crv: 'Ed25519',
    d: 'nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A',
    x: '11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo',
  },
  token:
    'eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc.' +
    'hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg',
};

const secret = createSecretKey(Buffer.from(A1.secret, 'base64url'));
const hs: JwtCodecKey = { kid: 'k', alg: 'HS256', header: '', signing: secret, verifying: secret };
const ed: JwtCodecKey = {
  kid: 'k',
  alg: 'EdDSA',
  header: '',
  signing: createPrivateKey({ key: ED.jwk, format: 'jwk' }),
  verifying: createPublicKey({ key: ED.jwk, format: 'jwk' }),
};

describe.each([
  ['RFC 7515 A.1, HS256', hs, A1.token],
  ['RFC 8037 A.4, Ed25519', ed, ED.token],
])('%s', (_, key, token) => {
  const end = token.lastIndexOf('.');

  it('the vector is verified', () => {
    expect(nodeCodec.verifier(key)(token, end)).toBe(true);
  });

  it('a changed signature or input is not verified', () => {
    const verify = nodeCodec.verifier(key);
    const other = (at: number) => `${token.slice(0, at)}${token[at] === 'A' ? 'B' : 'A'}${token.slice(at + 1)}`;
    expect([verify(other(end + 3), end), verify(other(3), end), verify(other(end - 3), end)]).toEqual([
      false,
      false,
      false,
    ]);
  });

  it('a signature of another length is not verified', () => {
    expect(nodeCodec.verifier(key)(token.slice(0, -4), end)).toBe(false);
  });

  it('what is signed is verified', () => {
    const claims = openToken(createStrategy().issue(ALICE).accessToken).claims as never;
    const signed = nodeCodec.signer({ ...key, header: token.slice(0, token.indexOf('.')) })(claims);
    expect(openToken(signed).claims).toEqual(claims);
    expect(nodeCodec.verifier(key)(signed, signed.lastIndexOf('.'))).toBe(true);
  });
});

it('a key without its private part throws when it signs', () => {
  expect(() => nodeCodec.signer({ ...ed, signing: undefined })({} as never)).toThrow(TypeError);
});
