// db migrate, status and rollback: the tables of the user database.

import { type Database, migrate, readSchemaStatus, rollBack, type SchemaStatus } from '@statecraft/accounts';
import type { Command, Output } from './command.ts';

export const DB_HELP = `db migrate    brings the tables to this version: all missing migrations, or none if one fails
db status     shows which migrations are applied; exit code 1 if this version cannot use the tables
db rollback   undoes the migration that was applied last
  --lose-data   also if that deletes users
  --json        prints JSON`;

export const DB_COMMANDS: Readonly<Record<string, Command>> = {
  migrate: {
    flags: [],
    async run(database, flags, output) {
      const applied = await migrate(database);
      const lines = applied.length === 0 ? ['Nothing to do.'] : applied.map((name) => `Applied ${name}.`);
      return printOutcome(database, { applied }, lines, flags, output);
    },
  },

  status: {
    flags: [],
    async run(database, flags, output) {
      const status = await readSchemaStatus(database);
      printOutcome(database, status, formatStatus(status), flags, output);
      return status.problem === undefined ? 0 : 1;
    },
  },

  rollback: {
    flags: ['lose-data'],
    async run(database, flags, output) {
      const undone = await rollBack(database, { loseData: flags.has('lose-data') });
      const line = undone === undefined ? 'Nothing to undo: no migration is applied.' : `Undone: ${undone}.`;
      return printOutcome(database, { undone: undone ?? null }, [line], flags, output);
    },
  },
};

function printOutcome(
  { name }: Database,
  outcome: object,
  lines: readonly string[],
  flags: ReadonlySet<string>,
  { print }: Output,
): 0 {
  if (flags.has('json')) print(JSON.stringify({ database: name, ...outcome }));
  else for (const line of [name, ...lines]) print(line);
  return 0;
}

function formatStatus({ migrations, problem }: SchemaStatus): string[] {
  const width = Math.max(...migrations.map(({ name }) => name.length));
  const rows = migrations.map(({ name, appliedAt, known }) => {
    const state = appliedAt === undefined ? 'missing' : `applied ${appliedAt}${known ? '' : ', by a later version'}`;
    return `  ${name.padEnd(width)}  ${state}`;
  });
  return [...rows, problem === undefined ? 'This version can use them.' : `Not usable: ${problem}`];
}
