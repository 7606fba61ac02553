// The binding in a session's record: member "binding" of its details, which only the strategy reads and writes.
//
//   offered   { challenge, challengeExpiresAt }
//   bound     { id, key, boundAt, challenge, challengeExpiresAt, current, previous, presented }
//   current, previous, presented   { hash, expiresAt }
//
// Members that this version does not have are kept, in the binding and beside it.

import { hash, randomBytes } from 'node:crypto';
import { isObject, parseDetails } from '../details.ts';
import { AuthError } from '../errors.ts';

/** The hash of a device token, and when it expires: ms since the epoch. */
export interface TokenHash {
  /** SHA-256, base64url. */
  readonly hash: string;
  readonly expiresAt: number;
}

interface Challenged {
  readonly challenge: string;
  /** ms since the epoch. */
  readonly challengeExpiresAt: number;
}

/** A device may register. */
export interface OfferedBinding extends Challenged {
  readonly id?: undefined;
}

export interface BoundBinding extends Challenged {
  /** The `session_identifier` of DBSC: random, and neither the session's id nor its token. */
  readonly id: string;
  /** A `DeviceJwk`. It is read at a refresh only. */
  readonly key: unknown;
  /** ms since the epoch. */
  readonly boundAt: number;
  readonly current: TokenHash;
  /**
   * What was current before the last refresh, for requests that were sent before it. Equal to `current` until then: so
   * the record has its full size from the start, and no refresh fails because the session's data have taken the room.
   */
  readonly previous: TokenHash;
  /**
   * What the device held at the last refresh: an older one than `previous` if the answers with newer ones were lost.
   */
  readonly presented: TokenHash;
}

export type Binding = OfferedBinding | BoundBinding;

/** Cannot occur inside a string of JSON text, where each quote has a backslash before it. */
const BINDING_KEY = '"binding":';
/** bytes */
const CHALLENGE_BYTES = 16;
const ID_BYTES = 16;
const TOKEN_BYTES = 32;
const TOKEN_LENGTH = Math.ceil((TOKEN_BYTES * 4) / 3);

/**
 * The binding in a session's details. Undefined when it has none; parses the text only when there is one.
 * @throws ERR_SESSION_UNREADABLE for a binding of another form: it must not count as none
 */
export function readBinding(details: string): Binding | undefined {
  if (!details.includes(BINDING_KEY)) return undefined;
  const { binding } = parseDetails(details);
  if (binding === undefined || isBinding(binding)) return binding;
  throw new AuthError('ERR_SESSION_UNREADABLE');
}

/** The details with this binding, all else kept. */
export function writeBinding(details: string, binding: Binding): string {
  return JSON.stringify({ ...parseDetails(details), binding });
}

export function isBound(binding: Binding | undefined): binding is BoundBinding {
  return binding?.id !== undefined;
}

/** Whether a device is bound. A binding that cannot be read counts as none: this is for a list of sessions. */
export function hasBoundDevice(details: string): boolean {
  try {
    return isBound(readBinding(details));
  } catch {
    return false;
  }
}

export function mintChallenge(): string {
  return randomBytes(CHALLENGE_BYTES).toString('base64url');
}

/** Begins with a letter, so that it is a token of RFC 9651, too: browsers send it back without quotation marks. */
export function mintBindingId(): string {
  return `b${randomBytes(ID_BYTES).toString('base64url')}`;
}

/** A token for the device's cookie; the record gets its hash. */
export function mintDeviceToken(): string {
  return randomBytes(TOKEN_BYTES).toString('base64url');
}

export function hashDeviceToken(token: string): string {
  return hash('sha256', token, 'base64url');
}

/** What a request presents: one token, or those of several cookies. */
export type PresentedTokens = string | readonly string[] | undefined;

/**
 * The token of the binding that is among the given ones, and has not expired. Hashes are compared as a store looks up
 * an id: how long that takes tells nothing about a token, because no token can be made for a given hash.
 */
export function findFreshToken(given: PresentedTokens, binding: BoundBinding, now: number): TokenHash | undefined {
  const { current, previous, presented } = binding;
  const fresh = [current, previous, presented].filter(({ expiresAt }) => now < expiresAt);
  for (const token of [given ?? []].flat()) {
    if (token.length !== TOKEN_LENGTH) continue;
    const digest = hashDeviceToken(token);
    const found = fresh.find(({ hash }) => hash === digest);
    if (found !== undefined) return found;
  }
  return undefined;
}

function isBinding(value: unknown): value is Binding {
  if (!isObject(value) || !isText(value.challenge) || !isTime(value.challengeExpiresAt)) return false;
  const { id, key, boundAt, current, previous, presented } = value;
  const tokens = [current, previous, presented];
  // An offered binding with any member of a bound one is damaged.
  if (id === undefined) return [key, boundAt, ...tokens].every((member) => member === undefined);
  return isText(id) && isObject(key) && isTime(boundAt) && tokens.every(isTokenHash);
}

function isTokenHash(value: unknown): value is TokenHash {
  return isObject(value) && isText(value.hash) && isTime(value.expiresAt);
}

function isText(value: unknown): value is string {
  return typeof value === 'string' && value !== '';
}

function isTime(value: unknown): value is number {
  return Number.isSafeInteger(value);
}
