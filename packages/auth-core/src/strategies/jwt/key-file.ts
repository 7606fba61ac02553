// The key file (JWT_KEYS_FILE): Ed25519 keys as private JWKs (RFC 8037, 2) and which of them signs. It says where a file is
// wrong, never what stands there.

import { createPrivateKey, createPublicKey, generateKeyPairSync, hash, type KeyObject } from 'node:crypto';
import { invalid, type JwtKey, type JwtKeySet, prepareKeys } from './keys.ts';

/**
 * Reads a key file: `{"current": "<kid>", "keys": [{"kty":"OKP","crv":"Ed25519","kid","x","d"?,"retireAt"?}]}`, `d` only
 * where the key signs (or may sign again), `retireAt` in ms.
 * @throws ERR_OPTION_INVALID naming the field, without any of its content
 */
export function parseJwtKeys(text: string): JwtKeySet {
  let file: unknown;
  try {
    file = JSON.parse(text);
  } catch {
    // Without the cause: JSON.parse quotes the text, which is key material.
    throw invalid('the key file must be JSON');
  }
  const { current, keys } = fieldsOf(file, 'the key file');
  if (typeof current !== 'string') throw invalid('current must be the kid of the key that signs');
  if (!Array.isArray(keys)) throw invalid('keys must be a list');
  const set = { current, keys: keys.map(parseKey) };
  prepareKeys(set);
  return set;
}

const KEY_FIELDS = ['kty', 'crv', 'kid', 'x', 'd', 'use', 'alg', 'key_ops', 'retireAt'];

function parseKey(value: unknown, index: number): JwtKey {
  const at = `keys[${index}]`;
  const fields = fieldsOf(value, at);
  const unknown = Object.keys(fields).find((name) => !KEY_FIELDS.includes(name));
  if (unknown !== undefined) throw invalid(`${at} has a field that is not known (known: ${KEY_FIELDS.join(', ')})`);
  const { kty, crv, kid, x, d, use, alg, retireAt } = fields;
  if (kty !== 'OKP') throw invalid(`${at}.kty must be OKP`);
  if (crv !== 'Ed25519') throw invalid(`${at}.crv must be Ed25519`);
  if (use !== undefined && use !== 'sig') throw invalid(`${at}.use must be sig`);
  if (alg !== undefined && alg !== 'EdDSA') throw invalid(`${at}.alg must be EdDSA`);
  if (typeof kid !== 'string') throw invalid(`${at}.kid must be a text`);
  if (retireAt !== undefined && typeof retireAt !== 'number')
    throw invalid(`${at}.retireAt must be ms since the epoch`);
  const publicKey = importKey(`${at}.x`, () => createPublicKey({ key: { kty, crv, x: encoded(x) }, format: 'jwk' }));
  const key = { kid, publicKey, ...(retireAt === undefined ? {} : { retireAt }) };
  if (d === undefined) return key;
  const makePrivate = () => createPrivateKey({ key: { kty, crv, x: encoded(x), d: encoded(d) }, format: 'jwk' });
  return { ...key, privateKey: importKey(`${at}.d`, makePrivate) };
}

function importKey(field: string, make: () => KeyObject): KeyObject {
  try {
    return make();
  } catch {
    throw invalid(`${field} must be 32 bytes of an Ed25519 key, base64url`);
  }
}

/** 32 bytes are 43 characters; node would read a longer text up to where it pleases. */
function encoded(value: unknown): string {
  if (typeof value === 'string' && /^[\w-]{43}$/.test(value)) return value;
  throw new TypeError('not 32 bytes');
}

function fieldsOf(value: unknown, what: string): Record<string, unknown> {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Record<string, unknown>;
  throw invalid(`${what} must be an object`);
}

/** The text of a new key file with one key: write it with mode 600, read it with `parseJwtKeys`. */
export function generateJwtKeys(): string {
  const { privateKey } = generateKeyPairSync('ed25519');
  const { x = '', d = '' } = privateKey.export({ format: 'jwk' });
  // A name by what it is, as RFC 7638 has it: never two keys by one name.
  const kid = hash('sha256', JSON.stringify({ crv: 'Ed25519', kty: 'OKP', x }), 'base64url').slice(0, 16);
  const key = { kty: 'OKP', crv: 'Ed25519', kid, use: 'sig', alg: 'EdDSA', x, d };
  return `${JSON.stringify({ current: kid, keys: [key] }, undefined, 2)}\n`;
}
