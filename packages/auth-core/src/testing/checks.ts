// The kit's table of contents: every check, in the order of docs/stores.md.

import type { Check } from './check.ts';
import { clockRevivesNothing } from './checks/clock-revives-nothing.ts';
import { createRead } from './checks/create-read.ts';
import { dataToTheLetter } from './checks/data-to-the-letter.ts';
import { destroyAllBesideCreate } from './checks/destroy-all-beside-create.ts';
import { destroyIsFinal } from './checks/destroy-is-final.ts';
import { destroyIsIdempotent } from './checks/destroy-is-idempotent.ts';
import { dumpHoldsNoToken } from './checks/dump-holds-no-token.ts';
import { everyKeyHasATtl } from './checks/every-key-has-a-ttl.ts';
import { expiredIsGone } from './checks/expired-is-gone.ts';
import { hostileIds } from './checks/hostile-ids.ts';
import { hostileUserIds } from './checks/hostile-user-ids.ts';
import { indexIsWhatLives } from './checks/index-is-what-lives.ts';
import { noCrossTalk } from './checks/no-cross-talk.ts';
import { noLostUpdate } from './checks/no-lost-update.ts';
import { oldestSessionEnds } from './checks/oldest-session-ends.ts';
import { oneRotateWins } from './checks/one-rotate-wins.ts';
import { oneUpdatePerVersion } from './checks/one-update-per-version.ts';
import { recordsAreValues } from './checks/records-are-values.ts';
import { rotateBesideDestroy } from './checks/rotate-beside-destroy.ts';
import { rotateIsAtomic } from './checks/rotate-is-atomic.ts';
import { sameVerdictEverywhere } from './checks/same-verdict-everywhere.ts';
import { sweepSparesTheTouched } from './checks/sweep-spares-the-touched.ts';
import { touchKeepsData } from './checks/touch-keeps-data.ts';
import { touchStopsAtAbsolute } from './checks/touch-stops-at-absolute.ts';
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
  rotateIsAtomic,
  oneRotateWins,
  rotateBesideDestroy,
  touchStopsAtAbsolute,
  touchKeepsData,
  expiredIsGone,
  clockRevivesNothing,
  everyKeyHasATtl,
  sweepSparesTheTouched,
  destroyAllBesideCreate,
  indexIsWhatLives,
  hostileUserIds,
  hostileIds,
  recordsAreValues,
  dataToTheLetter,
  sameVerdictEverywhere,
  noCrossTalk,
  dumpHoldsNoToken,
  oldestSessionEnds,
];
