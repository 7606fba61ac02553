// The app as the tests ask it: built from an environment, as main.ts builds it, but not listening; and browsers with a
// jar of one cookie.

import { DEMO_PASSWORD } from '@statecraft/accounts';
import { type RedisServer, startRedis } from '@statecraft/infra-dev';
import type { FastifyInstance, InjectOptions, LightMyRequestResponse } from 'fastify';
import { afterAll, beforeAll, expect, onTestFinished } from 'vitest';
import { buildApp } from '../src/app.ts';
import { readConfig } from '../src/config.ts';

export type Environment = Record<string, string>;
export const PASSWORD = DEMO_PASSWORD;
export const NEW_PASSWORD = 'right horse battery';
export const COOKIE = '__Host-session';

/** Four ways to run: two stores, two engines. */
export const WAYS = ['memory', 'redis'].flatMap((store) =>
  ['statecraft', 'fastify-session'].map((engine) => ({ store, engine })),
);

const BASE: Environment = {
  NODE_ENV: 'test',
  LOG_LEVEL: 'silent',
  AUTH_EVENTS: '0',
  PASSWORD_MEMORY_KIB: '8',
  DEMO_USERS: '1',
  INSTANCE_ID: 'one',
  // Takes half of the time that it takes to build an app.
  DOCS: '0',
  // As in production: TLS ends at a proxy, which says so.
  SESSION_COOKIE_SECURE: '1',
  TRUST_PROXY: '127.0.0.1',
  SESSION_SECRET: 'a-secret-of-the-tests-with-enough-bytes-0123',
};

let prefixes = 0;

/** One Redis per file. @returns the environment of one way to run, with keys of its own. */
export function ownRedis(): {
  server: () => RedisServer;
  envOf: (way: { store: string; engine: string }) => Environment;
} {
  let server: RedisServer;
  beforeAll(async () => {
    server = await startRedis();
  });
  afterAll(() => server.stop());
  return {
    server: () => server,
    envOf: ({ store, engine }) => ({
      SESSION_STORE: store,
      SESSION_ENGINE: engine,
      ...(store === 'redis' && { REDIS_URL: server.url, SESSION_PREFIX: `test-${prefixes++}:` }),
    }),
  };
}

/** `prepare` may add hooks before the app is ready. */
export async function openApp(
  env: Environment = {},
  prepare?: (app: FastifyInstance) => void,
): Promise<FastifyInstance> {
  const app = await buildApp(readConfig({ ...BASE, ...env }));
  onTestFinished(() => app.close());
  prepare?.(app);
  await app.ready();
  return app;
}

export interface Browser {
  /** The Cookie header that it sends. */
  cookie: string | undefined;
  ask(method: 'GET' | 'POST' | 'PUT' | 'DELETE', url: string, payload?: object): Promise<LightMyRequestResponse>;
  signIn(username?: string, password?: string): Promise<LightMyRequestResponse>;
}

/** Takes the cookie it is given and drops the one that is cleared. */
export function browserOf(app: FastifyInstance, cookie?: string): Browser {
  const browser: Browser = {
    cookie,
    async ask(method, url, payload) {
      const headers = { 'x-forwarded-proto': 'https', ...(browser.cookie && { cookie: browser.cookie }) };
      const options: InjectOptions = { method, url, headers, ...(payload && { payload }) };
      const answer = await app.inject(options);
      for (const given of setCookies(answer)) browser.cookie = isCleared(given) ? undefined : given.split(';')[0];
      return answer;
    },
    async signIn(username = 'alice', password = PASSWORD) {
      const answer = await browser.ask('POST', '/auth/login', { username, password });
      expect(answer.statusCode).toBe(200);
      return answer;
    },
  };
  return browser;
}

export async function signedIn(app: FastifyInstance, username?: string): Promise<Browser> {
  const browser = browserOf(app);
  await browser.signIn(username);
  return browser;
}

/** A copy of the cookie, in the hands of a thief. */
export const thiefOf = (app: FastifyInstance, { cookie }: Browser): Browser => browserOf(app, cookie);

export const statusOf = async (browser: Browser): Promise<number> => (await browser.ask('GET', '/auth/me')).statusCode;

export function setCookies(answer: LightMyRequestResponse): string[] {
  const header = answer.headers['set-cookie'];
  return header === undefined ? [] : [header].flat();
}

const isCleared = (setCookie: string) => /Max-Age=0|Expires=Thu, 01 Jan 1970/i.test(setCookie);

/** Status and code, as most refusals are told. */
export function refusal(answer: LightMyRequestResponse): [number, string] {
  expect(Object.keys(answer.json())).toEqual(expect.arrayContaining(['statusCode', 'code', 'error', 'message']));
  expect(answer.json().statusCode).toBe(answer.statusCode);
  return [answer.statusCode, answer.json().code];
}
