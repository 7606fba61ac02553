// The keys of the strategy: what an application gives, and what the strategy and its codec work with.

import type { KeyObject } from 'node:crypto';
import { AuthError } from '../../errors.ts';
import type { JwtCodecKey } from './codec.ts';

/** `typ` of the tokens: an access token (RFC 9068, 2.1), which no rule for another kind of token accepts. */
export const ACCESS_TOKEN_TYPE = 'at+jwt';
/** bytes that a secret must have (RFC 7518, 3.2). */
export const MIN_SECRET_BYTES = 32;

/** Text counts in UTF-8. */
export type SecretValue = string | Uint8Array;

/**
 * The shared secret of HS256. Each value has at least 32 bytes (RFC 7518, 3.2) and is no PEM or JWK text, because such
 * texts tend to be public. In a list the first value signs and all verify: that replaces a secret without signing users
 * out.
 *
 * @example
 * createJwtStrategy({ issuer: 'https://shop.example', audience: 'shop', keys: { secret: [secret, former] } });
 */
export interface JwtSecret {
  readonly secret: SecretValue | readonly SecretValue[];
}

/** One Ed25519 key. */
export interface JwtKey {
  /** 1 to 64 characters of `A-Z a-z 0-9 . _ ~ -`. */
  readonly kid: string;
  readonly publicKey: KeyObject;
  /** Needed by the key that signs. */
  readonly privateKey?: KeyObject;
  /** ms since the epoch. From then on the tokens of this key are refused. Not allowed for the key that signs. */
  readonly retireAt?: number;
}

/** Several keys, as `parseJwtKeys` reads them from a file. */
export interface JwtKeySet {
  /** The kid of the key that signs. */
  readonly current: string;
  /** All keys that verify. */
  readonly keys: readonly JwtKey[];
}

export interface PreparedKey extends JwtCodecKey {
  readonly retireAt: number | undefined;
}

/** The public half of a key (RFC 7517 and RFC 8037). */
export interface PublicJwk {
  readonly kty: 'OKP';
  readonly crv: 'Ed25519';
  readonly x: string;
  readonly kid: string;
  readonly use: 'sig';
  readonly alg: 'EdDSA';
}

export function exportPublicJwk(key: PreparedKey): PublicJwk {
  const { x = '' } = key.verifying.export({ format: 'jwk' });
  return { kty: 'OKP', crv: 'Ed25519', x, kid: key.kid, use: 'sig', alg: 'EdDSA' };
}

/** An error for an invalid option. The text must not quote the value, which may be key material. */
export function invalid(what: string): AuthError {
  return new AuthError('ERR_OPTION_INVALID', `${what}.`);
}
