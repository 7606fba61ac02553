// The key of a device-bound session, and the proofs that it signs. A browser keeps such a key in the device's hardware;
// this one is in the memory of the process, and Web Crypto does not export it.

import { webcrypto } from 'node:crypto';

/** Signature algorithms of a device's key: ECDSA on P-256, or RSA of 2,048 bits (RFC 7518, 3.1). */
export type DeviceAlgorithm = 'ES256' | 'RS256';

/** What a proof says: the challenge as `jti`, and further claims. */
export type ProofClaims = { readonly jti: string } & Readonly<Record<string, string | number>>;

/** A key pair that never leaves this object. */
export interface DeviceKey {
  /** Answers a JWS (RFC 7515, compact). `withKey` adds the public key, which a registration needs. */
  signProof(claims: ProofClaims, options?: { readonly withKey?: boolean }): Promise<string>;
}

const HASH = 'SHA-256';
const KEY_PARAMETERS = {
  ES256: { name: 'ECDSA', namedCurve: 'P-256' },
  RS256: { name: 'RSASSA-PKCS1-v1_5', modulusLength: 2048, publicExponent: new Uint8Array([1, 0, 1]), hash: HASH },
} as const;

export function isDeviceAlgorithm(value: unknown): value is DeviceAlgorithm {
  return value === 'ES256' || value === 'RS256';
}

export async function createDeviceKey(alg: DeviceAlgorithm): Promise<DeviceKey> {
  const { subtle } = webcrypto;
  const parameters = KEY_PARAMETERS[alg];
  const { privateKey, publicKey } = await subtle.generateKey(parameters, false, ['sign', 'verify']);
  const jwk = pickMembers(await subtle.exportKey('jwk', publicKey));

  return {
    async signProof(claims, { withKey = false } = {}) {
      const header = { alg, typ: 'dbsc+jwt', ...(withKey ? { jwk } : {}) };
      const signed = `${encodePart(header)}.${encodePart(claims)}`;
      const signature = await subtle.sign({ name: parameters.name, hash: HASH }, privateKey, Buffer.from(signed));
      return `${signed}.${Buffer.from(signature).toString('base64url')}`;
    },
  };
}

/** The members that make the key, as in the input of its thumbprint (RFC 7638, 3.2). */
function pickMembers({ kty, crv, x, y, n, e }: webcrypto.JsonWebKey): Readonly<Record<string, string | undefined>> {
  return kty === 'EC' ? { kty, crv, x, y } : { kty, n, e };
}

function encodePart(value: unknown): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url');
}
