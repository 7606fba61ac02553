// The commands of the database, on a SQLite file and on PostgreSQL.

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createSqlDirectory, MIGRATIONS, openDatabase } from '@statecraft/accounts';
import { type PostgresServer, startPostgres } from '@statecraft/infra-dev';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { readConfig } from '../src/config.ts';
import { runCommand } from '../src/run-command.ts';

type Answer = [exitCode: number, out: string, err: string];

async function run(url: string | undefined, ...args: string[]): Promise<Answer> {
  const lines = { out: [] as string[], err: [] as string[] };
  const output = { print: (line: string) => lines.out.push(line), printError: (line: string) => lines.err.push(line) };
  const code = await runCommand(args, url === undefined ? {} : { DATABASE_URL: url }, output, async () => undefined);
  return [code, lines.out.join('\n'), lines.err.join('\n')];
}

function nameFile(): string {
  const folder = mkdtempSync(join(tmpdir(), 'statecraft-cli-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  return join(folder, 'users.sqlite');
}

async function addUser(url: string): Promise<void> {
  const database = await openDatabase(readConfig({ DATABASE_URL: url }).address);
  await createSqlDirectory(database).create({ username: 'dora', passwordHash: 'h', roles: [] });
  await database.close();
}

let postgres: PostgresServer;
beforeAll(async () => {
  postgres = await startPostgres();
});
afterAll(() => postgres.stop());

describe.each(['SQLite', 'PostgreSQL'])('on %s', (kind) => {
  const readUrl = () => (kind === 'SQLite' ? `sqlite:${nameFile()}` : postgres.url);

  it('migrates once, shows what is applied, and undoes it', async () => {
    const url = readUrl();
    const [before, shown] = await run(url, 'db', 'status');
    expect([before, shown]).toEqual([
      1,
      expect.stringMatching(/\n {2}0001-users +missing\n.*Not usable: .* Run: npm run db:migrate$/s),
    ]);
    expect(await run(url, 'db', 'migrate')).toEqual([0, expect.stringContaining('\nApplied 0001-users.'), '']);
    expect(await run(url, 'db', 'migrate')).toEqual([0, expect.stringMatching(/\nNothing to do\.$/), '']);
    expect(await run(url, 'db', 'status')).toEqual([0, expect.stringMatching(/0001-users +applied 20/), '']);
    const undone = [];
    for (let last = ''; !last.includes('Nothing to undo'); undone.push(last))
      [, last] = await run(url, 'db', 'rollback');
    expect(undone.at(-2)).toMatch(/\nUndone: 0001-users\.$/);
    const [after, status] = await run(url, 'db', 'status');
    expect([after, status]).toEqual([1, shown]);
  });

  it('undoes what deletes users only with --lose-data', async () => {
    const url = readUrl();
    await run(url, 'db', 'migrate');
    await addUser(url);
    let refused: Answer = [0, '', ''];
    while (refused[0] === 0) refused = await run(url, 'db', 'rollback');
    expect(refused).toEqual([1, '', expect.stringMatching(/would delete 1 user.*npm run db:rollback -- --lose-data$/)]);
    expect(await run(url, 'db', 'rollback', '--lose-data')).toEqual([0, expect.stringContaining('Undone: 0001'), '']);
  });

  it('prints JSON', async () => {
    const url = readUrl();
    const [, applied] = await run(url, 'db', 'migrate', '--json');
    expect(JSON.parse(applied)).toMatchObject({ applied: MIGRATIONS.map(({ name }) => name) });
    const [, status] = await run(url, 'db', 'status', '--json');
    expect(JSON.parse(status)).toMatchObject({ migrations: MIGRATIONS.map(({ name }) => ({ name, known: true })) });
    expect(status).not.toContain(new URL(url).password || 'no password');
    while (!(await run(url, 'db', 'rollback', '--json'))[1].includes('"undone":null'));
  });
});

describe('says what is wrong', () => {
  it.each([
    [[], 'Unknown command "".'],
    [['db'], 'Unknown command "db".'],
    [['db', 'drop'], 'Unknown command "db drop".'],
    [['constructor', 'name'], 'Unknown command "constructor name".'],
    [['db', 'migrate', '--force'], 'Unknown option "--force".'],
    [['db', 'migrate', 'all'], 'Unknown option "all".'],
  ])('of the arguments %j: exit code 64', async (args, problem) => {
    const [code, out, err] = await run('sqlite:unused.sqlite', ...args);
    expect([code, out]).toEqual([64, '']);
    expect(err.startsWith(`${problem}\ndb migrate`)).toBe(true);
  });

  it('of DATABASE_URL: one line, exit code 1', async () => {
    expect(await run(undefined, 'db', 'status')).toEqual([
      1,
      '',
      expect.stringMatching(/^DATABASE_URL must be set.*$/),
    ]);
    expect(await run('mysql://u:canary@db/x', 'db', 'status')).toEqual([
      1,
      '',
      expect.stringMatching(/^DATABASE_URL must begin with sqlite: or postgres:(?!.*canary).*$/),
    ]);
  });

  it('of a file that is no database: one line, exit code 1', async () => {
    const file = nameFile();
    writeFileSync(file, 'This is a text file, and it is long enough to be one. '.repeat(100));
    expect(await run(`sqlite:${file}`, 'db', 'migrate')).toEqual([
      1,
      '',
      `The SQLite file ${file}: file is not a database. DATABASE_URL must name a database of this server, or a new file. Restore a backup if it is damaged.`,
    ]);
  });

  it('of a server that does not run: one line, exit code 1', async () => {
    expect(await run('postgres://u:canary@127.0.0.1:1/x', 'db', 'migrate')).toEqual([
      1,
      '',
      expect.stringMatching(/^PostgreSQL at 127\.0\.0\.1:1, database x: .*ECONNREFUSED.*$/),
    ]);
  });
});

it('shows its help', async () => {
  expect(await run(undefined, 'db', '--help')).toEqual([0, expect.stringContaining('Exit code:'), '']);
});
