// Accounts for tests: a database in memory, real hashes at the lowest cost, and a clock that the test moves.

import {
  type AttemptLimits,
  createAccounts,
  createPasswords,
  createSqlDirectory,
  migrate,
  openDatabase,
  type PasswordsOptions,
  type UserDirectory,
} from '../src/index.ts';

export const PASSWORD = 'a long enough one';
export const HOME = '192.0.2.1';

/** argon2id as fast as it can be, a little slower, and bcrypt. */
export const CHEAP = { memoryKib: 8, passes: 1, allowLowCost: true } satisfies PasswordsOptions;
export const STRONGER = { ...CHEAP, passes: 2 } satisfies PasswordsOptions;
export const OLDER = { algorithm: 'bcrypt', cost: 4, allowLowCost: true } satisfies PasswordsOptions;

export function setUp(options: { limits?: Partial<AttemptLimits>; maxQueue?: number } = {}) {
  const { limits = {}, maxQueue = 64 } = options;
  const time = { now: 0 };
  const directory = createTestDirectory();
  const passwords = createPasswords({ ...CHEAP, concurrency: 1, maxQueue, poolSize: 4 });
  const accounts = createAccounts({ directory, passwords, clock: () => time.now, limits });
  return { time, directory, passwords, accounts };
}

/** A directory of its own. Its database opens at the first call. */
export function createTestDirectory(): UserDirectory {
  const open = async () => {
    const database = await openDatabase({ kind: 'sqlite', path: ':memory:' });
    await migrate(database);
    return createSqlDirectory(database);
  };
  let opened: Promise<UserDirectory> | undefined;
  const use = async <T>(ask: (directory: UserDirectory) => T | Promise<T>): Promise<T> => {
    opened ??= open();
    return ask(await opened);
  };
  return {
    create: (user) => use((directory) => directory.create(user)),
    findByUsername: (username) => use((directory) => directory.findByUsername(username)),
    findById: (id) => use((directory) => directory.findById(id)),
    setPasswordHash: (id, change) => use((directory) => directory.setPasswordHash(id, change)),
    disable: (id) => use((directory) => directory.disable(id)),
    enable: (id) => use((directory) => directory.enable(id)),
    setRoles: (id, roles) => use((directory) => directory.setRoles(id, roles)),
    remove: (id) => use((directory) => directory.remove(id)),
    list: (page) => use((directory) => directory.list(page)),
    findHashUnlike: (prefixes) => use((directory) => directory.findHashUnlike(prefixes)),
    check: () => use((directory) => directory.check()),
  };
}

/** A request to change a password, from HOME. */
export function change(userId: string, current: string, next: string) {
  return { userId, current, next, address: HOME };
}

/** Returns the code of the error that a call ends with; 'none' if it succeeds. */
export async function readCode(call: Promise<unknown>): Promise<string> {
  return call.then(
    () => 'none',
    (error: { code: string }) => error.code,
  );
}

/** Makes a gate: code that awaits `opened` continues only after `open()`. */
export function createGate() {
  let open = (): void => {};
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { opened, open };
}
