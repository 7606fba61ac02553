// Reading a token's text without leniency: one token has one spelling, and one JSON text has one meaning.
// Buffer.from skips what is not base64 and JSON.parse lets the last of two equal names win; RFC 8725 (2.4, 3.4) wants neither.

import { isUtf8 } from 'node:buffer';

const SHAPE = /^[\w-]+\.[\w-]+\.[\w-]+$/;
/** Last characters whose unused bits are zero (RFC 4648, 3.5): after two, and after three characters of a group. */
const ENDS_AFTER_TWO = 'AQgw';
const ENDS_AFTER_THREE = 'AEIMQUYcgkosw048';

/** Where a token's two dots are, or undefined: three non-empty canonical base64url parts and nothing else (RFC 7515, 7.1). */
export function partsOf(token: string): { readonly headerEnd: number; readonly payloadEnd: number } | undefined {
  if (!SHAPE.test(token)) return undefined;
  const headerEnd = token.indexOf('.');
  const payloadEnd = token.indexOf('.', headerEnd + 1);
  const canonical =
    isCanonical(token, 0, headerEnd) &&
    isCanonical(token, headerEnd + 1, payloadEnd) &&
    isCanonical(token, payloadEnd + 1, token.length);
  return canonical ? { headerEnd, payloadEnd } : undefined;
}

function isCanonical(text: string, start: number, end: number): boolean {
  const last = text.charAt(end - 1);
  switch ((end - start) % 4) {
    case 0:
      return true;
    case 2:
      return ENDS_AFTER_TWO.includes(last);
    case 3:
      return ENDS_AFTER_THREE.includes(last);
    default:
      return false;
  }
}

/** The JSON object in a part; undefined for other JSON, invalid UTF-8, and any object with two members of one name. */
export function objectOf(part: string): Record<string, unknown> | undefined {
  const bytes = Buffer.from(part, 'base64url');
  if (!isUtf8(bytes)) return undefined;
  const text = bytes.toString('utf8');
  const value: unknown = JSON.parse(text);
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined;
  // What JSON.stringify wrote never names a member twice; our own tokens end here.
  if (JSON.stringify(value) !== text && namesTwice(text)) return undefined;
  return value as Record<string, unknown>;
}

const TOKENS = /"[^"\\]*(?:\\.[^"\\]*)*"|[{}[\]:]/g;

/** Whether some object in this valid JSON text has two members of one name, however the name is escaped. */
function namesTwice(text: string): boolean {
  const open: Set<string>[] = [];
  let last = '';
  for (const [token] of text.matchAll(TOKENS)) {
    if (token === '{' || token === '[') open.push(new Set());
    else if (token === '}' || token === ']') open.pop();
    else if (token === ':') {
      const names = open.at(-1);
      const name: string = JSON.parse(last);
      if (names?.has(name)) return true;
      names?.add(name);
    }
    last = token;
  }
  return false;
}
