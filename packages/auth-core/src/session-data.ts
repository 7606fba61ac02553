// The one rule for session data: what JSON keeps is stored, and what JSON would drop or change without an error is
// refused. Stores get the resulting text, so a value gets the same verdict in every store.

import { types } from 'node:util';
import { AuthError } from './errors.ts';

/** The default maximum of one session's data, in UTF-16 units (bytes for ASCII). */
export const MAX_SESSION_DATA_LENGTH = 64 * 1024;

/**
 * The session's data as JSON text. As JSON does, it writes dates as ISO text and leaves undefined properties out.
 * @throws ERR_SESSION_DATA_UNSERIALIZABLE, naming the key, for NaN, ±Infinity, -0, BigInt, symbols, functions, cycles,
 * undefined in an array, invalid dates, and objects that JSON would empty or change (Map, Set, Error, RegExp,
 * Promise, boxed primitives, ArrayBuffer and its views, Blob, FormData, Headers, URLSearchParams);
 * ERR_SESSION_DATA_TOO_LARGE beyond `maxLength`.
 */
export function encodeSessionData(data: object, maxLength = MAX_SESSION_DATA_LENGTH): string {
  let text: string;
  try {
    text = JSON.stringify(data, function (key, value) {
      // The data itself may be of a class: its own properties are what is stored.
      return value === data ? value : checkLossless(this, key, value);
    });
  } catch (cause) {
    if (cause instanceof AuthError) throw cause;
    throw new AuthError('ERR_SESSION_DATA_UNSERIALIZABLE', undefined, { cause });
  }
  if (text === undefined) throw new AuthError('ERR_SESSION_DATA_UNSERIALIZABLE');
  if (text.length > maxLength) throw new AuthError('ERR_SESSION_DATA_TOO_LARGE');
  return text;
}

/** The data of a stored text. */
export function decodeSessionData(text: string): Record<string, unknown> {
  return JSON.parse(text) as Record<string, unknown>;
}

function checkLossless(holder: unknown, key: string, value: unknown): unknown {
  const isLost =
    (typeof value === 'number' && (!Number.isFinite(value) || Object.is(value, -0))) ||
    typeof value === 'bigint' ||
    typeof value === 'symbol' ||
    typeof value === 'function' ||
    (value === undefined && Array.isArray(holder)) ||
    (typeof value === 'object' && losesContent(holder, key, value));
  if (isLost) {
    throw new AuthError('ERR_SESSION_DATA_UNSERIALIZABLE', `Session data at "${key}" cannot be stored as JSON.`);
  }
  return value;
}

/**
 * Whether JSON keeps nothing of an object, or something else. `value` is the result of `toJSON` if the property has
 * one. An instance of a class without enumerable properties (Blob, FormData, Headers, URLSearchParams, …) would become
 * `{}`.
 */
function losesContent(holder: unknown, key: string, value: object | null): boolean {
  if (value === null) return types.isDate((holder as Record<string, unknown>)[key]);
  const prototype = Object.getPrototypeOf(value);
  if (prototype === Object.prototype || prototype === Array.prototype || prototype === null) return false;
  return Object.keys(value).length === 0 || LOSSY_TYPES.some((is) => is(value));
}

const LOSSY_TYPES = [
  ArrayBuffer.isView,
  types.isMap,
  types.isSet,
  types.isNativeError,
  types.isRegExp,
  types.isBoxedPrimitive,
];
