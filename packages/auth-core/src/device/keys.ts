// The public key of a device: read strictly from a JWK (RFC 7517, RFC 7518 section 6), kept in its smallest form.

import { createPublicKey, type KeyObject } from 'node:crypto';

/** The members of a key that the session's record keeps. */
type DeviceJwk =
  | { readonly kty: 'EC'; readonly crv: 'P-256'; readonly x: string; readonly y: string }
  | { readonly kty: 'RSA'; readonly n: string; readonly e: string };

/** The algorithms that the draft of DBSC names (W3C, "Secure-Session-Registration"). The key decides, not the proof. */
type DeviceAlgorithm = 'ES256' | 'RS256';

export interface DeviceKey {
  readonly jwk: DeviceJwk;
  readonly alg: DeviceAlgorithm;
  readonly publicKey: KeyObject;
}

/** A JWK with one of these is a private or a secret key. */
const PRIVATE_MEMBERS = ['d', 'p', 'q', 'dp', 'dq', 'qi', 'oth', 'k'];
/** bytes of a coordinate of P-256 (RFC 7518, 6.2.1.2). */
const P256_BYTES = 32;
/** Characters of base64url. */
const COORDINATE_LENGTH = Math.ceil((P256_BYTES * 4) / 3);
/** RFC 7518, 3.3, demands 2,048 bits or more. */
const MIN_RSA_BITS = 2_048;
/** Characters of base64url: 512 bytes, which is 4,096 bits. A longer key would only cost more. */
const MAX_RSA_LENGTH = Math.ceil((512 * 4) / 3);
/** 65537, base64url. */
const RSA_EXPONENT = 'AQAB';

/** The key of a JWK, from a proof or from the session's record. Undefined for anything but a sound public key. */
export function readDeviceKey(value: unknown): DeviceKey | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  if (PRIVATE_MEMBERS.some((name) => name in value)) return undefined;
  const members = value as Record<string, unknown>;
  if (members.kty === 'EC') return readEcKey(members);
  return members.kty === 'RSA' ? readRsaKey(members) : undefined;
}

export function isSameKey(a: DeviceKey, b: DeviceKey): boolean {
  return a.publicKey.equals(b.publicKey);
}

function readEcKey({ crv, x, y }: Record<string, unknown>): DeviceKey | undefined {
  if (crv !== 'P-256' || !isCoordinate(x) || !isCoordinate(y)) return undefined;
  const jwk = { kty: 'EC', crv, x, y } as const;
  // OpenSSL refuses a point that is not on the curve.
  const publicKey = importKey(jwk);
  return publicKey && { jwk, alg: 'ES256', publicKey };
}

function readRsaKey({ n, e }: Record<string, unknown>): DeviceKey | undefined {
  if (e !== RSA_EXPONENT || typeof n !== 'string' || n.length > MAX_RSA_LENGTH) return undefined;
  const jwk = { kty: 'RSA', n, e } as const;
  const publicKey = importKey(jwk);
  const bits = publicKey?.asymmetricKeyDetails?.modulusLength ?? 0;
  // No more bytes than the number needs (RFC 7518, 6.3.1.1).
  const isExact = decodeExactly(n)?.length === Math.ceil(bits / 8);
  return publicKey !== undefined && bits >= MIN_RSA_BITS && isExact ? { jwk, alg: 'RS256', publicKey } : undefined;
}

function importKey(jwk: DeviceJwk): KeyObject | undefined {
  try {
    return createPublicKey({ key: { ...jwk }, format: 'jwk' });
  } catch {
    return undefined;
  }
}

function isCoordinate(value: unknown): value is string {
  return typeof value === 'string' && value.length <= COORDINATE_LENGTH && decodeExactly(value)?.length === P256_BYTES;
}

/** The bytes of canonical base64url without padding (RFC 7515, 2); undefined for any other text. */
function decodeExactly(text: string): Buffer | undefined {
  const bytes = Buffer.from(text, 'base64url');
  return bytes.toString('base64url') === text ? bytes : undefined;
}
