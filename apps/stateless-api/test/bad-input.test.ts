// Bodies, URLs and environments that are wrong: 400 with the field, 413, 415, 404, and a server that refuses to start.

import { generateJwtKeys } from '@statecraft/auth-core';
import { ConfigError } from '@statecraft/service-kit';
import { beforeEach, describe, expect, it } from 'vitest';
import { readConfig } from '../src/config.ts';
import { OTHER_SECRET, openApp, post, refusal, SECRET } from './app.ts';

let app: Awaited<ReturnType<typeof openApp>>;
beforeEach(async () => {
  app = await openApp();
});

const send = (payload: string, type = 'application/json', url = '/auth/login') =>
  app.inject({ method: 'POST', url, payload, headers: { 'content-type': type } });

describe.each(['/auth/register', '/auth/login'])('%s', (url) => {
  it.each([
    ['no password', { username: 'ada' }, 'password'],
    ['no username', { password: 'right horse battery' }, 'username'],
    ['a number for a name', { username: 7, password: 'right horse battery' }, 'username'],
    ['null for a password', { username: 'ada', password: null }, 'password'],
    ['an empty name', { username: '', password: 'right horse battery' }, 'username'],
    ['a field that is not known', { username: 'ada', password: 'right horse battery', admin: true }, 'admin'],
    ['an oversized password', { username: 'ada', password: 'x'.repeat(1025) }, 'password'],
    ['a list', [], 'body'],
  ])('answers 400 and names the field: %s', async (_what, body, field) => {
    const answer = await post(app, url, body);
    expect(refusal(answer)).toEqual([400, 'ERR_VALIDATION']);
    expect(answer.json().field).toBe(field);
    expect(answer.json().message).toMatch(new RegExp(`^${field}`));
  });

  it.each(['', '{', '{"username":"ada"', 'null x', '[', '\u0000', '{"a":1}{"b":2}'])(
    'answers 400 to JSON that is none: %j',
    async (text) => expect(refusal(await send(text, 'application/json', url))).toEqual([400, 'ERR_BODY_MALFORMED']),
  );

  it.each([
    ['{"username":"ada","password":"right horse battery","__proto__":{"roles":["admin"]}}'],
    ['{"username":"ada","password":"right horse battery","constructor":{"prototype":{"roles":["admin"]}}}'],
  ])('answers 400 to a body that would reach a prototype', async (text) => {
    expect((await send(text, 'application/json', url)).statusCode).toBe(400);
    expect(({} as { roles?: unknown }).roles).toBeUndefined();
  });

  it.each(['text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data; boundary=x', 'application/xml'])(
    'answers 415 to %s, which a page of another site could send',
    async (type) => {
      const text = '{"username":"ada","password":"right horse battery"}';
      expect(refusal(await send(text, type, url))).toEqual([415, 'ERR_MEDIA_TYPE']);
    },
  );
});

it('answers 413 above BODY_LIMIT_BYTES and not at it', async () => {
  app = await openApp({ BODY_LIMIT_BYTES: '2048' });
  const bodyOf = (bytes: number) => `{"username":"${'x'.repeat(bytes - 30)}","password":"y"}`;
  expect(bodyOf(2048)).toHaveLength(2048);
  expect(refusal(await send(bodyOf(2048)))).toEqual([400, 'ERR_VALIDATION']);
  expect(refusal(await send(bodyOf(2049)))).toEqual([413, 'ERR_BODY_TOO_LARGE']);
});

it.each(['/%', '/%zz', '/auth/%E0%A4%A', '/../etc/passwd', `/${'x'.repeat(5000)}`])(
  'answers a URL that is none in the form of every error, without repeating it: %s',
  async (url) => {
    const answer = await app.inject(url);
    expect(answer.statusCode).toBeGreaterThanOrEqual(400);
    expect(answer.statusCode).toBeLessThan(500);
    expect(refusal(answer)[1]).toMatch(/^ERR_/);
    expect(answer.body).not.toContain(url.slice(1));
  },
);

describe('an environment that is wrong', () => {
  const problemsOf = (env: Record<string, string>): readonly string[] => {
    try {
      readConfig(env);
      return [];
    } catch (error) {
      expect(error).toBeInstanceOf(ConfigError);
      return (error as ConfigError).problems;
    }
  };
  const keys = generateJwtKeys();
  const lasting = { NODE_ENV: 'production', DATABASE_URL: 'sqlite:users.sqlite' };
  const production = { ...lasting, JWT_SECRET: SECRET };

  it.each([
    ['a JWT_SECRET of 31 bytes', { JWT_SECRET: 'x'.repeat(31) }, 'JWT_SECRET must be at least 32 bytes.'],
    ['a life that is no number', { JWT_TTL_SECONDS: '1h30m' }, 'JWT_TTL_SECONDS must be a whole number'],
    ['a life that begins with a space', { JWT_TTL_SECONDS: ' 900' }, 'JWT_TTL_SECONDS must be a whole number'],
    ['a name with an error in it', { JWT_TTL: '900' }, 'JWT_TTL is not a variable of this server. Did you mean'],
    ['a secret and keys', { JWT_SECRET: SECRET, JWT_KEYS: keys }, 'JWT_SECRET and JWT_KEYS are both set'],
    ['keys that are no JSON', { JWT_KEYS: '{canary' }, 'JWT_KEYS: '],
    ['keys without a current one', { JWT_KEYS: '{"keys":[]}' }, 'JWT_KEYS: '],
    ['an engine that is unknown', { JWT_ENGINE: 'jose' }, 'JWT_ENGINE must be one of fastify-jwt, native'],
    ['production without a secret', lasting, 'JWT_SECRET or JWT_KEYS_FILE must be set in production'],
    [
      'production, a repeated text as the secret',
      { ...production, JWT_SECRET: 'x'.repeat(48) },
      'JWT_SECRET and JWT_VERIFY_SECRETS must not repeat a shorter text in production',
    ],
    [
      'production, a repeated text as a secret that verifies',
      { ...production, JWT_VERIFY_SECRETS: `${OTHER_SECRET}\n${'x'.repeat(48)}` },
      'JWT_SECRET and JWT_VERIFY_SECRETS must not repeat a shorter text in production',
    ],
    [
      'a secret of 31 bytes that verifies',
      { JWT_VERIFY_SECRETS: `${SECRET}\n${'x'.repeat(31)}` },
      'JWT_VERIFY_SECRETS must',
    ],
    ['secrets that verify, and none that signs', { JWT_VERIFY_SECRETS: SECRET }, 'JWT_VERIFY_SECRETS needs JWT_SECRET'],
    [
      'the same secret twice',
      { JWT_SECRET: SECRET, JWT_VERIFY_SECRETS: SECRET },
      'JWT_SECRET and the lines of JWT_VERIFY_SECRETS must all differ',
    ],
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
    [
      'production without a database',
      { NODE_ENV: 'production', JWT_SECRET: SECRET },
      'DATABASE_URL must name a database that lasts in production',
    ],
    [
      'production with a database in memory',
      { ...production, DATABASE_URL: 'sqlite::memory:' },
      'DATABASE_URL must name a database that lasts in production',
    ],
    [
      'a database that is unknown',
      { DATABASE_URL: 'mysql://u:canary@db/x' },
      'DATABASE_URL must begin with sqlite: or postgres://',
    ],
    ['production with demo users', { ...production, DEMO_USERS: '1' }, 'DEMO_USERS must not be set in production'],
  ])('is refused in one line: %s', (_what, env, beginning) => {
    const problems = problemsOf(env);
    expect(problems).toHaveLength(1);
    expect(problems[0]?.startsWith(beginning)).toBe(true);
    expect(problems[0]).not.toMatch(/canary|\n/);
  });

  it('is told whole: every problem at once', () => {
    const env = { NODE_ENV: 'production', PASSWORD_MEMORY_KIB: '8', DEMO_USERS: '1', PORT: '-1', JWT_TTL_SECONDS: '0' };
    expect(problemsOf(env)).toHaveLength(6);
  });

  it('changes nothing that is right', () => {
    expect(problemsOf(production)).toEqual([]);
    expect(problemsOf({ ...lasting, JWT_KEYS: keys, PASSWORD_HASH: 'bcrypt', PASSWORD_COST: '10' })).toEqual([]);
  });
});
