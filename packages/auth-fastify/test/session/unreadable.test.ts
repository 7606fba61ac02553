// A cookie that cannot be used locks no user out: public pages and sign-in work, a guarded route answers 401.

import { AuthError, type SessionStore } from '@statecraft/auth-core';
import { expect, it } from 'vitest';
import { appWith, browserOf, memory, setCookies } from './app.ts';

/** A store in which each record is unreadable while `broken` is set. */
function breakable() {
  const store = memory();
  const state = { broken: false };
  const read: SessionStore['read'] = (id) => {
    const record = store.read(id);
    if (state.broken && record !== undefined) throw new AuthError('ERR_SESSION_UNREADABLE');
    return record;
  };
  return { store: { ...store, read }, state };
}

async function startBroken(lines: string[] = []) {
  const { store, state } = breakable();
  const stream = { write: (line: string) => void lines.push(line) };
  const app = await appWith({ store, fastify: { logger: { level: 'warn', stream } } });
  const ask = browserOf(app);
  await ask('POST', '/login');
  state.broken = true;
  return { app, ask, state };
}

it('answers a public route, and a guarded one with 401 and without Set-Cookie', async () => {
  const { ask } = await startBroken();
  expect((await ask('GET', '/public')).statusCode).toBe(200);
  const refused = await ask('GET', '/me');
  expect([refused.statusCode, refused.json().code, setCookies(refused)]).toEqual([401, 'ERR_SESSION_UNREADABLE', []]);
});

it('logs one warning with the reason for each such request', async () => {
  const lines: string[] = [];
  const { ask } = await startBroken(lines);
  await ask('GET', '/public');
  expect(lines.filter((line) => line.includes('ERR_SESSION_UNREADABLE'))).toHaveLength(1);
});

it.each(['/login', '/logout'])('POST %s works and ends the unreadable session', async (url) => {
  const { app, ask, state } = await startBroken();
  const before = ask.cookie();
  expect((await ask('POST', url)).statusCode).toBe(200);
  state.broken = false;
  expect((await browserOf(app, before)('GET', '/me')).statusCode).toBe(401);
});
