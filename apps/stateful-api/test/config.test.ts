// An environment that is wrong: the server refuses to start and says all of it.

import { ConfigError } from '@statecraft/service-kit';
import { describe, expect, it } from 'vitest';
import { readConfig } from '../src/config.ts';

const SECRET = 'a-secret-of-the-tests-with-enough-bytes-0123';

function problemsOf(env: Record<string, string>): readonly string[] {
  try {
    readConfig(env);
    return [];
  } catch (error) {
    expect(error).toBeInstanceOf(ConfigError);
    return (error as ConfigError).problems;
  }
}

const production = { NODE_ENV: 'production', DATABASE_URL: 'sqlite:users.sqlite' };
const foreign = { SESSION_ENGINE: 'fastify-session', SESSION_SECRET: SECRET };

it.each([
  [
    'a store that is unknown',
    { SESSION_STORE: 'file' },
    'SESSION_STORE must be one of memory, redis, sqlite, postgres',
  ],
  ['a name with an error in it', { SESSION_IDLE: '9' }, 'SESSION_IDLE is not a variable of this server. Did you mean'],
  [
    'idle above absolute',
    { SESSION_IDLE_SECONDS: '9', SESSION_ABSOLUTE_SECONDS: '8' },
    'SESSION_IDLE_SECONDS must not',
  ],
  [
    'less room than a full cart for each session',
    { SESSION_MAX_PER_USER: '10', SESSION_MAX_BYTES_PER_USER: '163839' },
    'SESSION_MAX_BYTES_PER_USER must be at least 16384 for each of SESSION_MAX_PER_USER.',
  ],
  ['a secret of 31 bytes', { SESSION_SECRET: 'canary'.padEnd(31) }, 'SESSION_SECRET must be at least 32 bytes.'],
  [
    'a URL of something else',
    { REDIS_URL: 'http://:canary@host' },
    'REDIS_URL must be a URL of the scheme redis, redis-sentinel, redis-cluster',
  ],
  ['a cache without Redis', { SESSION_CACHE: 'tracked' }, 'SESSION_CACHE=tracked needs SESSION_STORE=redis.'],
  ['SQLite without a file', { SESSION_STORE: 'sqlite' }, 'SESSION_SQLITE_PATH must name the file'],
  ['SQLite in memory', { SESSION_SQLITE_PATH: ':memory:' }, 'SESSION_SQLITE_PATH must be the name of a file'],
  ['a deadline of 0', { REDIS_DEADLINE_MS: '0' }, 'REDIS_DEADLINE_MS must be a whole number from 10'],
  [
    'production, @fastify/session, no secret',
    { ...production, SESSION_ENGINE: 'fastify-session', TRUST_PROXY: '10.0.0.1' },
    'SESSION_SECRET must be set in production',
  ],
  [
    'production, a repeated text as the secret',
    { ...production, SESSION_SECRET: 'x'.repeat(48) },
    'SESSION_SECRET must not repeat a shorter text in production',
  ],
  ['production, @fastify/session, no proxy', { ...production, ...foreign }, 'TRUST_PROXY must name the proxy'],
  [
    'production with cheap passwords',
    { ...production, PASSWORD_MEMORY_KIB: '19455' },
    'PASSWORD_MEMORY_KIB must be at least 19456 in production with PASSWORD_PASSES=2',
  ],
  [
    'production with one cheap pass',
    { ...production, PASSWORD_PASSES: '1' },
    'PASSWORD_MEMORY_KIB must be at least 47104 in production with PASSWORD_PASSES=1',
  ],
  [
    'production with cheap bcrypt',
    { ...production, PASSWORD_HASH: 'bcrypt', PASSWORD_COST: '9' },
    'PASSWORD_COST must be at least 10',
  ],
  ['production with demo users', { ...production, DEMO_USERS: '1' }, 'DEMO_USERS must not be set in production'],
])('is refused in one line: %s', (_what, env, beginning) => {
  const problems = problemsOf(env);
  expect(problems).toHaveLength(1);
  expect(problems[0]?.startsWith(beginning)).toBe(true);
  expect(problems[0]).not.toMatch(/canary|\n/);
});

it('is told whole: every problem at once', () => {
  const wrong = {
    SESSION_ENGINE: 'fastify-session',
    PASSWORD_MEMORY_KIB: '8',
    DEMO_USERS: '1',
    PORT: 'x',
    REDIS_URL: 'y',
  };
  expect(problemsOf({ ...production, ...wrong })).toHaveLength(6);
});

describe('SESSION_COOKIE_SECURE', () => {
  it.each([
    ['production', undefined, true],
    ['development', undefined, false],
    ['production', '0', false],
    ['development', '1', true],
  ])('in %s with %s is %s', (NODE_ENV, given, expected) => {
    const env = { ...production, NODE_ENV, ...(given && { SESSION_COOKIE_SECURE: given }) };
    expect(readConfig(env).SESSION_COOKIE_SECURE).toBe(expected);
  });
});

describe('SESSION_DEVICE_BOUND=1', () => {
  it('sends the cookie over TLS only, also in development', () => {
    expect(readConfig({ SESSION_DEVICE_BOUND: '1' }).SESSION_COOKIE_SECURE).toBe(true);
  });

  it.each([
    ['a cookie without TLS', { SESSION_COOKIE_SECURE: '0' }, 'SESSION_DEVICE_BOUND=1 needs SESSION_COOKIE_SECURE=1'],
    ['@fastify/session', foreign, 'SESSION_DEVICE_BOUND=1 needs SESSION_ENGINE=statecraft'],
    [
      'a device cookie of 239 s in production',
      { ...production, SESSION_DEVICE_LIFETIME_SECONDS: '239' },
      'SESSION_DEVICE_LIFETIME_SECONDS must be at least 240 in production',
    ],
  ])('with %s is refused', (_name, env, problem) => {
    expect(problemsOf({ SESSION_DEVICE_BOUND: '1', ...env }).join()).toContain(problem);
  });

  it.each([
    ['of 240 s in production', { ...production, SESSION_DEVICE_LIFETIME_SECONDS: '240' }],
    ['of 1 s in development', { SESSION_DEVICE_LIFETIME_SECONDS: '1' }],
  ])('with a device cookie %s is accepted', (_name, env) => {
    expect(problemsOf({ SESSION_DEVICE_BOUND: '1', ...env })).toEqual([]);
  });
});

it('SESSION_DEVICE_REQUIRED_SECONDS without SESSION_DEVICE_BOUND is refused', () => {
  const env = { SESSION_DEVICE_REQUIRED_SECONDS: '600' };
  expect(problemsOf(env).join()).toContain('SESSION_DEVICE_REQUIRED_SECONDS needs SESSION_DEVICE_BOUND=1');
  expect(problemsOf({ ...env, SESSION_DEVICE_BOUND: '1' })).toEqual([]);
});

it('needs no secret in production with our own engine: the cookie is a random number', () => {
  expect(problemsOf(production)).toEqual([]);
});
