// The key file (JWT_KEYS_FILE): Ed25519 keys as private JWKs (RFC 8037, 2), and which of them signs. An error names the
// field that is wrong and quotes none of its content.

import { createPrivateKey, createPublicKey, generateKeyPairSync, hash, type KeyObject } from 'node:crypto';
import { invalid, type JwtKey, type JwtKeySet } from './keys.ts';
import { prepareKeys } from './prepare-keys.ts';

/**
 * Reads a key file: `{"current": "<kid>", "keys": [{"kty":"OKP","crv":"Ed25519","kid","x","d"?,"retireAt"?}]}`. `d` is
 * needed by the key that signs; `retireAt` is in ms since the epoch.
 * @throws ERR_OPTION_INVALID, naming the field, without any of its content
 */
export function parseJwtKeys(text: string): JwtKeySet {
  let file: unknown;
  try {
    file = JSON.parse(text);
  } catch {
    // Without the cause: JSON.parse quotes the text, which is key material.
    throw invalid('the key file must be JSON');
  }
  const { current, keys } = readFields(file, 'the key file');
  if (typeof current !== 'string') throw invalid('current must be the kid of the key that signs');
  if (!Array.isArray(keys)) throw invalid('keys must be a list');
  const set = { current, keys: keys.map(parseKey) };
  prepareKeys(set);
  return set;
}

const KEY_FIELDS = ['kty', 'crv', 'kid', 'x', 'd', 'use', 'alg', 'key_ops', 'retireAt'];

function parseKey(value: unknown, index: number): JwtKey {
  const field = `keys[${index}]`;
  const fields = readFields(value, field);
  const unknown = Object.keys(fields).find((name) => !KEY_FIELDS.includes(name));
  if (unknown !== undefined) throw invalid(`${field} has a field that is not known (known: ${KEY_FIELDS.join(', ')})`);
  const { kty, crv, kid, x, d, use, alg, retireAt } = fields;
  if (kty !== 'OKP') throw invalid(`${field}.kty must be OKP`);
  if (crv !== 'Ed25519') throw invalid(`${field}.crv must be Ed25519`);
  if (use !== undefined && use !== 'sig') throw invalid(`${field}.use must be sig`);
  if (alg !== undefined && alg !== 'EdDSA') throw invalid(`${field}.alg must be EdDSA`);
  if (typeof kid !== 'string') throw invalid(`${field}.kid must be a string`);
  if (retireAt !== undefined && typeof retireAt !== 'number') {
    throw invalid(`${field}.retireAt must be ms since the epoch`);
  }
  const publicKey = importKey(`${field}.x`, () =>
    createPublicKey({ key: { kty, crv, x: checkEncodedKey(x) }, format: 'jwk' }),
  );
  const key = { kid, publicKey, ...(retireAt === undefined ? {} : { retireAt }) };
  if (d === undefined) return key;
  const makePrivate = () =>
    createPrivateKey({ key: { kty, crv, x: checkEncodedKey(x), d: checkEncodedKey(d) }, format: 'jwk' });
  return { ...key, privateKey: importKey(`${field}.d`, makePrivate) };
}

function importKey(field: string, make: () => KeyObject): KeyObject {
  try {
    return make();
  } catch {
    throw invalid(`${field} must be 32 bytes of an Ed25519 key, base64url`);
  }
}

/** 32 bytes are 43 characters. Node ignores what follows them in a longer text. */
function checkEncodedKey(value: unknown): string {
  if (typeof value === 'string' && /^[\w-]{43}$/.test(value)) return value;
  throw new TypeError('not 32 bytes');
}

function readFields(value: unknown, what: string): Record<string, unknown> {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Record<string, unknown>;
  throw invalid(`${what} must be an object`);
}

/** The text of a new key file with one key. Write it with mode 600, and read it with `parseJwtKeys`. */
export function generateJwtKeys(): string {
  const { privateKey } = generateKeyPairSync('ed25519');
  const { x = '', d = '' } = privateKey.export({ format: 'jwk' });
  // The kid is a hash of the public key, like a thumbprint (RFC 7638): two keys never share it.
  const kid = hash('sha256', JSON.stringify({ crv: 'Ed25519', kty: 'OKP', x }), 'base64url').slice(0, 16);
  const key = { kty: 'OKP', crv: 'Ed25519', kid, use: 'sig', alg: 'EdDSA', x, d };
  return `${JSON.stringify({ current: kid, keys: [key] }, undefined, 2)}\n`;
}
