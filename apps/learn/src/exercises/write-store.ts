// 10. Write a session store on files that passes the conformance kit, and loses nothing by kill -9.

import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Clock, type SessionStore, steadyClock } from '@statecraft/auth-core';
import { type CheckResult, runSessionStoreChecks, type SessionStoreHarness } from '@statecraft/store-kit';
import { type Exercise, ExerciseFailure, expectThat } from '../exercise.ts';
import { loadFunctions } from '../load-module.ts';
import type { Acknowledged } from '../write-process.ts';

type CreateStore = (folder: string, clock: Clock) => SessionStore;

const READ = 'docs/stores.md';
const ACKNOWLEDGED = 100;
const KILLS = 3;

export const writeStore: Exercise = {
  name: '10-write-a-store',
  title: 'Write a session store on files',
  minutes: 120,
  hints: [
    'Which step of each method makes its change visible? It must be one step: a reader finds the old session or the new one.',
    'Write a new file beside the old one and rename it: rename is atomic. Check version and expiry in the same turn as the write.',
    'rotate: keep for a minute which id followed which, so that a destroy of the old id also ends its successors. examples/own-store does it on a Map.',
  ],
  learned: 'Six methods, and every one of them an atomic step. The kit finds what a review does not.',

  async check(folder) {
    const { createFileStore } = await loadFunctions<{ createFileStore: CreateStore }>(folder, 'store.ts', [
      'createFileStore',
    ]);
    const results = await runSessionStoreChecks(createHarness(createFileStore));
    const failed = results.find(({ outcome }) => outcome === 'failed');
    if (failed !== undefined) throw describeFailure(failed, results);
    await checkKills(folder, createFileStore);
  },
};

function createHarness(create: CreateStore): SessionStoreHarness {
  return {
    // One process, one folder: what the other powers are is in docs/stores.md.
    without: ['shared', 'userSessions', 'replaceDetails', 'sweep', 'keyTtls', 'faults'],
    ...{ operations: 500, runs: 20, limitMs: 20_000 },
    open({ clock }) {
      const folder = mkdtempSync(join(tmpdir(), 'statecraft-store-'));
      const list = () => readdirSync(folder).map((name) => join(folder, name));
      return {
        stores: [create(folder, clock)],
        dump: () => list().flatMap((file) => [file, readFileSync(file)]),
        corrupt: (id) => {
          for (const file of list())
            if (file.includes(id) || readFileSync(file, 'utf8').includes(id)) writeFileSync(file, '{');
        },
        close: () => rmSync(folder, { recursive: true, force: true }),
      };
    },
  };
}

function describeFailure({ text, error }: CheckResult, results: readonly CheckResult[]): ExerciseFailure {
  const passed = results.filter(({ outcome }) => outcome === 'passed').length;
  const all = results.filter(({ outcome }) => outcome !== 'skipped').length;
  return new ExerciseFailure({
    did: `the conformance kit on your store (${passed} of ${all} checks pass)`,
    saw: error?.message ?? 'a check failed',
    expected: text,
    why: 'Every session store must keep this; docs/stores.md says why for each.',
    read: READ,
  });
}

/** Several processes, each ended in the middle of its work: the kill meets create, update or touch. */
async function checkKills(learner: string, create: CreateStore): Promise<void> {
  for (let run = 0; run < KILLS; run += 1) {
    const folder = mkdtempSync(join(tmpdir(), 'statecraft-store-'));
    try {
      const acknowledged = await writeUntilKilled(learner, folder);
      await checkKept(create(folder, steadyClock), acknowledged);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  }
}

/** Starts a process that writes sessions and says what the store has acknowledged; kill -9 after some of it. */
async function writeUntilKilled(learner: string, folder: string): Promise<readonly Acknowledged[]> {
  const program = fileURLToPath(new URL('../write-process.ts', import.meta.url));
  const writer = fork(program, [join(learner, 'store.ts'), folder], {
    execArgv: ['--conditions=@statecraft/source'],
  });
  const acknowledged: Acknowledged[] = [];
  writer.on('message', (message) => {
    acknowledged.push(message as Acknowledged);
    if (acknowledged.length === ACKNOWLEDGED) writer.kill('SIGKILL');
  });
  await once(writer, 'close');
  return acknowledged;
}

async function checkKept(store: SessionStore, acknowledged: readonly Acknowledged[]): Promise<void> {
  const kept = await Promise.all(acknowledged.map((one) => isKept(store, one)));
  const lost = acknowledged.filter((_one, at) => kept[at] === false);
  const [first] = lost;
  expectThat(acknowledged.length >= ACKNOWLEDGED && first === undefined, {
    did: `a process that calls create, update and touch, kill -9 after ${ACKNOWLEDGED} of them were acknowledged, then read()`,
    saw:
      first === undefined
        ? `the process ended after ${acknowledged.length} acknowledged calls`
        : `${lost.length} of ${acknowledged.length} acknowledged calls are lost, first a ${first.method}`,
    expected: 'none is lost, and every record can be read',
    why: 'The store has answered, so the user has been told: you are signed in, your cart is kept.',
    read: READ,
  });
}

/** A later call on the same session may have been written as well, and not yet acknowledged. */
async function isKept(store: SessionStore, { id, method, data, idleExpiresAt }: Acknowledged): Promise<boolean> {
  // A record that was cut off in the middle cannot be read.
  const record = await Promise.resolve()
    .then(() => store.read(id))
    .catch(() => undefined);
  if (record === undefined) return false;
  return method === 'create' || (method === 'update' ? record.data === data : record.idleExpiresAt >= idleExpiresAt);
}
