// The port to whoever computes signatures. It signs and verifies for one key; what is accepted, the strategy decides.
// The default is node:crypto; auth-fastify has one that goes through @fastify/jwt (docs/decisions/0003).

import { sign as cryptoSign, verify as cryptoVerify, type KeyObject } from 'node:crypto';
import type { JwtClaims } from './claims.ts';
import { createHmacSha256 } from './hmac.ts';

export type JwtAlgorithm = 'HS256' | 'EdDSA';

/** A key as a codec gets it. Its algorithm is the key's, never the token's (RFC 8725, 3.1). */
export interface JwtCodecKey {
  readonly kid: string;
  readonly alg: JwtAlgorithm;
  /** The header of every token that this key signs: `{"alg","typ","kid"}` in this order, base64url. */
  readonly header: string;
  /** HS256: the secret. EdDSA: the private key; undefined for a key that only verifies. */
  readonly signing: KeyObject | undefined;
  /** HS256: the secret. EdDSA: the public key. */
  readonly verifying: KeyObject;
}

export interface JwtCodec {
  /** Called once per key at construction; `sign` answers a whole compact token, with `key.header` to the letter. */
  signer(key: JwtCodecKey): (claims: JwtClaims) => string;
  /**
   * Called once per key at construction. The token that `verify` gets is three canonical base64url parts, its header was
   * found to be this key's, and `payloadEnd` is the place of its second dot. Answers whether the signature is the key's.
   */
  verifier(key: JwtCodecKey): (token: string, payloadEnd: number) => boolean;
}

export const nodeCodec: JwtCodec = {
  signer(key) {
    const sign = key.alg === 'HS256' ? createHmacSha256(key.verifying.export()).sign : ed25519(key.signing);
    return (claims) => {
      const input = `${key.header}.${Buffer.from(JSON.stringify(claims)).toString('base64url')}`;
      return `${input}.${sign(input)}`;
    };
  },

  verifier(key) {
    if (key.alg === 'HS256') {
      const { verify } = createHmacSha256(key.verifying.export());
      return (token, payloadEnd) => verify(token.slice(0, payloadEnd), token.slice(payloadEnd + 1));
    }
    return (token, payloadEnd) => {
      const signature = Buffer.from(token.slice(payloadEnd + 1), 'base64url');
      return cryptoVerify(null, Buffer.from(token.slice(0, payloadEnd)), key.verifying, signature);
    };
  },
};

const ed25519 =
  (key: KeyObject | undefined) =>
  (input: string): string => {
    if (key === undefined) throw new TypeError('This key only verifies.');
    return cryptoSign(null, Buffer.from(input), key).toString('base64url');
  };
