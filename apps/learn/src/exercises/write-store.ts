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

type CreateStore = (folder: string, clock: Clock) => SessionStore;

const READ = 'docs/stores.md';
const ACKNOWLEDGED = 300;

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
    await checkKill(folder, createFileStore);
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

/** A process writes sessions and says which ones it has written; kill -9; every one of them must be there. */
async function checkKill(learner: string, create: CreateStore): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'statecraft-store-'));
  const writer = fork(
    fileURLToPath(new URL('../write-process.ts', import.meta.url)),
    [join(learner, 'store.ts'), folder],
    {
      execArgv: ['--conditions=@statecraft/source'],
    },
  );
  const acknowledged: string[] = [];
  writer.on('message', (id) => {
    acknowledged.push(String(id));
    if (acknowledged.length === ACKNOWLEDGED) writer.kill('SIGKILL');
  });
  await once(writer, 'close');
  try {
    const store = create(folder, steadyClock);
    const found = await Promise.all(acknowledged.map(async (id) => (await store.read(id)) !== undefined));
    const lost = found.filter((isThere) => !isThere).length;
    expectThat(acknowledged.length >= ACKNOWLEDGED && lost === 0, {
      did: `a process that creates sessions, kill -9 after ${ACKNOWLEDGED} of them were acknowledged, then read() of each`,
      saw:
        acknowledged.length < ACKNOWLEDGED
          ? `the process ended after ${acknowledged.length} sessions`
          : `${lost} of ${acknowledged.length} acknowledged sessions are lost`,
      expected: 'none is lost',
      why: 'create has answered, so the user has been told: you are signed in.',
      read: READ,
    });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
