// Text of a client, for the log.

const MAX_LENGTH = 64;

/**
 * Escapes control, format and unassigned characters and line separators. JSON escapes only those below a space.
 * @returns at most the first 64 characters; for a longer text, … follows them
 */
export function escapeText(text: string): string {
  const short = text.length > MAX_LENGTH ? `${text.slice(0, MAX_LENGTH)}…` : text;
  return short.replaceAll(/[\p{C}\p{Zl}\p{Zp}]/gu, (sign) => `\\u{${sign.codePointAt(0)?.toString(16)}}`);
}
