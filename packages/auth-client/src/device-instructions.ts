// What a server answers to a registration or a refresh: how the session is to be refreshed, which requests wait for it,
// and which cookies are bound. Checked as the draft says (w3c/webappsec-dbsc, 6.10 and 8.6); what fails has no binding.

import { Cookie, type CookieJar } from 'tough-cookie';
import { createCookieJar } from './cookies.ts';
import { isSendable } from './device-headers.ts';
import { isDomain, isHostMatching, isSameSite, isTrustworthy, readDomain } from './device-site.ts';

/** Valid instructions. */
export interface Instructions {
  readonly id: string;
  readonly refreshUrl: string;
  readonly origin: URL;
  /** True: for the whole site. False: for the origin. */
  readonly includesSite: boolean;
  readonly rules: readonly ScopeRule[];
  /** The bound cookies as the server describes them, without a value. They never expire. */
  readonly credentials: CookieJar;
}

interface ScopeRule {
  readonly type: 'include' | 'exclude';
  readonly domain: string;
  readonly path: string;
}

type Fields = Readonly<Record<string, unknown>>;

/**
 * Reads the body of an answer from `url`. Answers undefined if the server ends the binding (`continue: false`) or if
 * anything is invalid: either way there is no binding.
 */
export function readInstructions(body: unknown, url: string): Instructions | undefined {
  try {
    const fields = readFields(typeof body === 'string' ? JSON.parse(body) : body);
    return fields.continue === false ? undefined : checkInstructions(fields, new URL(url));
  } catch {
    return undefined;
  }
}

/** True if a request for this URL waits for a refresh when a bound cookie is missing. */
export function isInScope({ origin, includesSite, refreshUrl, rules }: Instructions, url: URL): boolean {
  const isCovered = includesSite ? isSameSite(url, origin) : url.origin === origin.origin;
  if (!isCovered || url.href === refreshUrl) return false;
  const rule = rules.find(({ domain, path }) => isHostMatching(url.hostname, domain) && isUnder(url.pathname, path));
  return rule?.type !== 'exclude';
}

/** True if a cookie that would go with a request for this URL is not among `sent`, with the attributes as described. */
export function isCookieMissing({ credentials }: Instructions, url: string, sent: readonly Cookie[]): boolean {
  return credentials.getCookiesSync(url).some((bound) => !sent.some((cookie) => hasSameAttributes(cookie, bound)));
}

function checkInstructions(fields: Fields, url: URL): Instructions {
  const id = readText(fields.session_identifier);
  const refresh = new URL(readText(fields.refresh_url ?? url.href), url);
  const scope = readFields(fields.scope);
  const origin = new URL(readText(scope.origin ?? url.origin));
  const includesSite = scope.include_site;
  check(isSendable(id));
  check(typeof fields.continue === 'boolean' || fields.continue === undefined);
  check(isTrustworthy(refresh) && isSameSite(refresh, url));
  check(/^https?:$/.test(origin.protocol) && isSameSite(origin, url));
  check(typeof includesSite === 'boolean');
  // A subdomain may register for its whole site if the site lists it (/.well-known). This client does not ask the site.
  check(!includesSite || (isDomain(url) && origin.hostname === readDomain(url) && url.hostname === readDomain(url)));
  readArray(fields.allowed_refresh_initiators ?? []).forEach(readText);
  return {
    id,
    refreshUrl: refresh.href,
    origin,
    includesSite,
    rules: readArray(scope.scope_specification ?? []).map(readRule),
    credentials: createCredentials(readArray(fields.credentials), url.href),
  };
}

function readRule(value: unknown): ScopeRule {
  const { type, domain = '*', path = '/' } = readFields(value);
  check(type === 'include' || type === 'exclude');
  check(readText(path).startsWith('/'));
  return { type, domain: readText(domain), path: readText(path) };
}

/** Throws if the list is empty, or if an answer from this URL could not set such a cookie. */
function createCredentials(list: readonly unknown[], url: string): CookieJar {
  check(list.length > 0);
  const jar = createCookieJar();
  for (const item of list) {
    const { type, name, attributes = '' } = readFields(item);
    check(type === 'cookie' && typeof attributes === 'string');
    const cookie = Cookie.parse(`${readText(name)}=bound; ${attributes}`);
    check(cookie !== undefined && cookie.key === name);
    // The draft ignores a lifetime here; Chromium 150 keeps no binding.
    check(!cookie.isPersistent());
    jar.setCookieSync(cookie, url);
  }
  return jar;
}

function hasSameAttributes(a: Cookie, b: Cookie): boolean {
  const names = ['key', 'domain', 'hostOnly', 'path', 'secure', 'httpOnly', 'sameSite'] as const;
  return names.every((name) => a[name] === b[name]);
}

function isUnder(path: string, prefix: string): boolean {
  return path === prefix || path.startsWith(prefix.endsWith('/') ? prefix : `${prefix}/`);
}

function readFields(value: unknown): Fields {
  check(typeof value === 'object' && value !== null && !Array.isArray(value));
  return value as Fields;
}

function readArray(value: unknown): readonly unknown[] {
  check(Array.isArray(value));
  return value;
}

function readText(value: unknown): string {
  check(typeof value === 'string' && value !== '');
  return value;
}

function check(isValid: boolean): asserts isValid {
  if (!isValid) throw new TypeError('The instructions are not valid.');
}
