// The last administrator on a real PostgreSQL, with changes that are held up at the moments where they could miss one
// another.

import { type PostgresServer, startPostgres } from '@statecraft/infra-dev';
import { Client } from 'pg';
import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest';
import { createSqlDirectory, migrate, type UserDirectory } from '../src/index.ts';
import { createPostgresDatabase, openForTest, readPostgresAddress } from './databases.ts';

let server: PostgresServer;
let databases = 0;
beforeAll(async () => {
  server = await startPostgres();
});
afterAll(() => server.stop());

async function setUp() {
  const name = `administrators_${databases++}`;
  await createPostgresDatabase(server.url, name);
  const address = readPostgresAddress(server.url, name);
  const database = await openForTest(address, { deadlineMs: 10_000 });
  await migrate(database);
  const directory = createSqlDirectory(database);
  const connect = async () => {
    const client = new Client({ ...address });
    await client.connect();
    onTestFinished(() => client.end());
    return client;
  };
  const [holder, observer] = [await connect(), await connect()];
  const waitForLocks = (count: number) =>
    vi.waitFor(async () => {
      const { rows } = await observer.query(
        "select count(*)::int as waiting from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'",
      );
      expect(rows[0].waiting).toBe(count);
    }, 5_000);
  return { directory, holder, waitForLocks };
}

const addUser = (directory: UserDirectory, id: string, roles: readonly string[]) =>
  directory.create({ id, username: id, passwordHash: 'h', roles });

describe('the last administrator', () => {
  it('is kept when the role moves to a user who is being disabled', async () => {
    const { directory, holder, waitForLocks } = await setUp();
    await addUser(directory, 'old', ['admin']);
    await addUser(directory, 'new', ['user']);
    // Holds up the disabling of `new` after it has read that `new` is no administrator.
    await holder.query("begin; select from users where id = 'old' for update");
    const disabling = directory.disable('new');
    await waitForLocks(1);
    await directory.setRoles('new', ['admin']);
    await holder.query("update users set roles = '[]' where id = 'old'; commit");
    expect(await disabling).toBe('last-administrator');
    expect(await directory.findById('new')).toMatchObject({ status: 'active' });
  });
});
