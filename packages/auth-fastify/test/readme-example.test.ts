// The example in README.md is this very file, and the file works.

import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { app } from './examples/own-app.ts';

it('README.md shows the example as it is', () => {
  const code = readFileSync(new URL('examples/own-app.ts', import.meta.url), 'utf8');
  expect(readFileSync(new URL('../../../README.md', import.meta.url), 'utf8')).toContain(`\`\`\`ts\n${code}\`\`\``);
});

it('recognises the user on the second request, and refuses the cookie after sign-out', async () => {
  const signedIn = await app.inject({ method: 'POST', url: '/login' });
  const cookie = String(signedIn.headers['set-cookie']).split(';')[0] ?? '';
  const ask = () => app.inject({ url: '/me', headers: { cookie } });
  expect((await ask()).json()).toEqual({ hello: 'ada' });
  await app.inject({ method: 'POST', url: '/logout', headers: { cookie } });
  expect((await ask()).statusCode).toBe(401);
  await app.close();
});
