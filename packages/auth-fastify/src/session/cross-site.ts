// A browser sends cookies also with requests that another site's page started. The plugin refuses such writes and
// WebSocket handshakes before it asks the store (ASVS 3.5.x). Programs send neither header and pass: they have no
// cookie jar that another site can use.

import { AuthError } from '@statecraft/auth-core';
import type { FastifyRequest } from 'fastify';

declare module 'fastify' {
  interface FastifyContextConfig {
    /**
     * `allow`: the route accepts writes from every origin, for example a form that an identity provider posts (SAML,
     * Sign in with Apple). Its handler must then verify the request itself: a state or a signature.
     */
    crossSite?: 'allow';
  }
}

const SAFE_METHODS = new Set(['GET', 'HEAD', 'OPTIONS', 'TRACE']);

export const isSafe = (method: string): boolean => SAFE_METHODS.has(method);

/**
 * Whether another site's page started this write or WebSocket handshake.
 * @throws ERR_OPTION_INVALID when one of `trustedOrigins` is not an origin
 */
export function createCrossSiteCheck(trustedOrigins: readonly string[]): (request: FastifyRequest) => boolean {
  const trusted = new Set(trustedOrigins.map(checkOrigin));

  return (request) => {
    const { origin, 'sec-fetch-site': site, upgrade } = request.raw.headers;
    if (origin === undefined && site === undefined) return false;
    if (isSafe(request.method) && upgrade === undefined) return false;
    if (origin !== undefined && trusted.has(origin)) return false;
    // No page can forge this header. It is right also where a proxy rewrote Host.
    if (site !== undefined) return site !== 'same-origin' && site !== 'none';
    return origin !== undefined && !isOwnOrigin(origin, request);
  };
}

/** The scheme is compared where the request's own is known: on TLS, or from a trusted proxy. */
function isOwnOrigin(origin: string, request: FastifyRequest): boolean {
  if (!URL.canParse(origin)) return false;
  const theirs = new URL(origin);
  // With trustProxy, and only then, Fastify fills `ips`.
  const isSchemeKnown = request.protocol === 'https' || request.ips !== undefined;
  const own = `${isSchemeKnown ? `${request.protocol}:` : theirs.protocol}//${request.host}`;
  return theirs.origin === origin && URL.canParse(own) && new URL(own).origin === theirs.origin;
}

function checkOrigin(text: string): string {
  if (URL.canParse(text) && new URL(text).origin === text) return text;
  throw new AuthError('ERR_OPTION_INVALID', `trustedOrigins: ${text} is not an origin such as https://shop.example.`);
}
