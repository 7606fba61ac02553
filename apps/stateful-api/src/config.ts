// The environment of the stateful API, checked before anything else runs.

import { isRepetition } from '@statecraft/auth-core';
import {
  ACCOUNT_RULES,
  ACCOUNT_VARIABLES,
  type Config,
  flag,
  loadConfig,
  oneOf,
  type Rule,
  secret,
  serviceVariables,
  text,
  wholeNumber,
} from '@statecraft/service-kit';
import { parsePostgresUrl } from './postgres-url.ts';
import { parseRedisUrl, REDIS_SCHEMES } from './redis-url.ts';

export const VARIABLES = {
  ...serviceVariables(3001),
  SESSION_STORE: oneOf(['memory', 'redis', 'sqlite', 'postgres'], {
    fallback: 'memory',
    description: 'Where sessions live: this process, Redis, a file that all servers of this machine share, PostgreSQL.',
  }),
  SESSION_CACHE: oneOf(['none', 'tracked'], {
    fallback: 'none',
    description: 'Keep what was read from Redis in this process, true by what Redis says was written.',
  }),
  SESSION_CACHE_MAX_ENTRIES: wholeNumber(1, 10_000_000, {
    fallback: 100_000,
    description: 'Sessions that the cache keeps.',
  }),
  SESSION_CACHE_MAX_BYTES: wholeNumber(65_536, 8 * 1024 ** 3, {
    fallback: 64 * 1024 ** 2,
    description: 'Memory that the cache takes, bytes.',
  }),
  SESSION_CACHE_MAX_STALE_MS: wholeNumber(100, 3_600_000, {
    fallback: 60_000,
    description: 'A session in the cache is read again after this long, whatever Redis said, ms.',
  }),
  SESSION_CACHE_HEARTBEAT_MS: wholeNumber(50, 60_000, {
    fallback: 1000,
    description: 'The cache is not used when Redis was silent for two of these, ms.',
  }),
  SESSION_ENGINE: oneOf(['statecraft', 'fastify-session'], {
    fallback: 'statecraft',
    description: 'Our session plugin, or the real @fastify/session over the same store.',
  }),
  SESSION_IDLE_SECONDS: wholeNumber(1, 31_536_000, {
    fallback: 1800,
    description: 'A session ends after this long without a request, s; moved in the store once in a tenth of it.',
  }),
  SESSION_ABSOLUTE_SECONDS: wholeNumber(1, 31_536_000, {
    fallback: 43_200,
    description: 'A session ends this long after sign-in, s.',
  }),
  SESSION_MAX_PER_USER: wholeNumber(1, 1000, {
    fallback: 100,
    description: 'Beyond it, the user’s oldest session ends.',
  }),
  SESSION_MAX_BYTES_PER_USER: wholeNumber(4_096, 1024 ** 3, {
    fallbackText: '20480 for each of `SESSION_MAX_PER_USER`',
    description: 'Bytes of all sessions of a user; each may take an equal share, and beyond it a change is 413.',
  }),
  SESSION_COOKIE_SECURE: flag({
    fallbackText: '`1` in production or with `SESSION_DEVICE_BOUND`, else `0`',
    description: 'Send the cookie over TLS only, under the name `__Host-session`.',
  }),
  SESSION_DEVICE_BOUND: flag({
    fallback: false,
    description: 'Bind sessions to a key of the browser, where it can: a copied cookie then works for minutes only.',
  }),
  SESSION_DEVICE_LIFETIME_SECONDS: wholeNumber(1, 86_400, {
    fallback: 300,
    description: 'How long a device cookie works before the browser renews it, s; in production 240 or more.',
  }),
  SESSION_DEVICE_REQUIRED_SECONDS: wholeNumber(60, 31_536_000, {
    fallbackText: 'never',
    description: 'This long after sign-in, a session whose browser has registered no key is refused, s.',
  }),
  SESSION_PREFIX: text(/^[\w:-]{1,64}$/, '1 to 64 letters, digits, `:`, `-`, `_`', {
    fallback: 'sess:',
    description: 'The beginning of every key in Redis.',
  }),
  SESSION_SECRET: secret(32, {
    fallbackText: 'made at boot in development',
    description: 'Signs the cookie of `SESSION_ENGINE=fastify-session`; our own needs none.',
  }),
  SESSION_SQLITE_PATH: text(/^[^:\0][^\0]*$/, 'the name of a file', {
    description: 'For `SESSION_STORE=sqlite`: the file, on a local disk, in a folder that exists.',
  }),
  SESSION_SQLITE_SYNCHRONOUS: oneOf(['full', 'normal'], {
    fallback: 'full',
    description: 'With `full`, an acknowledged write survives a power loss; `normal` may lose the last ones.',
  }),
  SESSION_SQLITE_MAX_BYTES: wholeNumber(1024 ** 2, 1024 ** 4, {
    fallback: 4 * 1024 ** 3,
    description: 'Size of the file at most, bytes; beyond it sign-ins are 503.',
  }),
  SESSION_SQLITE_DEADLINE_MS: wholeNumber(10, 60_000, {
    fallback: 5000,
    description: 'A write that waits longer for the lock of the file or for the disk is 503, ms.',
  }),
  SESSION_DATABASE_URL: {
    ...secret(1, {
      fallbackText: '`DATABASE_URL`',
      description:
        'For `SESSION_STORE=postgres`: where the sessions are. `DATABASE_CA` and `DATABASE_WAIT_SECONDS` apply to it, too.',
    }),
    allowed: '`postgres://user:password@host:port/database`, with `?sslmode=…`',
  },
  SESSION_DATABASE_POOL_SIZE: wholeNumber(1, 1000, {
    fallback: 10,
    description: 'Most connections of this server to PostgreSQL for sessions.',
  }),
  SESSION_DATABASE_DEADLINE_MS: wholeNumber(10, 60_000, {
    fallback: 1000,
    description: 'A request waits this long for a session in PostgreSQL; then it is 503, ms.',
  }),
  SESSION_DATABASE_MIGRATE: flag({
    fallbackText: '`DATABASE_MIGRATE`',
    description: 'Make the table of sessions at boot, if it is missing.',
  }),
  SESSION_DATABASE_UNLOGGED: flag({
    fallback: false,
    description: 'Make the table of sessions without a write-ahead log: a crash of PostgreSQL then ends all sessions.',
  }),
  REDIS_URL: {
    description:
      'For `SESSION_STORE=redis`: one server, Sentinels (`redis-sentinel://host:port,host:port/name`), a Cluster.',
    allowed: `a URL of the scheme ${REDIS_SCHEMES}`,
    fallback: 'redis://127.0.0.1:6379',
    secret: true,
    parse: (value: string) => (parseRedisUrl(value) === undefined ? undefined : value),
  },
  REDIS_DEADLINE_MS: wholeNumber(10, 60_000, {
    fallback: 1000,
    description: 'A request waits this long for Redis in all; then it is 503, ms.',
  }),
  REDIS_WAIT_SECONDS: wholeNumber(0, 600, {
    fallback: 10,
    description: 'How long the process waits for Redis at boot, s.',
  }),
  READY_NEEDS_WRITES: flag({
    fallback: false,
    description: '`/ready` is 503 also while the store answers reads and refuses writes.',
  }),
  ...ACCOUNT_VARIABLES,
};

export type StatefulConfig = Config<typeof VARIABLES> & { readonly SESSION_MAX_BYTES_PER_USER: number };

/** @throws ConfigError with every problem. */
export function readConfig(env: NodeJS.ProcessEnv): StatefulConfig {
  const config = loadConfig(VARIABLES, env, {
    prefixes: ['SESSION_', 'REDIS_', 'DATABASE_', 'PASSWORD_', 'DEMO_', 'REGISTRATIONS_'],
    rules: RULES,
  });
  return {
    ...config,
    SESSION_COOKIE_SECURE: config.SESSION_COOKIE_SECURE ?? (isProduction(config) || config.SESSION_DEVICE_BOUND),
    SESSION_MAX_BYTES_PER_USER: config.SESSION_MAX_BYTES_PER_USER ?? BYTES_PER_SESSION * config.SESSION_MAX_PER_USER,
  };
}

const isProduction = ({ NODE_ENV }: Pick<StatefulConfig, 'NODE_ENV'>) => NODE_ENV === 'production';

/** s */
const MIN_DEVICE_SECONDS = 240;
/** bytes; a full cart takes about 9,000. */
const BYTES_PER_SESSION = 20_480;
/** bytes; so that a full cart fits. */
const MIN_BYTES_PER_SESSION = 16_384;

/** What is wrong with the address of the sessions, or false. */
function describeSessionDatabase(url: string | undefined, isOwn: boolean): string | false {
  if (url !== undefined && parsePostgresUrl(url) !== undefined) return false;
  if (!isOwn) return 'SESSION_DATABASE_URL or DATABASE_URL must be a postgres:// URL with SESSION_STORE=postgres.';
  return 'SESSION_DATABASE_URL must be a URL of the form postgres://user:password@host:port/database.';
}

const RULES: readonly Rule<typeof VARIABLES>[] = [
  {
    of: ['SESSION_IDLE_SECONDS', 'SESSION_ABSOLUTE_SECONDS'],
    problem: ({ SESSION_IDLE_SECONDS, SESSION_ABSOLUTE_SECONDS }) =>
      SESSION_IDLE_SECONDS > SESSION_ABSOLUTE_SECONDS &&
      'SESSION_IDLE_SECONDS must not be above SESSION_ABSOLUTE_SECONDS.',
  },
  {
    of: ['SESSION_MAX_PER_USER', 'SESSION_MAX_BYTES_PER_USER'],
    problem: ({ SESSION_MAX_PER_USER, SESSION_MAX_BYTES_PER_USER }) =>
      SESSION_MAX_BYTES_PER_USER !== undefined &&
      SESSION_MAX_BYTES_PER_USER < MIN_BYTES_PER_SESSION * SESSION_MAX_PER_USER &&
      `SESSION_MAX_BYTES_PER_USER must be at least ${MIN_BYTES_PER_SESSION} for each of SESSION_MAX_PER_USER.`,
  },
  {
    of: ['SESSION_STORE', 'SESSION_CACHE'],
    problem: ({ SESSION_STORE, SESSION_CACHE }) =>
      SESSION_CACHE === 'tracked' && SESSION_STORE !== 'redis' && 'SESSION_CACHE=tracked needs SESSION_STORE=redis.',
  },
  {
    of: ['SESSION_STORE', 'SESSION_SQLITE_PATH'],
    problem: ({ SESSION_STORE, SESSION_SQLITE_PATH }) =>
      SESSION_STORE === 'sqlite' &&
      SESSION_SQLITE_PATH === undefined &&
      'SESSION_SQLITE_PATH must name the file with SESSION_STORE=sqlite. One: /var/lib/statecraft/sessions.sqlite',
  },
  {
    of: ['SESSION_STORE', 'SESSION_DATABASE_URL', 'DATABASE_URL'],
    problem: ({ SESSION_STORE, SESSION_DATABASE_URL, DATABASE_URL }) =>
      SESSION_STORE === 'postgres' &&
      describeSessionDatabase(SESSION_DATABASE_URL ?? DATABASE_URL, SESSION_DATABASE_URL !== undefined),
  },
  {
    of: ['SESSION_STORE', 'SESSION_CACHE', 'REDIS_URL'],
    problem: ({ SESSION_STORE, SESSION_CACHE, REDIS_URL }) =>
      SESSION_STORE === 'redis' &&
      SESSION_CACHE === 'tracked' &&
      parseRedisUrl(REDIS_URL)?.kind === 'cluster' &&
      'SESSION_CACHE=tracked works with one Redis server or Sentinels, not with a Cluster.',
  },
  {
    of: ['NODE_ENV', 'SESSION_ENGINE', 'SESSION_SECRET'],
    problem: (config) =>
      isProduction(config) &&
      config.SESSION_ENGINE === 'fastify-session' &&
      config.SESSION_SECRET === undefined &&
      'SESSION_SECRET must be set in production with SESSION_ENGINE=fastify-session. One: openssl rand -base64 48',
  },
  {
    of: ['NODE_ENV', 'SESSION_SECRET'],
    problem: (config) =>
      isProduction(config) &&
      config.SESSION_SECRET !== undefined &&
      isRepetition(config.SESSION_SECRET) &&
      'SESSION_SECRET must not repeat a shorter text in production. One: openssl rand -base64 48',
  },
  {
    // @fastify/session sends a Secure cookie only where it sees https, and says nothing when it does not.
    of: ['NODE_ENV', 'SESSION_ENGINE', 'SESSION_COOKIE_SECURE', 'TRUST_PROXY'],
    problem: (config) =>
      config.SESSION_ENGINE === 'fastify-session' &&
      (config.SESSION_COOKIE_SECURE ?? isProduction(config)) &&
      config.TRUST_PROXY === '' &&
      'TRUST_PROXY must name the proxy that ends TLS with SESSION_ENGINE=fastify-session and SESSION_COOKIE_SECURE=1.',
  },
  {
    of: ['SESSION_DEVICE_BOUND', 'SESSION_ENGINE'],
    problem: ({ SESSION_DEVICE_BOUND, SESSION_ENGINE }) =>
      SESSION_DEVICE_BOUND &&
      SESSION_ENGINE !== 'statecraft' &&
      'SESSION_DEVICE_BOUND=1 needs SESSION_ENGINE=statecraft: @fastify/session cannot bind sessions.',
  },
  {
    of: ['SESSION_DEVICE_BOUND', 'SESSION_DEVICE_REQUIRED_SECONDS'],
    problem: ({ SESSION_DEVICE_BOUND, SESSION_DEVICE_REQUIRED_SECONDS }) =>
      !SESSION_DEVICE_BOUND &&
      SESSION_DEVICE_REQUIRED_SECONDS !== undefined &&
      'SESSION_DEVICE_REQUIRED_SECONDS needs SESSION_DEVICE_BOUND=1: without it no session is bound or refused.',
  },
  {
    of: ['SESSION_DEVICE_BOUND', 'SESSION_COOKIE_SECURE'],
    problem: ({ SESSION_DEVICE_BOUND, SESSION_COOKIE_SECURE }) =>
      SESSION_DEVICE_BOUND &&
      SESSION_COOKIE_SECURE === false &&
      'SESSION_DEVICE_BOUND=1 needs SESSION_COOKIE_SECURE=1: a browser binds sessions over TLS only.',
  },
  {
    of: ['NODE_ENV', 'SESSION_DEVICE_BOUND', 'SESSION_DEVICE_LIFETIME_SECONDS'],
    problem: (config) =>
      isProduction(config) &&
      config.SESSION_DEVICE_BOUND &&
      config.SESSION_DEVICE_LIFETIME_SECONDS < MIN_DEVICE_SECONDS &&
      `SESSION_DEVICE_LIFETIME_SECONDS must be at least ${MIN_DEVICE_SECONDS} in production: browsers limit how often they sign.`,
  },
  ...ACCOUNT_RULES,
];
