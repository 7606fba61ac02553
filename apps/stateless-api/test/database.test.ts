// The user database of the stateless API: shared by servers, down, and at its start.

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startNode, startPostgres } from '@statecraft/infra-dev';
import { expect, it, onTestFinished } from 'vitest';
import { me, openApp, post, refusal, signIn } from './app.ts';

const NEW = { username: 'dora', password: 'right horse battery' };

function useFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'stateless-users-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

it('signs a user in at a server where she did not register, and after a restart', async () => {
  const env = { DATABASE_URL: `sqlite:${join(useFolder(), 'users.sqlite')}` };
  const [first, second] = [await openApp(env), await openApp({ ...env, INSTANCE_ID: 'two' })];
  expect((await post(first, '/auth/register', NEW)).statusCode).toBe(201);
  expect((await post(second, '/auth/register', { ...NEW, username: 'DORA' })).statusCode).toBe(409);
  expect((await me(first, await signIn(second, NEW.username, NEW.password))).statusCode).toBe(200);
  await Promise.all([first.close(), second.close()]);
  await signIn(await openApp(env), NEW.username, NEW.password);
});

it('accepts tokens while the database is down, and answers 503 to a sign-in', async () => {
  const postgres = await startPostgres();
  onTestFinished(() => postgres.stop());
  const app = await openApp({ DATABASE_URL: postgres.url, DATABASE_MIGRATE: '1' });
  const token = await signIn(app);
  await postgres.kill();
  expect((await me(app, token)).statusCode).toBe(200);
  expect(refusal(await post(app, '/auth/login', NEW))).toEqual([503, 'ERR_DATABASE_UNAVAILABLE']);
  await postgres.restart();
  await signIn(app);
}, 60_000);

it.each([
  ['a URL that cannot be parsed', 'mysql://u:canary@db/shop', /^DATABASE_URL must begin with sqlite: or postgres:/],
  ['a server that does not run', 'postgres://u:canary@127.0.0.1:1/x', /^PostgreSQL at 127\.0\.0\.1:1, .*ECONNREFUSED/],
  ['a file that is no database', `sqlite:${join('FOLDER', 'letter.txt')}`, /^The SQLite file .*file is not a database/],
  ['a folder that is missing', `sqlite:${join('FOLDER', 'no', 'users')}`, /^The SQLite file .*Its folder must exist/],
])('says in one line what is wrong at its start, and exits with 1: %s', async (_what, url, reason) => {
  const folder = useFolder();
  writeFileSync(join(folder, 'letter.txt'), 'This is a letter. '.repeat(100));
  const env = { PORT: '0', DATABASE_URL: url.replace('FOLDER', folder), DATABASE_WAIT_SECONDS: '0' };
  const server = startNode(new URL('../src/main.ts', import.meta.url), { env });
  onTestFinished(() => server.stop());
  expect(await server.exit).toBe(1);
  const [line = '', ...more] = server.stderr().trimEnd().split('\n');
  expect(line.replace(/^stateless-api: /, '')).toMatch(reason);
  expect(more).toEqual([]);
  expect(server.stderr() + server.stdout()).not.toContain('canary');
});
