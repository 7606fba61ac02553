// Reads the text of a signed token (a JWT, a device's proof) strictly: it has one spelling, and its JSON has one meaning
// (RFC 8725, 2.4 and 3.4).
// Buffer.from skips characters that are not base64, and JSON.parse takes the last of two equal names. Both are refused
// here.

import { isUtf8 } from 'node:buffer';

const THREE_PARTS = /^[\w-]+\.[\w-]+\.[\w-]+$/;
/** The possible last characters of a part when its unused bits are zero (RFC 4648, 3.5): of 4n + 2 and of 4n + 3. */
const LAST_OF_TWO = 'AQgw';
const LAST_OF_THREE = 'AEIMQUYcgkosw048';

export interface TokenParts {
  /** The index of the first dot. */
  readonly headerEnd: number;
  /** The index of the second dot. */
  readonly payloadEnd: number;
}

/** Finds the three parts of a token. Undefined unless all are non-empty, canonical base64url (RFC 7515, 7.1). */
export function splitToken(token: string): TokenParts | undefined {
  if (!THREE_PARTS.test(token)) return undefined;
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
      return LAST_OF_TWO.includes(last);
    case 3:
      return LAST_OF_THREE.includes(last);
    default:
      return false;
  }
}

/**
 * The JSON object in a part. Undefined for any other JSON, for invalid UTF-8, and when an object names a member twice.
 * @throws SyntaxError when the part is not JSON; RangeError when it is nested too deeply
 */
export function parseObject(part: string): Record<string, unknown> | undefined {
  const bytes = Buffer.from(part, 'base64url');
  if (!isUtf8(bytes)) return undefined;
  const text = bytes.toString('utf8');
  const value: unknown = JSON.parse(text);
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined;
  // JSON.stringify never writes a name twice. The tokens of this package are equal to what it writes, so they end here.
  if (JSON.stringify(value) !== text && hasDuplicateName(text)) return undefined;
  return value as Record<string, unknown>;
}

const JSON_TOKENS = /"[^"\\]*(?:\\.[^"\\]*)*"|[{}[\]:]/g;

/** Whether an object in this valid JSON text has two members of one name, however the names are escaped. */
function hasDuplicateName(text: string): boolean {
  const open: Set<string>[] = [];
  let last = '';
  for (const [token] of text.matchAll(JSON_TOKENS)) {
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
