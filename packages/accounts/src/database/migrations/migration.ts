// What a migration is.

import type { Kysely } from 'kysely';
import type { Database } from '../database.ts';
import type { Tables } from '../schema.ts';

type MigrationDatabase = Kysely<Tables>;

export interface Migration {
  /** Decides the order: `0001-users`. Never changes after a release. */
  readonly name: string;
  /**
   * The lowest version of the apps that may use the schema afterwards. A migration that only adds keeps that of the one
   * before. One that removes what earlier versions use comes in a later version, when no server needs it any more.
   */
  readonly lowestVersion: string;
  /** False if this version of the apps also works without it: it removes what only earlier versions use. */
  readonly required: boolean;
  up(db: MigrationDatabase, kind: Database['kind']): Promise<unknown>;
  /** Undoes `up`, on data. */
  down(db: MigrationDatabase, kind: Database['kind']): Promise<unknown>;
  /** @returns what `down` would delete, such as `3 users`; undefined if nothing. */
  countLoss(db: MigrationDatabase): Promise<string | undefined>;
}
