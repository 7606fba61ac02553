// The details of a session's record: JSON text that only the strategy reads and writes. A store keeps it to the letter.
//
//   { "idleMs"?: number, "device"?: { "address"?: string, "browser"?: string } }      {} for none
//
// A steady request does not parse it. The strategy writes it once, at sign-in, so fields of other versions survive.

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

/** @throws ERR_SESSION_UNREADABLE when the text is not an object of this form */
export function parseSessionDetails(text: string): SessionDetails {
  if (text === NO_DETAILS) return {};
  let details: unknown;
  try {
    details = JSON.parse(text);
  } catch (cause) {
    throw new AuthError('ERR_SESSION_UNREADABLE', undefined, { cause });
  }
  if (!isDetails(details)) throw new AuthError('ERR_SESSION_UNREADABLE');
  return details;
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

function isDetails(value: unknown): value is SessionDetails {
  if (!isObject(value)) return false;
  const { idleMs, device } = value;
  if (idleMs !== undefined && !(Number.isSafeInteger(idleMs) && (idleMs as number) > 0)) return false;
  if (device === undefined) return true;
  return isObject(device) && [device.address, device.browser].every((text) => isOptionalText(text));
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isOptionalText(value: unknown): boolean {
  return value === undefined || typeof value === 'string';
}
