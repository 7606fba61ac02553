// Checks the keys at startup and prepares them for the codec. No message here holds key material.

import { createPublicKey, createSecretKey, hash, KeyObject } from 'node:crypto';
import type { JwtAlgorithm } from './codec.ts';
import {
  ACCESS_TOKEN_TYPE,
  invalid,
  type JwtKey,
  type JwtKeySet,
  type JwtSecret,
  MIN_SECRET_BYTES,
  type PreparedKey,
  type SecretValue,
} from './keys.ts';

export interface PreparedKeys {
  /** The key that signs. */
  readonly current: PreparedKey;
  /** All keys that verify. */
  readonly all: readonly PreparedKey[];
}

/** @throws ERR_OPTION_INVALID */
export function prepareKeys(keys: JwtSecret | JwtKeySet): PreparedKeys {
  if (typeof keys !== 'object' || keys === null) throw invalid('keys must be { secret } or { current, keys }');
  if ('secret' in keys) {
    checkFields(keys, ['secret']);
    return prepareSecrets(keys.secret);
  }
  checkFields(keys, ['current', 'keys']);
  return prepareKeySet(keys);
}

function checkFields(keys: object, known: readonly string[]): void {
  const unknown = Object.keys(keys).find((name) => !known.includes(name));
  if (unknown !== undefined) throw invalid(`keys has an unknown field "${unknown}" (known: ${known.join(', ')})`);
}

function prepareSecrets(secret: JwtSecret['secret']): PreparedKeys {
  const all = isList(secret)
    ? secret.map((value, index) => prepareSecret(value, `secret[${index}]`))
    : [prepareSecret(secret, 'secret')];
  const [current] = all;
  if (current === undefined) throw invalid('secret must not be an empty list');
  checkDistinct(all, 'secret must not hold a value twice');
  return { current, all };
}

function isList(secret: JwtSecret['secret']): secret is readonly SecretValue[] {
  return Array.isArray(secret);
}

function prepareSecret(secret: SecretValue, name: string): PreparedKey {
  if (typeof secret !== 'string' && !(secret instanceof Uint8Array)) {
    throw invalid(`${name} must be a string or a Uint8Array`);
  }
  const bytes = Buffer.from(secret);
  if (bytes.length < MIN_SECRET_BYTES) throw invalid(`${name} must be at least ${MIN_SECRET_BYTES} bytes`);
  if (isKeyText(bytes.toString('latin1').trim())) {
    throw invalid(`${name} must be random bytes, and is a PEM or JWK text`);
  }
  // Servers with the same secret agree on the kid. The hash is one-way and bound to this use.
  const kid = `hs-${hash('sha256', Buffer.concat([Buffer.from('statecraft:kid:'), bytes]), 'base64url').slice(0, 10)}`;
  const key = createSecretKey(bytes);
  return { kid, alg: 'HS256', header: encodeHeader('HS256', kid), signing: key, verifying: key, retireAt: undefined };
}

/** A public key as a secret is the classic forgery: everyone can read the "secret" (RFC 8725, 2.1). */
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

/**
 * Whether a secret is a shorter text, repeated: `aaaa…`, `changemechangeme…`. The strategy accepts such a secret,
 * because tests use them; refuse it at the startup of a production process.
 */
export function isRepetition(secret: SecretValue): boolean {
  const text = typeof secret === 'string' ? secret : Buffer.from(secret).toString('latin1');
  for (let period = 1; period <= text.length / 2; period += 1) {
    if (text.startsWith(text.slice(period))) return true;
  }
  return false;
}

function prepareKeySet({ current, keys }: JwtKeySet): PreparedKeys {
  if (!Array.isArray(keys) || keys.length === 0) throw invalid('keys.keys must be a list of at least one key');
  const all = keys.map(prepareKey);
  checkDistinct(all, 'keys.keys must not hold a kid twice');
  const signing = all.find((key) => key.kid === current);
  if (signing === undefined) throw invalid('keys.current must be the kid of one of the keys');
  if (signing.signing === undefined) throw invalid('keys.current must name a key with its private part');
  if (signing.retireAt !== undefined) throw invalid('keys.current must name a key without retireAt');
  return { current: signing, all };
}

function checkDistinct(keys: readonly PreparedKey[], problem: string): void {
  if (new Set(keys.map((key) => key.kid)).size !== keys.length) throw invalid(problem);
}

const KID = /^[\w.~-]{1,64}$/;

function prepareKey(key: JwtKey, index: number): PreparedKey {
  const { kid, publicKey, privateKey, retireAt } = key;
  const field = `keys.keys[${index}]`;
  if (typeof kid !== 'string' || !KID.test(kid)) {
    throw invalid(`${field}.kid must be 1 to 64 characters of A-Z a-z 0-9 . _ ~ -`);
  }
  if (!isEd25519(publicKey, 'public')) throw invalid(`${field}.publicKey must be an Ed25519 public key`);
  if (privateKey !== undefined && !isEd25519(privateKey, 'private')) {
    throw invalid(`${field}.privateKey must be an Ed25519 private key`);
  }
  if (privateKey !== undefined && !createPublicKey(privateKey).equals(publicKey)) {
    throw invalid(`${field}: privateKey and publicKey must be of one pair`);
  }
  if (retireAt !== undefined && !Number.isSafeInteger(retireAt)) {
    throw invalid(`${field}.retireAt must be ms since the epoch`);
  }
  return { kid, alg: 'EdDSA', header: encodeHeader('EdDSA', kid), signing: privateKey, verifying: publicKey, retireAt };
}

function isEd25519(key: unknown, type: 'public' | 'private'): key is KeyObject {
  return key instanceof KeyObject && key.type === type && key.asymmetricKeyType === 'ed25519';
}

/** The members are in the order of fast-jwt, so that every engine writes the same header. */
function encodeHeader(alg: JwtAlgorithm, kid: string): string {
  return Buffer.from(JSON.stringify({ alg, typ: ACCESS_TOKEN_TYPE, kid })).toString('base64url');
}
