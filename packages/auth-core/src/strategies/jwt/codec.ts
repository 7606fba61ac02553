// The port for signatures. A codec signs and verifies with one key; what is accepted is the strategy's decision alone.
// The default uses node:crypto. auth-fastify has one that uses @fastify/jwt (docs/decisions/0003).

import { createHmac, sign as cryptoSign, verify as cryptoVerify, type KeyObject, timingSafeEqual } from 'node:crypto';
import type { JwtClaims } from './claims.ts';

/** The algorithms of tokens: a shared secret (HS256), or Ed25519 keys (EdDSA). */
export type JwtAlgorithm = 'HS256' | 'EdDSA';

/** A key as a codec gets it. The algorithm belongs to the key, never to the token (RFC 8725, 3.1). */
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

/** Computes signatures. The strategy decides what is accepted. */
export interface JwtCodec {
  /** Called once for the key that signs. `sign` answers a whole compact token that begins with `key.header`. */
  signer(key: JwtCodecKey): (claims: JwtClaims) => string;
  /**
   * Called once for each key. `verify` answers whether the signature is this key's; if it throws, the token is refused.
   * Its token has three parts of canonical base64url, a header that names this key, and the second dot at `payloadEnd`.
   */
  verifier(key: JwtCodecKey): (token: string, payloadEnd: number) => boolean;
}

/** The default codec: HMAC-SHA-256 and Ed25519 of node:crypto. */
export const nodeCodec: JwtCodec = {
  signer(key) {
    const sign = key.alg === 'HS256' ? createHmacSigner(key.verifying) : createEd25519Signer(key.signing);
    return (claims) => {
      const input = `${key.header}.${Buffer.from(JSON.stringify(claims)).toString('base64url')}`;
      return `${input}.${sign(input)}`;
    };
  },

  verifier(key) {
    const isSigned = key.alg === 'HS256' ? createHmacVerifier(key.verifying) : createEd25519Verifier(key.verifying);
    return (token, payloadEnd) => isSigned(token.slice(0, payloadEnd), token.slice(payloadEnd + 1));
  },
};

/** Answers a signature in base64url. */
type Signer = (input: string) => string;
type Verifier = (input: string, signature: string) => boolean;

function createHmacSigner(secret: KeyObject): Signer {
  return (input) => createHmac('sha256', secret).update(input).digest('base64url');
}

function createHmacVerifier(secret: KeyObject): Verifier {
  const sign = createHmacSigner(secret);
  return (input, signature) => {
    // A signature is canonical base64url here, so equal bytes mean equal text.
    const given = Buffer.from(signature);
    const expected = Buffer.from(sign(input));
    return given.length === expected.length && timingSafeEqual(given, expected);
  };
}

function createEd25519Signer(key: KeyObject | undefined): Signer {
  return (input) => {
    if (key === undefined) throw new TypeError('This key only verifies.');
    return cryptoSign(null, Buffer.from(input), key).toString('base64url');
  };
}

function createEd25519Verifier(key: KeyObject): Verifier {
  return (input, signature) => cryptoVerify(null, Buffer.from(input), key, Buffer.from(signature, 'base64url'));
}
