// Keys, from what an operator writes to what a codec gets: one secret (HS256), or Ed25519 keys by kid (EdDSA), of which one
// signs and all verify. No message here holds key material.

import { createPublicKey, createSecretKey, hash, KeyObject } from 'node:crypto';
import { AuthError } from '../../errors.ts';
import type { JwtAlgorithm, JwtCodecKey } from './codec.ts';

/** `typ` of our tokens (RFC 9068, 2.1): an access token, and nothing that another rule may take for one of its own. */
export const ACCESS_TOKEN_TYPE = 'at+jwt';
export const MIN_SECRET_BYTES = 32;

/** One Ed25519 key. */
export interface JwtKey {
  /** 1 to 64 characters of `A-Z a-z 0-9 . _ ~ -`. */
  readonly kid: string;
  readonly publicKey: KeyObject;
  /** Needed by the key that signs. */
  readonly privateKey?: KeyObject;
  /** ms since the epoch; from this moment on the key's tokens are refused. Not for the key that signs. */
  readonly retireAt?: number;
}

/** Several keys, as `parseJwtKeys` reads them from a file. */
export interface JwtKeySet {
  /** The kid of the key that signs. */
  readonly current: string;
  /** All that verify. */
  readonly keys: readonly JwtKey[];
}

/** The shared secret of HS256: at least 32 bytes (RFC 7518, 3.2), and no PEM or JWK text, which tend to be public. */
export interface JwtSecret {
  readonly secret: string | Uint8Array;
}

export interface PreparedKey extends JwtCodecKey {
  readonly retireAt: number | undefined;
}

export interface PreparedKeys {
  readonly current: PreparedKey;
  readonly all: readonly PreparedKey[];
}

/** RFC 7517 and RFC 8037: the public half of a key. */
export interface PublicJwk {
  readonly kty: 'OKP';
  readonly crv: 'Ed25519';
  readonly x: string;
  readonly kid: string;
  readonly use: 'sig';
  readonly alg: 'EdDSA';
}

/** @throws ERR_OPTION_INVALID */
export function prepareKeys(keys: JwtSecret | JwtKeySet): PreparedKeys {
  if (typeof keys !== 'object' || keys === null) throw invalid('keys must be { secret } or { current, keys }');
  if ('secret' in keys) {
    if ('keys' in keys) throw invalid('keys must hold a secret or a list, and holds both');
    const only = prepareSecret(keys.secret);
    return { current: only, all: [only] };
  }
  return prepareKeySet(keys);
}

function prepareSecret(secret: string | Uint8Array): PreparedKey {
  const bytes = typeof secret === 'string' ? Buffer.from(secret) : Buffer.from(secret ?? []);
  if (bytes.length < MIN_SECRET_BYTES) throw invalid(`secret must be at least ${MIN_SECRET_BYTES} bytes`);
  if (isKeyText(bytes.toString('latin1').trim()))
    throw invalid('secret must be random bytes, and is a PEM or JWK text');
  // Servers with the same secret agree on the kid; a new secret has a new one. One way, and bound to this use.
  const kid = `hs-${hash('sha256', Buffer.concat([Buffer.from('statecraft:kid:'), bytes]), 'base64url').slice(0, 10)}`;
  const key = createSecretKey(bytes);
  return { kid, alg: 'HS256', header: headerOf('HS256', kid), signing: key, verifying: key, retireAt: undefined };
}

/** A public key in text form as a secret is the classic forgery: the whole world knows the "secret" (RFC 8725, 2.1). */
function isKeyText(text: string): boolean {
  if (text.includes('-----BEGIN ') || Buffer.from(text, 'base64').includes('-----BEGIN ')) return true;
  if (!text.startsWith('{') && !text.startsWith('[') && !text.startsWith('"')) return false;
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

function prepareKeySet({ current, keys }: JwtKeySet): PreparedKeys {
  if (!Array.isArray(keys) || keys.length === 0) throw invalid('keys.keys must be a list of at least one key');
  const all = keys.map(prepareKey);
  const kids = new Set(all.map((key) => key.kid));
  if (kids.size !== all.length) throw invalid('keys.keys must not hold a kid twice');
  const signs = all.find((key) => key.kid === current);
  if (signs === undefined) throw invalid('keys.current must be the kid of one of the keys');
  if (signs.signing === undefined) throw invalid('keys.current must name a key with its private part');
  if (signs.retireAt !== undefined) throw invalid('keys.current must name a key without retireAt');
  return { current: signs, all };
}

const KID = /^[\w.~-]{1,64}$/;

function prepareKey(key: JwtKey, index: number): PreparedKey {
  const { kid, publicKey, privateKey, retireAt } = key;
  const at = `keys.keys[${index}]`;
  if (typeof kid !== 'string' || !KID.test(kid))
    throw invalid(`${at}.kid must be 1 to 64 characters of A-Z a-z 0-9 . _ ~ -`);
  if (!isEd25519(publicKey, 'public')) throw invalid(`${at}.publicKey must be an Ed25519 public key`);
  if (privateKey !== undefined && !isEd25519(privateKey, 'private')) {
    throw invalid(`${at}.privateKey must be an Ed25519 private key`);
  }
  if (privateKey !== undefined && !createPublicKey(privateKey).equals(publicKey)) {
    throw invalid(`${at}: privateKey and publicKey must be of one pair`);
  }
  if (retireAt !== undefined && !Number.isSafeInteger(retireAt))
    throw invalid(`${at}.retireAt must be ms since the epoch`);
  return { kid, alg: 'EdDSA', header: headerOf('EdDSA', kid), signing: privateKey, verifying: publicKey, retireAt };
}

function isEd25519(key: unknown, type: 'public' | 'private'): key is KeyObject {
  return key instanceof KeyObject && key.type === type && key.asymmetricKeyType === 'ed25519';
}

/** The order of the members is that of fast-jwt, so that every engine writes the same header. */
function headerOf(alg: JwtAlgorithm, kid: string): string {
  return Buffer.from(JSON.stringify({ alg, typ: ACCESS_TOKEN_TYPE, kid })).toString('base64url');
}

export function publicJwkOf(key: PreparedKey): PublicJwk {
  const { x = '' } = key.verifying.export({ format: 'jwk' });
  return { kty: 'OKP', crv: 'Ed25519', x, kid: key.kid, use: 'sig', alg: 'EdDSA' };
}

/** For this folder: an option that is wrong, said without its value. */
export function invalid(what: string): AuthError {
  return new AuthError('ERR_OPTION_INVALID', `${what}.`);
}
