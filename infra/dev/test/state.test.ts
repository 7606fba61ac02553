import { statSync } from 'node:fs';
import { dirname } from 'node:path';
import { expect, it } from 'vitest';
import { readDatabaseEnv, STATE_FOLDER } from '../src/index.ts';

it('names a file in the state folder, which only this user may enter', () => {
  const { DATABASE_URL = '' } = readDatabaseEnv({});
  expect(DATABASE_URL).toMatch(new RegExp(`^sqlite:/.*/${STATE_FOLDER}/users\\.sqlite$`));
  expect(statSync(dirname(DATABASE_URL.slice('sqlite:'.length))).mode & 0o777).toBe(0o700);
});

it.each([
  [{ DATABASE_URL: 'postgres://u:p@db/x' }, { DATABASE_URL: 'postgres://u:p@db/x' }],
  [{ DATABASE_URL_FILE: 'url.txt' }, {}],
  [{ NODE_ENV: 'production' }, {}],
])('leaves the choice to the environment %j', (env, database) => {
  expect(readDatabaseEnv(env)).toEqual(database);
});
