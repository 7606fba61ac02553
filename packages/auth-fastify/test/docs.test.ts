// The examples in docs/redis.md, docs/tracked-cache.md and docs/tokens.md are these files, and they work.

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { generateJwtKeys, JWT_CACHE_DEFAULTS, JWT_DEFAULTS } from '@statecraft/auth-core';
import { REDIS_CLIENT_DEFAULTS, REDIS_STORE_DEFAULTS } from '@statecraft/auth-core/redis';
import { startRedis } from '@statecraft/infra-dev';
import { describe, expect, it, onTestFinished } from 'vitest';
import { buildWithKeyFile } from './examples/keys-app.ts';
import { buildOnRedis } from './examples/redis-app.ts';
import { buildWithRevocation } from './examples/revocation-app.ts';
import { buildWithTokens } from './examples/tokens-app.ts';
import { openTrackedStore } from './examples/tracked-app.ts';

const read = (path: string) => readFileSync(new URL(path, import.meta.url), 'utf8');
const readPage = (name: string) => read(`../../../docs/${name}`);
const SECRET = 'a secret of the tests, which is longer than 32 bytes';

it.each([
  ['redis.md', 'redis-app.ts'],
  ['redis.md', 'tracked-app.ts'],
  ['tokens.md', 'tokens-app.ts'],
  ['tokens.md', 'keys-app.ts'],
  ['tokens.md', 'revocation-app.ts'],
])('docs/%s shows %s as it is', (page, file) => {
  expect(readPage(page)).toContain(`\`\`\`ts\n${read(`examples/${file}`)}\`\`\``);
});

/** The defaults in the tables of a page, by option. */
function readDefaults(page: string): Record<string, string> {
  const rows = [...readPage(page).matchAll(/^\| `([\w.]+)` \| `([^`]+)` \|/gm)];
  return Object.fromEntries(rows.map(([, name = '', value = '']) => [name, value]));
}

describe('the app on Redis', () => {
  it('recognises a user who signed in at another server', async () => {
    const redis = await startRedis();
    onTestFinished(() => redis.stop());
    const [one, other] = await Promise.all([buildOnRedis(redis.url), buildOnRedis(redis.url)]);
    onTestFinished(async () => void (await Promise.all([one.close(), other.close()])));
    const signedIn = await one.inject({ method: 'POST', url: '/login' });
    const cookie = String(signedIn.headers['set-cookie']).split(';')[0] ?? '';
    expect((await other.inject({ url: '/me', headers: { cookie } })).json()).toEqual({ hello: 'ada' });
    expect((await other.inject('/ready')).json()).toEqual({ redis: 'ok' });
  });
});

it('the tracked store opens, and Redis sends it invalidations', async () => {
  const redis = await startRedis();
  onTestFinished(() => redis.stop());
  const { store, close } = await openTrackedStore(redis.url);
  expect(store.stats().tracking).toBe(true);
  await close();
});

it('docs/redis.md has the defaults of the store and its client', () => {
  expect(readDefaults('redis.md')).toMatchObject({
    deadlineMs: String(REDIS_CLIENT_DEFAULTS.deadlineMs),
    prefix: REDIS_STORE_DEFAULTS.prefix,
    maxSessionsPerUser: String(REDIS_STORE_DEFAULTS.maxSessionsPerUser),
    maxBytesPerUser: String(REDIS_STORE_DEFAULTS.maxBytesPerUser),
    heartbeatMs: String(REDIS_STORE_DEFAULTS.heartbeatMs),
  });
});

describe('the app with tokens', () => {
  it('issues a token that a second server with the same secret accepts', async () => {
    const [one, other] = await Promise.all([buildWithTokens(SECRET), buildWithTokens(SECRET)]);
    const { accessToken, expiresIn } = (await one.inject({ method: 'POST', url: '/login' })).json();
    expect(expiresIn).toBe(900);
    const answer = await other.inject({ url: '/me', headers: { authorization: `Bearer ${accessToken}` } });
    expect(answer.json().user).toMatchObject({ userId: '1', username: 'ada', credential: { kind: 'jwt' } });
    expect((await other.inject('/me')).headers['www-authenticate']).toBe('Bearer');
  });

  it('publishes the public key of its key file, and no private part', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'statecraft-keys-'));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    const file = join(folder, 'keys.json');
    writeFileSync(file, generateJwtKeys(), { mode: 0o600 });
    const app = await buildWithKeyFile(file);
    const { keys } = (await app.inject('/.well-known/jwks.json')).json();
    expect(keys).toEqual([expect.objectContaining({ kty: 'OKP', crv: 'Ed25519', use: 'sig' })]);
    expect(keys[0]).not.toHaveProperty('d');
  });

  it('refuses the token of a blocked user', async () => {
    const app = await buildWithRevocation(SECRET);
    const { accessToken } = (await app.inject({ method: 'POST', url: '/login' })).json();
    const block = () =>
      app.inject({ method: 'POST', url: '/block-me', headers: { authorization: `Bearer ${accessToken}` } });
    expect((await block()).statusCode).toBe(200);
    expect((await block()).json()).toMatchObject({ statusCode: 401, code: 'ERR_TOKEN_INVALID' });
  });
});

it('docs/tokens.md has the defaults of the options', () => {
  expect(readDefaults('tokens.md')).toMatchObject({
    ttlSeconds: String(JWT_DEFAULTS.ttlSeconds),
    leewaySeconds: String(JWT_DEFAULTS.leewaySeconds),
    'cache.maxEntries': String(JWT_CACHE_DEFAULTS.maxEntries),
    'cache.maxBytes': String(JWT_CACHE_DEFAULTS.maxBytes),
  });
});
