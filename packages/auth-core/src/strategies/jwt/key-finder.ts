// Finds the key that a token's header names. The header is looked up as text first: every token of this package has the
// header of its key, character for character. Any other spelling is parsed strictly, and a header that asks for more
// than alg, typ and kid (crit, jku, jwk, x5u, zip …) is refused. Nothing is ever fetched.

import { parseObject } from '../../strict-jws.ts';
import { ACCESS_TOKEN_TYPE, type PreparedKey } from './keys.ts';

/** Finds the key for a header (base64url), or undefined. Throws what `parseObject` throws. */
export type KeyFinder<Key> = (header: string) => Key | undefined;

export function createKeyFinder<Key extends PreparedKey>(keys: readonly Key[]): KeyFinder<Key> {
  const byHeader = new Map(keys.map((key) => [key.header, key]));
  const byKid = new Map(keys.map((key) => [key.kid, key]));

  function findByFields(header: string): Key | undefined {
    const { alg, typ, kid, ...others } = parseObject(header) ?? {};
    if (typeof kid !== 'string' || typeof typ !== 'string' || Object.keys(others).length > 0) return undefined;
    const key = byKid.get(kid);
    return key !== undefined && alg === key.alg && isAccessTokenType(typ) ? key : undefined;
  }

  return (header) => byHeader.get(header) ?? findByFields(header);
}

/** A media type is compared without case, and `application/` may be left out (RFC 7515, 4.1.9; RFC 9068, 4). */
function isAccessTokenType(typ: string): boolean {
  const type = typ.toLowerCase();
  return type === ACCESS_TOKEN_TYPE || type === `application/${ACCESS_TOKEN_TYPE}`;
}
