// What a check works on: a freshly opened store as two instances, and its clock.

import type { Clock } from '@statecraft/auth-core';
import { delayReads, type Settle, waitMs } from './delayed-reads.ts';
import type { FullStore, OpenedStores, Power, SessionStoreHarness, StoreUnderTest } from './harness.ts';
import { createManualClock, type ManualClock } from './manual-clock.ts';
import { newSession } from './sessions.ts';
import { createSyncPoint, type SyncPointController } from './sync-point.ts';

export interface CheckContext {
  /** One instance. */
  readonly a: FullStore;
  /** Another instance over the same sessions; the same object for a store that is not shared. */
  readonly b: FullStore;
  readonly clock: ManualClock;
  /** Of a and of b. */
  readonly syncPoints: readonly [SyncPointController, SyncPointController];
  /**
   * How races are run. `none`: the store answers without promises, so no operation can be interrupted. `sync-points`:
   * every interleaving is forced. `timing`: many timings are tried.
   */
  readonly raceControl: 'none' | 'sync-points' | 'timing';
  readonly opened: OpenedStores;
  /** Waits until each instance has received what another wrote; undefined when reads never lag. */
  readonly settle: Settle | undefined;
  readonly seed: number;
  readonly runs: number;
  readonly operations: number;
  readonly maxSessionsPerUser: number | undefined;
  readonly maxBytesPerUser: number | undefined;
  readonly deadlineMs: number;
  readonly lossAfterKillMs: number | undefined;
  has(power: Power): boolean;
}

export async function openContext(harness: SessionStoreHarness, seed: number): Promise<CheckContext> {
  const clock = createManualClock();
  const syncPoints = [createSyncPoint(), createSyncPoint()] as const;
  const opened = await harness.open({ clock, syncPoints });
  const has = (power: Power) => !(harness.without ?? []).includes(power);
  const [one, two = one] = opened.stores;
  if (has('shared') && one === two) {
    throw new Error("open() must return two instances, unless the harness has without: ['shared'].");
  }
  const raceControl = await findRaceControl(one, clock, syncPoints[0]);
  const settle = harness.readsMayLag && (opened.settle ?? waitMs(harness.readsMayLag.ms));
  const both = [completeStore(one), completeStore(two)] as const;
  const [a, b] = settle === undefined ? both : delayReads(both, settle);
  return {
    a,
    b,
    clock,
    syncPoints: one === two ? [syncPoints[0], syncPoints[0]] : syncPoints,
    raceControl,
    opened,
    settle,
    seed,
    runs: harness.runs ?? 100,
    operations: harness.operations ?? (raceControl === 'none' ? 100_000 : 5_000),
    maxSessionsPerUser: harness.maxSessionsPerUser,
    maxBytesPerUser: harness.maxBytesPerUser,
    deadlineMs: harness.deadlineMs ?? 1_000,
    lossAfterKillMs: harness.lossAfterKill?.ms,
    has,
  };
}

async function findRaceControl(
  store: StoreUnderTest,
  clock: Clock,
  syncPoint: SyncPointController,
): Promise<CheckContext['raceControl']> {
  const { id } = newSession(clock);
  const answers = [store.read(id), store.touch(id, clock())];
  if (!answers.some((answer) => answer instanceof Promise)) return 'none';
  await Promise.all(answers);
  return syncPoint.reached > 0 ? 'sync-points' : 'timing';
}

function completeStore(store: StoreUnderTest): FullStore {
  const lack = (name: string) => () => {
    throw new Error(`This store has no ${name}. If that is intended, name the power in the harness' \`without\`.`);
  };
  return {
    clock: store.clock,
    create: (session) => store.create(session),
    read: (id) => store.read(id),
    update: (id, change) => store.update(id, change),
    touch: (id, idleExpiresAt) => store.touch(id, idleExpiresAt),
    rotate: (id, newId) => store.rotate(id, newId),
    destroy: (id) => store.destroy(id),
    list: store.list?.bind(store) ?? lack('list'),
    destroyAll: store.destroyAll?.bind(store) ?? lack('destroyAll'),
    changeSubject: store.changeSubject?.bind(store) ?? lack('changeSubject'),
    replaceDetails: store.replaceDetails?.bind(store) ?? lack('replaceDetails'),
    sweep: store.sweep?.bind(store) ?? lack('sweep'),
  };
}
