// The kit's table of contents.

import type { Check } from './check.ts';
import { changeSubjectIsAtomic } from './checks/change-subject-is-atomic.ts';
import { clockIsOffered } from './checks/clock-is-offered.ts';
import { createThenRead } from './checks/create-then-read.ts';
import { destroyAllBesideCreate } from './checks/destroy-all-beside-create.ts';
import { destroyIsFinal } from './checks/destroy-is-final.ts';
import { destroyIsIdempotent } from './checks/destroy-is-idempotent.ts';
import { detailsAreKept } from './checks/details-are-kept.ts';
import { detailsAreReplaced } from './checks/details-are-replaced.ts';
import { dumpHoldsNoToken } from './checks/dump-holds-no-token.ts';
import { everyKeyHasATtl } from './checks/every-key-has-a-ttl.ts';
import { expiredIsGone } from './checks/expired-is-gone.ts';
import { historyIsLinearizable } from './checks/history-is-linearizable.ts';
import { hostileIds } from './checks/hostile-ids.ts';
import { hostileUserIds } from './checks/hostile-user-ids.ts';
import { listIsExact } from './checks/list-is-exact.ts';
import { lossIsBounded } from './checks/loss-is-bounded.ts';
import { noCrossTalk } from './checks/no-cross-talk.ts';
import { noLostUpdate } from './checks/no-lost-update.ts';
import { oldestSessionEnds } from './checks/oldest-session-ends.ts';
import { oneReplaceWins } from './checks/one-replace-wins.ts';
import { oneRotateWins } from './checks/one-rotate-wins.ts';
import { oneUpdatePerVersion } from './checks/one-update-per-version.ts';
import { recordsAreValues } from './checks/records-are-values.ts';
import { replaceBesideWrites } from './checks/replace-beside-writes.ts';
import { rotateBesideDestroy } from './checks/rotate-beside-destroy.ts';
import { rotateIsAtomic } from './checks/rotate-is-atomic.ts';
import { serverDownIsAnError } from './checks/server-down-is-an-error.ts';
import { steppedClockRevivesNothing } from './checks/stepped-clock-revives-nothing.ts';
import { subjectIsKept } from './checks/subject-is-kept.ts';
import { sweepSparesTouched } from './checks/sweep-spares-touched.ts';
import { textIsKeptExactly } from './checks/text-is-kept-exactly.ts';
import { timeoutIsOldOrNew } from './checks/timeout-is-old-or-new.ts';
import { touchKeepsData } from './checks/touch-keeps-data.ts';
import { touchStopsAtAbsolute } from './checks/touch-stops-at-absolute.ts';
import { unreadableIsRefused } from './checks/unreadable-is-refused.ts';
import { userBytesAreBounded } from './checks/user-bytes-are-bounded.ts';
import { valuesAreJson } from './checks/values-are-json.ts';
import { versionsRise } from './checks/versions-rise.ts';
import { writeIsSeenImmediately } from './checks/write-is-seen-immediately.ts';
import { writesNeverInsert } from './checks/writes-never-insert.ts';

/** Every check, in the order of docs/stores.md. */
export const sessionStoreChecks: readonly Check[] = [
  createThenRead,
  destroyIsFinal,
  destroyIsIdempotent,
  writesNeverInsert,
  noLostUpdate,
  oneUpdatePerVersion,
  versionsRise,
  writeIsSeenImmediately,
  rotateIsAtomic,
  oneRotateWins,
  rotateBesideDestroy,
  touchStopsAtAbsolute,
  touchKeepsData,
  expiredIsGone,
  steppedClockRevivesNothing,
  everyKeyHasATtl,
  sweepSparesTouched,
  destroyAllBesideCreate,
  listIsExact,
  hostileUserIds,
  hostileIds,
  recordsAreValues,
  textIsKeptExactly,
  valuesAreJson,
  noCrossTalk,
  timeoutIsOldOrNew,
  serverDownIsAnError,
  lossIsBounded,
  dumpHoldsNoToken,
  historyIsLinearizable,
  subjectIsKept,
  detailsAreKept,
  changeSubjectIsAtomic,
  clockIsOffered,
  unreadableIsRefused,
  detailsAreReplaced,
  oneReplaceWins,
  replaceBesideWrites,
  oldestSessionEnds,
  userBytesAreBounded,
];
