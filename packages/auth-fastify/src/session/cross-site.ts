// A browser sends cookies with writes that other sites' pages start. Those are refused here, before the store is asked
// (ASVS 3.5.x). Programs send neither header and pass: they have no cookie jar that somebody else can use.

import { AuthError } from '@statecraft/auth-core';
import type { FastifyRequest } from 'fastify';

const SAFE_METHODS = new Set(['GET', 'HEAD', 'OPTIONS', 'TRACE']);

export const isSafe = (method: string): boolean => SAFE_METHODS.has(method);

/** Whether another site's page started this write. @throws ERR_OPTION_INVALID for what is not an origin. */
export function createCrossSiteCheck(trustedOrigins: readonly string[]): (request: FastifyRequest) => boolean {
  const trusted = new Set(trustedOrigins.map(originOf));

  return (request) => {
    const { origin, 'sec-fetch-site': site } = request.raw.headers;
    if (origin === undefined && site === undefined) return false;
    if (origin !== undefined && trusted.has(origin)) return false;
    if (site !== undefined && site !== 'same-origin' && site !== 'none') return true;
    return origin !== undefined && !isOwn(origin, request.host);
  };
}

/** The host and port are compared, not the scheme: behind a proxy that ends TLS the server does not see it. */
function isOwn(origin: string, host: string): boolean {
  if (!URL.canParse(origin)) return false;
  const { protocol, host: theirs, origin: whole } = new URL(origin);
  const own = `${protocol}//${host}`;
  return whole === origin && URL.canParse(own) && new URL(own).host === theirs;
}

function originOf(text: string): string {
  if (URL.canParse(text) && new URL(text).origin === text) return text;
  throw new AuthError('ERR_OPTION_INVALID', `trustedOrigins: ${text} is not an origin such as https://shop.example.`);
}
