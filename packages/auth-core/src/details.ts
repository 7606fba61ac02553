// The details of a session's record as an object: JSON text with a member for each part of the strategy
// (strategies/session-details.ts, device/binding.ts).

import { AuthError } from './errors.ts';

/** @throws ERR_SESSION_UNREADABLE when the text is no JSON object */
export function parseDetails(text: string): Record<string, unknown> {
  let details: unknown;
  try {
    details = JSON.parse(text);
  } catch (cause) {
    throw new AuthError('ERR_SESSION_UNREADABLE', undefined, { cause });
  }
  if (isObject(details)) return details;
  throw new AuthError('ERR_SESSION_UNREADABLE');
}

export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
