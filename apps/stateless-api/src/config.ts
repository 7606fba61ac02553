// The environment of the stateless API, checked before anything else runs.

import { isRepetition, JWT_CACHE_DEFAULTS, parseJwtKeys } from '@statecraft/auth-core';
import {
  ACCOUNT_RULES,
  ACCOUNT_VARIABLES,
  type Config,
  loadConfig,
  oneOf,
  type Rule,
  secret,
  secrets,
  serviceVariables,
  text,
  wholeNumber,
} from '@statecraft/service-kit';

export const VARIABLES = {
  ...serviceVariables(3000),
  JWT_SECRET: secret(32, {
    fallbackText: 'made at boot in development',
    description: 'Signs tokens (HS256). The same on every server.',
  }),
  JWT_VERIFY_SECRETS: secrets(32, {
    fallbackText: '–',
    description: 'More secrets that verify tokens and sign none, one per line: to replace `JWT_SECRET`.',
  }),
  JWT_KEYS: {
    ...secret(2, { fallbackText: '–', description: 'Ed25519 keys by `kid`, in place of `JWT_SECRET`.' }),
    allowed: 'JSON: `{"current": kid, "keys": [JWK, …]}`',
  },
  JWT_TTL_SECONDS: wholeNumber(1, 86_400, {
    fallback: 900,
    description: 'Life of a token, s. It cannot be ended earlier.',
  }),
  JWT_ISSUER: text(/^\S{1,200}$/, '1 to 200 characters without spaces', {
    fallback: 'statecraft',
    description: '`iss` of every token.',
  }),
  JWT_AUDIENCE: text(/^\S{1,200}$/, '1 to 200 characters without spaces', {
    fallback: 'statecraft-api',
    description: '`aud` of every token.',
  }),
  JWT_ENGINE: oneOf(['fastify-jwt', 'native'], {
    fallback: 'native',
    description: 'Who computes signatures: @fastify/jwt, or node:crypto directly.',
  }),
  JWT_CACHE_ENTRIES: wholeNumber(0, 10_000_000, {
    fallback: JWT_CACHE_DEFAULTS.maxEntries,
    description: 'Verified tokens that are kept in memory, not to be verified again; 0 for none.',
  }),
  JWT_CACHE_BYTES: wholeNumber(0, 4 * 1024 ** 3, {
    fallback: JWT_CACHE_DEFAULTS.maxBytes,
    description: 'Memory for them at most, bytes; 0 for none.',
  }),
  ...ACCOUNT_VARIABLES,
};

export type StatelessConfig = Config<typeof VARIABLES>;

/** @throws ConfigError with every problem. */
export function readConfig(env: NodeJS.ProcessEnv): StatelessConfig {
  return loadConfig(VARIABLES, env, {
    prefixes: ['JWT_', 'DATABASE_', 'PASSWORD_', 'DEMO_', 'REGISTRATIONS_'],
    rules: RULES,
  });
}

const isProduction = ({ NODE_ENV }: StatelessConfig) => NODE_ENV === 'production';

const RULES: readonly Rule<typeof VARIABLES>[] = [
  {
    of: ['JWT_SECRET', 'JWT_KEYS'],
    problem: ({ JWT_SECRET, JWT_KEYS }) =>
      JWT_SECRET !== undefined && JWT_KEYS !== undefined && 'JWT_SECRET and JWT_KEYS are both set: set one of them.',
  },
  {
    of: ['JWT_SECRET', 'JWT_VERIFY_SECRETS'],
    problem: ({ JWT_SECRET, JWT_VERIFY_SECRETS }) =>
      JWT_VERIFY_SECRETS !== undefined &&
      JWT_SECRET === undefined &&
      'JWT_VERIFY_SECRETS needs JWT_SECRET, which signs.',
  },
  {
    of: ['JWT_SECRET', 'JWT_VERIFY_SECRETS'],
    problem: (config) =>
      new Set(listSecrets(config)).size < listSecrets(config).length &&
      'JWT_SECRET and the lines of JWT_VERIFY_SECRETS must all differ.',
  },
  {
    of: ['NODE_ENV', 'JWT_SECRET', 'JWT_VERIFY_SECRETS'],
    problem: (config) =>
      isProduction(config) &&
      listSecrets(config).some(isRepetition) &&
      'JWT_SECRET and JWT_VERIFY_SECRETS must not repeat a shorter text in production. One: openssl rand -base64 48',
  },
  { of: ['JWT_KEYS'], problem: ({ JWT_KEYS }) => JWT_KEYS !== undefined && checkKeys(JWT_KEYS) },
  {
    of: ['NODE_ENV', 'JWT_SECRET', 'JWT_KEYS'],
    problem: (config) =>
      isProduction(config) &&
      config.JWT_SECRET === undefined &&
      config.JWT_KEYS === undefined &&
      'JWT_SECRET or JWT_KEYS_FILE must be set in production. A secret: openssl rand -base64 48',
  },
  ...ACCOUNT_RULES,
];

/** The secret that signs is first. */
function listSecrets({ JWT_SECRET, JWT_VERIFY_SECRETS = [] }: StatelessConfig): readonly string[] {
  return JWT_SECRET === undefined ? JWT_VERIFY_SECRETS : [JWT_SECRET, ...JWT_VERIFY_SECRETS];
}

function checkKeys(text: string): string | false {
  try {
    parseJwtKeys(text);
    return false;
  } catch (error) {
    // Its text names the field and quotes no key.
    return `JWT_KEYS: ${(error as Error).message}`;
  }
}
