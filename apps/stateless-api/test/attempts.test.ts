// Two servers on one database: attempts at a password are counted together, and registrations too.

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { openApp, post, refusal } from './app.ts';

const WRONG = [401, 'ERR_CREDENTIALS_WRONG'];
const STOPPED = [429, 'ERR_TOO_MANY_ATTEMPTS'];

async function openServers(env: Record<string, string> = {}) {
  const folder = mkdtempSync(join(tmpdir(), 'statecraft-attempts-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const shared = { ...env, DATABASE_URL: `sqlite:${join(folder, 'users.sqlite')}` };
  return [await openApp(shared), await openApp(shared)] as const;
}

it('allows ten guesses at both servers together', async () => {
  const servers = await openServers();
  const guess = async (app: (typeof servers)[0]) =>
    refusal(await post(app, '/auth/login', { username: 'alice', password: 'not this one' }));
  for (let count = 0; count < 5; count++) for (const app of servers) expect(await guess(app)).toEqual(WRONG);
  for (const app of servers) expect(await guess(app)).toEqual(STOPPED);
});

it('counts the registrations of an address at both servers together', async () => {
  const servers = await openServers({ REGISTRATIONS_PER_ADDRESS: '2' });
  const register = (app: (typeof servers)[0], username: string) =>
    post(app, '/auth/register', { username, password: 'right horse battery' });
  expect((await register(servers[0], 'ada')).statusCode).toBe(201);
  expect((await register(servers[1], 'ben')).statusCode).toBe(201);
  expect(refusal(await register(servers[0], 'cy'))).toEqual([429, 'ERR_TOO_MANY_REGISTRATIONS']);
});
