// The README of the package shows examples/package-app.ts, and the app works.

import { readFileSync } from 'node:fs';
import { expect, it, onTestFinished } from 'vitest';
import { buildApp } from './examples/package-app.ts';

const read = (path: string) => readFileSync(new URL(path, import.meta.url), 'utf8');

async function openApp() {
  const app = await buildApp('a secret of the tests, which is longer than 32 bytes');
  onTestFinished(() => app.close());
  return app;
}

it('the README shows the example as it is', () => {
  expect(read('../README.md')).toContain(`\`\`\`ts\n${read('examples/package-app.ts')}\`\`\``);
});

it('the example recognises a cookie and a token on the same route', async () => {
  const app = await openApp();
  const signedIn = await app.inject({ method: 'POST', url: '/login' });
  const cookie = String(signedIn.headers['set-cookie']).split(';')[0] ?? '';
  const { accessToken } = (await app.inject({ method: 'POST', url: '/token' })).json();
  const authorization = `Bearer ${accessToken}`;
  for (const headers of [{ cookie }, { authorization }]) {
    expect((await app.inject({ url: '/me', headers })).json()).toEqual({ hello: 'ada' });
    expect((await app.inject({ url: '/admin', headers })).statusCode).toBe(403);
  }
  expect((await app.inject('/me')).statusCode).toBe(401);
});

it('the example ends the session at sign-out', async () => {
  const app = await openApp();
  const signedIn = await app.inject({ method: 'POST', url: '/login' });
  const cookie = String(signedIn.headers['set-cookie']).split(';')[0] ?? '';
  await app.inject({ method: 'POST', url: '/logout', headers: { cookie } });
  expect((await app.inject({ url: '/me', headers: { cookie } })).statusCode).toBe(401);
});
