// A DBSC proof: a JWS in compact form (RFC 7515, 7.1) that a device signs over the server's challenge (W3C draft
// "Device Bound Session Credentials", "DBSC Proof JWT Syntax"). This file checks its form and its signature; the steps
// decide what it is worth.
//
//   { "typ": "dbsc+jwt", "alg": "ES256" | "RS256", "jwk"? }  .  { "jti": challenge, "key"?, "sub"? }  .  signature
//
// Browsers send the key at registration, in the header (Chromium) or as a claim (the draft). The claims `iat` and `aud`
// are not read: the challenge says that a proof is new and for this session, and a proxy may change the address.

import { verify } from 'node:crypto';
import { parseObject, splitToken } from '../strict-jws.ts';
import { type DeviceKey, isSameKey, readDeviceKey } from './keys.ts';

/** Characters. A proof with an RSA key of 4,096 bits takes about 1,700. */
export const MAX_PROOF_LENGTH = 8_192;
const MAX_CHALLENGE_LENGTH = 128;

export interface DeviceProof {
  /** The claim `jti`. */
  readonly challenge: string;
  /** The claim `sub`: the binding's id, at a refresh. */
  readonly bindingId: string | undefined;
  /** The key that came with the proof. */
  readonly key: DeviceKey | undefined;
  readonly alg: unknown;
  readonly signed: string;
  readonly signature: Buffer;
}

/** The proof in a text, its signature not checked. Undefined unless its form is right in every point. */
export function parseProof(text: string): DeviceProof | undefined {
  if (typeof text !== 'string' || text.length > MAX_PROOF_LENGTH) return undefined;
  const parts = splitToken(text);
  if (parts === undefined) return undefined;
  try {
    const header = parseObject(text.slice(0, parts.headerEnd));
    const claims = parseObject(text.slice(parts.headerEnd + 1, parts.payloadEnd));
    if (header === undefined || claims === undefined || !isKnownHeader(header)) return undefined;
    const { jti, sub } = claims;
    if (!isChallenge(jti) || (sub !== undefined && typeof sub !== 'string')) return undefined;
    const keys = readKeys(header, claims);
    if (keys === undefined) return undefined;
    const signature = Buffer.from(text.slice(parts.payloadEnd + 1), 'base64url');
    return {
      challenge: jti,
      bindingId: sub,
      key: keys[0],
      alg: header.alg,
      signed: text.slice(0, parts.payloadEnd),
      signature,
    };
  } catch {
    // Not JSON, or nested too deeply.
    return undefined;
  }
}

/**
 * Whether the key's device signed this proof. OpenSSL refuses signatures of another length than R and S (RFC 7518, 3.4)
 * or the modulus (RFC 8017, 8.2.2).
 */
export function isSignedBy({ alg, signed, signature }: DeviceProof, key: DeviceKey): boolean {
  if (alg !== key.alg) return false;
  try {
    return verify('sha256', Buffer.from(signed), { key: key.publicKey, dsaEncoding: 'ieee-p1363' }, signature);
  } catch {
    return false;
  }
}

/** `crit` and `b64` would change how the rest is read (RFC 7515, 4.1.11; RFC 7797), so they are refused. */
function isKnownHeader(header: Record<string, unknown>): boolean {
  const { typ, alg } = header;
  return typ === 'dbsc+jwt' && (alg === 'ES256' || alg === 'RS256') && !('crit' in header) && !('b64' in header);
}

function isChallenge(value: unknown): value is string {
  return typeof value === 'string' && value !== '' && value.length <= MAX_CHALLENGE_LENGTH;
}

/** The keys in the header and in the claims: none, one, or twice the same one. Undefined for anything else. */
function readKeys(
  { jwk }: Record<string, unknown>,
  { key }: Record<string, unknown>,
): readonly DeviceKey[] | undefined {
  const given = [jwk, key].filter((value) => value !== undefined);
  const keys = given.map(readDeviceKey).filter((value) => value !== undefined);
  const [first, second] = keys;
  if (keys.length !== given.length) return undefined;
  return first !== undefined && second !== undefined && !isSameKey(first, second) ? undefined : keys;
}
