// One rule for every store: what JSON keeps is kept, and what JSON would drop or change in silence is refused.
// Stores take the text that comes out of here, so the same value gets the same verdict whatever the store is.

import { types } from 'node:util';
import { AuthError } from './errors.ts';

/** The largest text of one session, in UTF-16 units (bytes for ASCII), unless an option says otherwise. */
export const MAX_SESSION_DATA_LENGTH = 64 * 1024;

/**
 * The session's data as JSON text. Dates become their ISO text and undefined properties are left out, as JSON does.
 * @throws ERR_SESSION_DATA_UNSERIALIZABLE, naming the key, for NaN, ±Infinity, -0, BigInt, symbols, functions, cycles,
 * undefined in an array, dates that are none, and objects of which JSON keeps nothing (Map, Set, Error, RegExp, Promise,
 * boxed primitives); ERR_SESSION_DATA_TOO_LARGE beyond `maxLength`.
 */
export function encodeSessionData(data: object, maxLength = MAX_SESSION_DATA_LENGTH): string {
  let text: string;
  try {
    text = JSON.stringify(data, refuseLoss);
  } catch (cause) {
    if (cause instanceof AuthError) throw cause;
    throw new AuthError('ERR_SESSION_DATA_UNSERIALIZABLE', undefined, { cause });
  }
  if (text === undefined) throw new AuthError('ERR_SESSION_DATA_UNSERIALIZABLE');
  if (text.length > maxLength) throw new AuthError('ERR_SESSION_DATA_TOO_LARGE');
  return text;
}

/** The object of a stored text. */
export function decodeSessionData(text: string): Record<string, unknown> {
  return JSON.parse(text) as Record<string, unknown>;
}

function refuseLoss(this: unknown, key: string, value: unknown): unknown {
  const lost =
    (typeof value === 'number' && (!Number.isFinite(value) || Object.is(value, -0))) ||
    typeof value === 'bigint' ||
    typeof value === 'symbol' ||
    typeof value === 'function' ||
    (value === undefined && Array.isArray(this)) ||
    (typeof value === 'object' && isEmptied(this, key, value));
  if (lost)
    throw new AuthError('ERR_SESSION_DATA_UNSERIALIZABLE', `Session data at "${key}" cannot be stored as JSON.`);
  return value;
}

/** `value` is what `toJSON` made of the property, where there is one. */
function isEmptied(holder: unknown, key: string, value: object | null): boolean {
  if (value === null) return types.isDate((holder as Record<string, unknown>)[key]);
  const prototype = Object.getPrototypeOf(value);
  if (prototype === Object.prototype || prototype === Array.prototype) return false;
  return [
    types.isMap,
    types.isSet,
    types.isWeakMap,
    types.isWeakSet,
    types.isNativeError,
    types.isRegExp,
    types.isPromise,
    types.isBoxedPrimitive,
  ].some((is) => is(value));
}
