// The headers of Device Bound Session Credentials (W3C draft), which are structured fields (RFC 9651). All code that reads
// or writes them is here.
//
//   Secure-Session-Registration: (ES256 RS256);path="…";challenge="…"     sign-in ──> browser
//   Secure-Session-Challenge: "…";id="…"                                  endpoints ──> browser
//   Secure-Session-Response, Sec-Secure-Session-Id                        browser ──> endpoints
//   Secure-Session-Skipped: quota_exceeded;session_identifier="…"         browser ──> any route

/** Names of the headers, as Node has them. */
export const DEVICE_HEADERS = {
  registration: 'secure-session-registration',
  challenge: 'secure-session-challenge',
  proof: 'secure-session-response',
  bindingId: 'sec-secure-session-id',
  skipped: 'secure-session-skipped',
} as const;

/** Why a browser sent a request without a fresh device cookie, as it says; `other` for any other word. */
export type SkipReason = (typeof SKIP_REASONS)[number] | 'other';
const SKIP_REASONS = ['unreachable', 'server_error', 'quota_exceeded'] as const;

/** Characters. A proof with an RSA key of 4,096 bits has about 2,200. */
const MAX_VALUE_LENGTH = 8_192;

/** A string of RFC 9651, 3.3.3, and the parameters behind it, which the draft tells servers to ignore. */
const STRING =
  /^"((?:[ !#-[\]-~]|\\["\\])*)"((?:; *[a-z*][a-z0-9_.*-]*(?:=(?:"(?:[ !#-[\]-~]|\\["\\])*"|[^\s",;]+))?)*)$/;
/** Base64url and dots: a binding's id, or a JWS. */
const BARE = /^[\w.-]+$/;

/**
 * The text of a field that is one string, or undefined when it is malformed. Chromium sends the bare text in place of
 * the draft's quoted string (seen in 150), also where it is no token of RFC 9651, such as `9_x`.
 *
 * @param maxLength characters, quotation marks and parameters included
 */
export function readStringField(value: string | string[], maxLength = MAX_VALUE_LENGTH): string | undefined {
  if (typeof value !== 'string' || value.length > maxLength) return undefined;
  const text = value.trim();
  return BARE.test(text) ? text : STRING.exec(text)?.[1]?.replaceAll(/\\(.)/g, '$1');
}

/** The first reason in Secure-Session-Skipped. */
export function readSkipReason(value: string | string[]): SkipReason {
  const [first = ''] = [value].flat();
  const word = /^[\w]*/.exec(first.trim())?.[0];
  return SKIP_REASONS.find((reason) => reason === word) ?? 'other';
}

/** The offer to register a device: `path` is relative to the URL of the answer. */
export function formatOffer(path: string, challenge: string): string {
  return `(ES256 RS256);path=${quote(path)};challenge=${quote(challenge)}`;
}

/** Without the id, the browser would drop its binding. */
export function formatChallenge(challenge: string, bindingId: string): string {
  return `${quote(challenge)};id=${quote(bindingId)}`;
}

function quote(text: string): string {
  return `"${text.replaceAll(/["\\]/g, '\\$&')}"`;
}
