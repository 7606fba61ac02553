// Which addresses belong together, as browsers decide it for cookies.

import { getPublicSuffix } from 'tough-cookie';

/** True if a key may be registered there: over TLS, or on this machine. */
export function isTrustworthy({ protocol, hostname }: URL): boolean {
  if (protocol === 'https:') return true;
  return protocol === 'http:' && /^(localhost|.*\.localhost|127(\.\d+){3}|\[::1\])$/.test(hostname);
}

/** True if both have the same scheme and the same registrable domain, or the same host if it has none. */
export function isSameSite(a: URL, b: URL): boolean {
  return a.protocol === b.protocol && readDomain(a) === readDomain(b);
}

/** False for an address and for a single name, such as localhost: they belong to no site. */
export function isDomain({ hostname }: URL): boolean {
  return !/^\[|^[\d.]+$/.test(hostname) && hostname.includes('.');
}

/** The registrable domain (`example.co.uk`), or the host if it has none. */
export function readDomain(url: URL): string {
  const { hostname } = url;
  if (!isDomain(url)) return hostname;
  return getPublicSuffix(hostname, { allowSpecialUseDomain: true, ignoreError: true }) ?? hostname;
}

/** The draft's patterns: `*`, `*.example.com` (without example.com itself), `example.com`. */
export function isHostMatching(hostname: string, pattern: string): boolean {
  if (pattern === '*') return true;
  if (pattern.startsWith('*')) return pattern.startsWith('*.') && hostname.endsWith(pattern.slice(1));
  return hostname === pattern;
}
