// The environment of the stateless API, checked before anything else runs.

import {
  type Config,
  ConfigError,
  flag,
  loadConfig,
  oneOf,
  secret,
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
  JWT_KEYS: secret(2, {
    fallbackText: '–',
    description: 'Ed25519 keys by `kid`, as JSON, in place of `JWT_SECRET`.',
  }),
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
    fallback: 'fastify-jwt',
    description: 'Who computes signatures: @fastify/jwt, or node:crypto directly.',
  }),
  PASSWORD_COST: wholeNumber(4, 15, { fallback: 12, description: 'bcrypt cost; at least 10 in production.' }),
  DEMO_USERS: flag({ fallback: false, description: 'Add alice, bob and carol, whose password is public.' }),
};

export type StatelessConfig = Config<typeof VARIABLES>;

/** @throws ConfigError with every problem. */
export function readConfig(env: NodeJS.ProcessEnv): StatelessConfig {
  const config = loadConfig(VARIABLES, env, ['JWT_', 'PASSWORD_', 'DEMO_']);
  const problems: string[] = [];
  if (config.JWT_SECRET !== undefined && config.JWT_KEYS !== undefined)
    problems.push('JWT_SECRET and JWT_KEYS are both set: set one of them.');
  if (config.NODE_ENV === 'production') {
    if (config.JWT_SECRET === undefined && config.JWT_KEYS === undefined) {
      problems.push('JWT_SECRET or JWT_KEYS_FILE must be set in production. A secret: openssl rand -base64 48');
    }
    if (config.PASSWORD_COST < 10)
      problems.push(`PASSWORD_COST must be at least 10 in production, and is ${config.PASSWORD_COST}.`);
    if (config.DEMO_USERS)
      problems.push('DEMO_USERS must not be set in production: the password of these users is public.');
  }
  if (problems.length > 0) throw new ConfigError(problems);
  return config;
}
