// The commands of users and sessions, on a SQLite database and a real Redis.

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createAccounts, createPasswords, createSqlDirectory, migrate, openDatabase } from '@statecraft/accounts';
import { type RedisServer, startRedis } from '@statecraft/infra-dev';
import { openManagedSessions, readConfig } from '@statecraft/stateful-api/administration';
import { afterAll, beforeAll, beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { runCommand } from '../src/run-command.ts';
import { startSession } from './sessions.ts';

const PASSWORD = 'right horse battery';
const OTHER_PASSWORD = 'left horse battery';

let redis: RedisServer;
let env: Record<string, string>;
beforeAll(async () => {
  redis = await startRedis();
});
afterAll(() => redis.stop());
beforeEach(async () => {
  const folder = mkdtempSync(join(tmpdir(), 'statecraft-accounts-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const path = join(folder, 'users.sqlite');
  const users = { DATABASE_URL: `sqlite:${path}`, PASSWORD_MEMORY_KIB: '8' };
  env = { ...users, SESSION_STORE: 'redis', REDIS_URL: redis.url, SESSION_PREFIX: `${folder.slice(-6)}:` };
  const database = await openDatabase({ kind: 'sqlite', path });
  await migrate(database);
  await database.close();
});

/** Runs `accounts …`; `password`: what is typed. */
async function run(args: readonly string[], { password, more = {} }: { password?: string; more?: object } = {}) {
  const lines = { out: [] as string[], err: [] as string[] };
  const output = { print: (line: string) => lines.out.push(line), printError: (line: string) => lines.err.push(line) };
  const code = await runCommand(['accounts', ...args], { ...env, ...more }, output, async () => password);
  return { code, out: lines.out.join('\n'), err: lines.err.join('\n') };
}

async function create(name: string, ...roles: string[]): Promise<string> {
  const { out } = await run(['create', name, '--json', ...roles.flatMap((role) => ['--role', role])], {
    password: PASSWORD,
  });
  return JSON.parse(out).user.id;
}

/** Signs in as an API would. */
async function signIn(username: string, password: string): Promise<string> {
  const database = await openDatabase({ kind: 'sqlite', path: env.DATABASE_URL?.slice('sqlite:'.length) ?? '' });
  onTestFinished(() => database.close());
  const passwords = createPasswords({ memoryKib: 8, allowLowCost: true });
  const accounts = createAccounts({ directory: createSqlDirectory(database), passwords });
  return accounts.signIn(username, password, '192.0.2.1').then(
    ({ roles }) => roles.join(),
    ({ code }) => code,
  );
}

const listSessions = async (name: string) => JSON.parse((await run(['sessions', name, '--json'])).out).sessions;

describe('create', () => {
  it('makes the first administrator, who can sign in', async () => {
    const answer = await run(['create', 'Ada', '--role', 'user', '--role', 'admin'], { password: PASSWORD });
    expect(answer).toEqual({ code: 0, out: 'Created Ada (user, admin; active).', err: '' });
    expect(await signIn('ada', PASSWORD)).toBe('user,admin');
  });

  it.each([
    ['a name that is taken', 'ada', PASSWORD, 'This username is taken.'],
    ['a weak password', 'ben', 'short', 'A password has at least 8 characters.'],
    ['a password that was typed differently', 'ben', undefined, 'The two passwords differ. Nothing was changed.'],
  ])('refuses %s, in one line', async (_what, name, password, problem) => {
    await create('Ada');
    const answer = await run(['create', name], password === undefined ? {} : { password });
    expect(answer).toEqual({ code: 1, out: '', err: problem });
    expect(await signIn('ben', password ?? PASSWORD)).toBe('ERR_CREDENTIALS_WRONG');
  });
});

it.each([[['create', 'ada']], [['list']]])('%j needs no session store', async (args) => {
  const more = { REDIS_URL: 'redis://127.0.0.1:1', REDIS_WAIT_SECONDS: '0' };
  expect((await run(args, { password: PASSWORD, more })).code).toBe(0);
});

describe('list', () => {
  it('shows all users as a table, without hashes', async () => {
    await create('ada', 'admin');
    await create('ben');
    await run(['disable', 'ben']);
    const { code, out } = await run(['list']);
    expect(code).toBe(0);
    expect(out).toMatch(
      /^NAME {2}ROLES {2}STATUS {4}CREATED +ID\nada {3}admin {2}active .*\nben {3}user {3}disabled .*$/,
    );
    expect(out).not.toContain('argon2');
  });

  it('prints JSON', async () => {
    const id = await create('ada');
    const { users } = JSON.parse((await run(['list', '--json'])).out);
    expect(users).toEqual([
      {
        ...{ id, username: 'ada', roles: ['user'], status: 'active' },
        createdAt: expect.stringMatching(/^20.*Z$/),
        passwordChangedAt: expect.stringMatching(/^20.*Z$/),
      },
    ]);
  });
});

describe('with sessions in Redis', () => {
  it.each([
    ['disable', ['disable', 'ben'], 'Disabled ben (user; disabled).'],
    ['reset-password', ['reset-password', 'ben'], 'Changed the password of ben (user; active).'],
    ['delete', ['delete', 'ben'], 'Deleted ben.'],
    ['sign-out', ['sign-out', 'ben'], 'Ended all sessions of ben.'],
  ])('%s ends the sessions of the user, and of no other', async (_name, args, said) => {
    const [ada, ben] = [await create('ada'), await create('ben')];
    const [ofAda, ofBen] = [await startSession(env, ada, 'ada'), await startSession(env, ben, 'ben')];
    expect(await run(args, { password: OTHER_PASSWORD })).toEqual({ code: 0, out: said, err: '' });
    expect([await ofAda.isLive(), await ofBen.isLive()]).toEqual([true, false]);
  });

  it('reset-password makes only the new password valid', async () => {
    await create('ben');
    await run(['reset-password', 'ben'], { password: OTHER_PASSWORD });
    expect([await signIn('ben', PASSWORD), await signIn('ben', OTHER_PASSWORD)]).toEqual([
      'ERR_CREDENTIALS_WRONG',
      'user',
    ]);
  });

  it('disable and enable close and open sign-in', async () => {
    await create('ben');
    await run(['disable', 'ben']);
    expect(await signIn('ben', PASSWORD)).toBe('ERR_CREDENTIALS_WRONG');
    expect((await run(['enable', 'BEN'])).out).toBe('Enabled ben (user; active).');
    expect(await signIn('ben', PASSWORD)).toBe('user');
  });

  it('roles changes live sessions', async () => {
    const session = await startSession(env, await create('ben'), 'ben');
    expect((await run(['roles', 'ben', 'user', 'editor'])).out).toBe('Changed ben (user, editor; active).');
    expect(await session.readRoles()).toEqual(['user', 'editor']);
  });

  it('sessions shows devices, and sign-out ends the one that is named', async () => {
    const id = await create('ben');
    const device = { address: '192.0.2.7', browser: 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Firefox/140.0' };
    const [phone, laptop] = [await startSession(env, id, 'ben', device), await startSession(env, id, 'ben')];
    const [first] = await listSessions('ben');
    expect(first).toMatchObject({ address: '192.0.2.7', browser: 'Firefox on Linux', createdAt: expect.any(String) });
    expect((await run(['sessions', 'ben'])).out).toMatch(/^CREATED .*\n20.*192\.0\.2\.7 {2}Firefox on Linux /);
    expect((await run(['sign-out', 'ben', first.id])).out).toBe('Ended one session of ben.');
    expect([await phone.isLive(), await laptop.isLive()]).toEqual([false, true]);
    expect(await run(['sign-out', 'ben', first.id])).toMatchObject({ code: 1, err: 'The user has no such session.' });
  });

  it('refuses to leave no administrator', async () => {
    await create('ada', 'admin');
    const problem = 'This is the only active user with the role admin. Give it to another user first.';
    for (const args of [
      ['disable', 'ada'],
      ['roles', 'ada', 'user'],
      ['delete', 'ada'],
    ])
      expect(await run(args)).toEqual({ code: 1, out: '', err: problem });
  });
});

describe('with sessions in the memory of the servers', () => {
  const more = { SESSION_STORE: 'memory' };

  it('changes the account, and says that it cannot end sessions', async () => {
    await create('ben');
    const answer = await run(['disable', 'ben'], { more });
    expect(answer).toMatchObject({ code: 0, out: 'Disabled ben (user; disabled).' });
    expect(answer.err).toMatch(/^Sessions are in the memory of each server .* cannot end them/);
  });

  it.each([[['sessions', 'ben']], [['sign-out', 'ben']]])('refuses %j', async (args) => {
    await create('ben');
    const answer = await run(args, { more });
    expect([answer.code, answer.out]).toEqual([1, '']);
    expect(answer.err).toMatch(/^Sessions are in the memory of each server/);
  });
});

describe('says what is wrong', () => {
  it.each([
    [[], 'Unknown command "accounts ".'],
    [['drop'], 'Unknown command "accounts drop".'],
    [['constructor'], 'Unknown command "accounts constructor".'],
    [['disable'], 'accounts disable needs more arguments.'],
    [['roles', 'ada'], 'accounts roles needs more arguments.'],
    [['list', 'all'], 'Unexpected argument "all".'],
    [['list', '--role', 'x'], 'accounts list has no option --role.'],
    [['create', 'ada', '--admin'], "Unknown option '--admin'."],
  ])('of the arguments %j: exit code 64', async (args, problem) => {
    const { code, out, err } = await run(args);
    expect([code, out]).toEqual([64, '']);
    expect(err.startsWith(`${problem}\naccounts create`)).toBe(true);
  });

  it('of a user who does not exist: exit code 1', async () => {
    expect(await run(['disable', 'nobody'])).toEqual({ code: 1, out: '', err: 'There is no such user.' });
  });

  it('of a missing DATABASE_URL and of a variable that is wrong', async () => {
    expect(await run(['list'], { more: { DATABASE_URL: undefined } })).toMatchObject({
      code: 1,
      err: expect.stringMatching(/^DATABASE_URL must be set/),
    });
    expect(await run(['list'], { more: { SESSION_STORE: 'disk' } })).toMatchObject({
      code: 1,
      err: expect.stringMatching(/^SESSION_STORE must be one of/),
    });
  });

  it('of a Redis that does not answer, and changes nothing', async () => {
    await create('ben');
    const more = { REDIS_URL: 'redis://127.0.0.1:1', REDIS_WAIT_SECONDS: '0' };
    const answer = await run(['disable', 'ben'], { more });
    expect([answer.code, answer.out]).toEqual([1, '']);
    expect(answer.err).toMatch(/^Redis at 127\.0\.0\.1:1 did not answer .*ECONNREFUSED/);
    expect(await signIn('ben', PASSWORD)).toBe('user');
  });
});

it('opens no sessions for SESSION_STORE=memory', async () => {
  expect(await openManagedSessions(readConfig({ SESSION_STORE: 'memory' }))).toBeUndefined();
});
