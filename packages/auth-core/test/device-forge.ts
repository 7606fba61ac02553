// What a device does: it makes a key and signs proofs. And what an attacker would change in them.

import { constants, generateKeyPairSync, type KeyObject, sign } from 'node:crypto';

export interface SoftwareKey {
  readonly alg: 'ES256' | 'RS256';
  readonly jwk: Record<string, unknown>;
  readonly privateKey: KeyObject;
}

export function createEcKey(namedCurve = 'P-256'): SoftwareKey {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve });
  return { alg: 'ES256', jwk: { ...publicKey.export({ format: 'jwk' }) }, privateKey };
}

export function createRsaKey(modulusLength: number, publicExponent = 65_537): SoftwareKey {
  const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength, publicExponent });
  return { alg: 'RS256', jwk: { ...publicKey.export({ format: 'jwk' }) }, privateKey };
}

export const encodePart = (value: unknown): string =>
  Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)).toString('base64url');

/** Signs any two parts, as JSON values or as texts. */
export function signParts(
  { privateKey }: SoftwareKey,
  header: unknown,
  claims: unknown,
  dsaEncoding: 'ieee-p1363' | 'der' = 'ieee-p1363',
): string {
  const input = `${encodePart(header)}.${encodePart(claims)}`;
  const padding = constants.RSA_PKCS1_PADDING;
  const key = { key: privateKey, dsaEncoding, padding };
  return `${input}.${sign('sha256', Buffer.from(input), key).toString('base64url')}`;
}

export interface ProofParts {
  readonly header?: Record<string, unknown>;
  readonly claims?: Record<string, unknown>;
}

/** The proof that Chromium sends to register: the key is in the header. */
export function proveFirst(key: SoftwareKey, challenge: string, { header, claims }: ProofParts = {}): string {
  return signParts(key, { alg: key.alg, typ: 'dbsc+jwt', jwk: key.jwk, ...header }, { jti: challenge, ...claims });
}

/** The proof that Chromium sends to refresh. */
export function prove(key: SoftwareKey, challenge: string, { header, claims }: ProofParts = {}): string {
  return signParts(key, { alg: key.alg, typ: 'dbsc+jwt', ...header }, { jti: challenge, ...claims });
}
