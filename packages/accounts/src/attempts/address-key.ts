// Which addresses count as one. Whoever has one IPv6 address has its whole /64, so the /64 is what is counted.

import { isIP } from 'node:net';

/** `192.0.2.7` and `::ffff:192.0.2.7` are one; an IPv6 address becomes its first 64 bits; any other text stays, cut. */
export function addressKey(address: string): string {
  const bare = address.replace(/%.*$/s, '');
  if (isIP(bare) !== 6) return address.slice(0, 64);
  const mapped = /^(?:0*:)*:?(?:0*:)*ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(bare)?.[1];
  return mapped ?? `${groupsOf(bare).slice(0, 4).join(':')}::/64`;
}

function groupsOf(address: string): string[] {
  const [head = '', tail] = address.split('::');
  const left = words(head);
  if (tail === undefined) return left;
  const right = words(tail);
  const zeros = Array<string>(Math.max(0, 8 - left.length - right.length)).fill('0');
  return [...left, ...zeros, ...right];
}

/** A dotted end (`::192.0.2.7`) stands for two groups; which ones does not matter to the first four. */
function words(part: string): string[] {
  if (part === '') return [];
  return part.split(':').flatMap((group) => {
    return group.includes('.') ? ['0', '0'] : [Number.parseInt(group, 16).toString(16)];
  });
}
