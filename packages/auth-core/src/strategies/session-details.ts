// The details of a session's record: JSON text that only the strategy reads and writes. A store keeps it to the letter.
//
//   { "idleMs"?: number, "device"?: { "address"?: string, "browser"?: string } }      {} for none
//
// A steady request does not parse it. The strategy writes it once, at sign-in, so fields of other versions survive.

import { isObject, parseDetails } from '../details.ts';
import { AuthError } from '../errors.ts';

/** What a user recognises a device by, in a list of sessions. */
export interface SessionDevice {
  /** The client's network address at sign-in. */
  readonly address?: string | undefined;
  /** The browser or program at sign-in, for example its User-Agent. */
  readonly browser?: string | undefined;
}

export interface SessionDetails {
  /** ms; only where it differs from the strategy's. */
  readonly idleMs?: number | undefined;
  readonly device?: SessionDevice | undefined;
}

/** UTF-16 units of each text of a device; longer ones are cut. */
export const MAX_DEVICE_TEXT_LENGTH = 256;

const NO_DETAILS = '{}';
/** Cannot occur inside a string of JSON text, where each quote has a backslash before it. */
const IDLE_MS_KEY = '"idleMs":';

/** @throws ERR_OPTION_INVALID for a device whose address or browser is no string */
export function encodeSessionDetails({ idleMs, device }: SessionDetails): string {
  if (idleMs === undefined && device === undefined) return NO_DETAILS;
  return JSON.stringify({ idleMs, device: device && cutDevice(device) });
}

/**
 * A device of another form is left out: it is only shown to the user.
 * @throws ERR_SESSION_UNREADABLE when the text is no JSON object, or its idle time is no number of ms above 0
 */
function parseSessionDetails(text: string): SessionDetails {
  if (text === NO_DETAILS) return {};
  const details = parseDetails(text);
  if (!isOptionalMs(details.idleMs)) throw new AuthError('ERR_SESSION_UNREADABLE');
  return { idleMs: details.idleMs, device: isDevice(details.device) ? details.device : undefined };
}

/** As `parseSessionDetails`, for a list of sessions. Unreadable details count as none: one record breaks no list. */
export function readSessionDetails(text: string): SessionDetails {
  try {
    return parseSessionDetails(text);
  } catch {
    return {};
  }
}

/**
 * The session's own idle time in ms, or undefined when it has none. Parses the text only when there is one.
 * @throws ERR_SESSION_UNREADABLE
 */
export function readIdleMs(text: string): number | undefined {
  return text.includes(IDLE_MS_KEY) ? parseSessionDetails(text).idleMs : undefined;
}

function cutDevice({ address, browser }: SessionDevice): SessionDevice {
  return { address: cutText('address', address), browser: cutText('browser', browser) };
}

function cutText(name: string, text: string | undefined): string | undefined {
  if (text === undefined || typeof text === 'string') return text?.slice(0, MAX_DEVICE_TEXT_LENGTH);
  throw new AuthError('ERR_OPTION_INVALID', `device.${name} must be a string.`);
}

function isDevice(value: unknown): value is SessionDevice {
  return isObject(value) && isOptionalText(value.address) && isOptionalText(value.browser);
}

function isOptionalMs(value: unknown): value is number | undefined {
  return value === undefined || (Number.isSafeInteger(value) && (value as number) > 0);
}

function isOptionalText(value: unknown): boolean {
  return value === undefined || typeof value === 'string';
}
