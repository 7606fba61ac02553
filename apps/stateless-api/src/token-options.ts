// The configuration as options of the JWT plugin.

import { randomBytes } from 'node:crypto';
import { type JwtStrategyOptions, parseJwtKeys } from '@statecraft/auth-core';
import type { StatelessConfig } from './config.ts';

export function readTokenOptions(config: StatelessConfig): JwtStrategyOptions {
  return {
    keys: readKeys(config),
    issuer: config.JWT_ISSUER,
    audience: config.JWT_AUDIENCE,
    ttlSeconds: config.JWT_TTL_SECONDS,
    cache: readCacheLimits(config),
  };
}

function readCacheLimits({ JWT_CACHE_ENTRIES: maxEntries, JWT_CACHE_BYTES: maxBytes }: StatelessConfig) {
  return maxEntries > 0 && maxBytes > 0 ? { maxEntries, maxBytes } : false;
}

function readKeys(config: StatelessConfig): JwtStrategyOptions['keys'] {
  if (config.JWT_KEYS !== undefined) return parseJwtKeys(config.JWT_KEYS);
  if (config.JWT_SECRET !== undefined) return { secret: [config.JWT_SECRET, ...(config.JWT_VERIFY_SECRETS ?? [])] };
  process.stderr.write(
    'JWT_SECRET is not set, so a secret was made for this process. After a restart, and on other servers, the tokens ' +
      'that it signed are refused.\n',
  );
  return { secret: randomBytes(48) };
}
