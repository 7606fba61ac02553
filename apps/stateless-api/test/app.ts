// The app as the tests ask it: built from an environment, as main.ts builds it, but not listening.

import { DEMO_PASSWORD } from '@statecraft/accounts';
import type { FastifyInstance, LightMyRequestResponse } from 'fastify';
import { expect, onTestFinished } from 'vitest';
import { buildApp } from '../src/app.ts';
import { readConfig } from '../src/config.ts';

export const SECRET = 'a-secret-of-the-tests-with-enough-bytes-0123';
export const OTHER_SECRET = 'another-secret-of-the-tests-0123456789-0123';
export const PASSWORD = DEMO_PASSWORD;

export async function openApp(env: Record<string, string> = {}): Promise<FastifyInstance> {
  const fast = {
    NODE_ENV: 'test',
    LOG_LEVEL: 'silent',
    AUTH_EVENTS: '0',
    PASSWORD_MEMORY_KIB: '8',
    DEMO_USERS: '1',
    DOCS: '0',
  };
  const key = 'JWT_KEYS' in env ? {} : { JWT_SECRET: SECRET };
  const app = await buildApp(readConfig({ ...fast, ...key, INSTANCE_ID: 'one', ...env }));
  onTestFinished(() => app.close());
  await app.ready();
  return app;
}

export function post(app: FastifyInstance, url: string, payload: object, token?: string) {
  return app.inject({ method: 'POST', url, payload, headers: bearer(token) });
}

export function me(app: FastifyInstance, token?: string): Promise<LightMyRequestResponse> {
  return app.inject({ method: 'GET', url: '/auth/me', headers: bearer(token) });
}

export const bearer = (token?: string): Record<string, string> =>
  token === undefined ? {} : { authorization: `Bearer ${token}` };

/** Signs in and answers the token. */
export async function signIn(app: FastifyInstance, username = 'alice', password = PASSWORD): Promise<string> {
  const answer = await post(app, '/auth/login', { username, password });
  expect(answer.statusCode).toBe(200);
  return answer.json().accessToken;
}

/** Status and code, as most refusals are told. */
export function refusal(answer: LightMyRequestResponse): [number, string] {
  expect(Object.keys(answer.json())).toEqual(expect.arrayContaining(['statusCode', 'code', 'error', 'message']));
  expect(answer.json().statusCode).toBe(answer.statusCode);
  return [answer.statusCode, answer.json().code];
}
