// Which key a token's header names. Our own headers are known to the letter and never parsed; any other spelling of them is
// read strictly, and whatever it asks for beyond alg, typ and kid (crit, jku, jwk, x5u, zip …) is refused, never followed.

import { ACCESS_TOKEN_TYPE, type PreparedKey } from './keys.ts';
import { objectOf } from './strict.ts';

/** `Key` is what the strategy keeps per key; all that is read here is how the key is named. */
export function createKeyFinder<Key extends PreparedKey>(keys: readonly Key[]): (header: string) => Key | undefined {
  const byHeader = new Map(keys.map((key) => [key.header, key]));
  const byKid = new Map(keys.map((key) => [key.kid, key]));

  function findStrictly(header: string): Key | undefined {
    const { alg, typ, kid, ...others } = objectOf(header) ?? {};
    if (typeof kid !== 'string' || typeof typ !== 'string' || Object.keys(others).length > 0) return undefined;
    const key = byKid.get(kid);
    return key !== undefined && alg === key.alg && isAccessTokenType(typ) ? key : undefined;
  }

  return (header) => byHeader.get(header) ?? findStrictly(header);
}

/** A media type: without regard to case, and with `application/` or without (RFC 7515, 4.1.9; RFC 9068, 4). */
function isAccessTokenType(typ: string): boolean {
  const type = typ.toLowerCase();
  return type === ACCESS_TOKEN_TYPE || type === `application/${ACCESS_TOKEN_TYPE}`;
}
