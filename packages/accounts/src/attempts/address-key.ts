// Which addresses count as one. A client with one IPv6 address usually has the whole /64, so failures count per /64.

import { isIP } from 'node:net';

/**
 * Returns the key that an address is counted under. `192.0.2.7` and `::ffff:192.0.2.7` give the same key, an IPv6
 * address gives its first 64 bits, and any other text gives its first 64 characters.
 */
export function makeAddressKey(address: string): string {
  const bare = address.replace(/%.*$/s, '');
  if (isIP(bare) !== 6) return address.slice(0, 64);
  const mapped = /^(?:0*:)*:?(?:0*:)*ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(bare)?.[1];
  return mapped ?? `${splitGroups(bare).slice(0, 4).join(':')}::/64`;
}

function splitGroups(address: string): string[] {
  const [head = '', tail] = address.split('::');
  const left = parseWords(head);
  if (tail === undefined) return left;
  const right = parseWords(tail);
  const zeros = Array<string>(Math.max(0, 8 - left.length - right.length)).fill('0');
  return [...left, ...zeros, ...right];
}

/** A dotted end (`::192.0.2.7`) fills two groups; their values do not matter to the first four. */
function parseWords(part: string): string[] {
  if (part === '') return [];
  return part.split(':').flatMap((group) => {
    return group.includes('.') ? ['0', '0'] : [Number.parseInt(group, 16).toString(16)];
  });
}
