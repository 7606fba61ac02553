// The kit's table of contents: every check, in the order of docs/stores.md.

import type { Check } from './check.ts';
import { createRead } from './checks/create-read.ts';
import { destroyIsFinal } from './checks/destroy-is-final.ts';
import { destroyIsIdempotent } from './checks/destroy-is-idempotent.ts';
import { noLostUpdate } from './checks/no-lost-update.ts';
import { oneUpdatePerVersion } from './checks/one-update-per-version.ts';
import { versionsRise } from './checks/versions-rise.ts';
import { writeIsSeenAtOnce } from './checks/write-is-seen-at-once.ts';
import { writesNeverInsert } from './checks/writes-never-insert.ts';

export const sessionStoreChecks: readonly Check[] = [
  createRead,
  destroyIsFinal,
  destroyIsIdempotent,
  writesNeverInsert,
  noLostUpdate,
  oneUpdatePerVersion,
  versionsRise,
  writeIsSeenAtOnce,
];
