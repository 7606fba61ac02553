// What a command is.

import type { Database } from '@statecraft/accounts';

export interface Output {
  readonly print: (line: string) => void;
  readonly printError: (line: string) => void;
}

/** A command of a group: `migrate` of `db`. */
export interface Command {
  /** The names of its flags, such as `lose-data`. Each command also has `json`. */
  readonly flags: readonly string[];
  /** @returns the exit code. @throws AccountsError */
  run(database: Database, flags: ReadonlySet<string>, output: Output): Promise<number>;
}
