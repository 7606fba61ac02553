// 9. Survive a slow store: an answer within a bound, and never a false 401.

import { createHook } from 'node:async_hooks';
import { setImmediate as nextTurn, setTimeout as sleep } from 'node:timers/promises';
import { type Exercise, expectThat } from '../exercise.ts';
import { loadFunctions } from '../load-module.ts';

/** As the learner's code gets it: a session's user by its id, or undefined if there is no such session. */
interface Store {
  read(id: string): Promise<string | undefined>;
}

type Status = 200 | 401 | 503;
type Authenticate = (store: Store, id: string, deadlineMs: number) => Promise<Status>;

const READ = 'docs/course/5-redis.md';
const DEADLINE_MS = 100;
/** Above this, the answer did not come from the deadline; a busy machine is late by less. */
const LATE_MS = 2_000;
/** A store that is slower than one deadline, and faster than the other. */
const SLOW_MS = 800;
const LONG_DEADLINE_MS = 10 * SLOW_MS;

export const surviveSlowStore: Exercise = {
  name: '09-survive-a-slow-store',
  title: 'Survive a slow store',
  minutes: 40,
  hints: [
    'What do you know about the user when the store has not answered?',
    'Promise.race gives the answer or the deadline, whichever is first. Clear the timer afterwards.',
    'Three ends: a user (200), no such session (401), and everything else: late, or failed (503).',
  ],
  learned: '401 says "this session does not exist". Who has not been told that by the store must not say it.',

  async check(folder) {
    const { authenticate } = await loadFunctions<{ authenticate: Authenticate }>(folder, 'guard.ts', ['authenticate']);
    const unhandled = watchRejections();
    // async: a function that answers no promise is asked in the same way.
    const ask = async (store: Store, id = 'live', deadlineMs = DEADLINE_MS) => authenticate(store, id, deadlineMs);
    await expectAnswer('a store that knows the session', ask(knowing()), 200, 'The user is signed in.');
    await expectAnswer(
      'a store that does not know the session',
      ask(knowing(), 'ended'),
      401,
      'The store has said so.',
    );
    await expectAnswer(
      'a store that fails',
      ask(failing()),
      503,
      'A failure says nothing about the session: 401 would sign the user out.',
    );
    await expectAnswer(
      'a store that never answers',
      ask(silent()),
      503,
      'The user must not wait for ever, and is not signed out.',
    );
    await expectAnswer(
      'a store that throws before it answers',
      ask(throwing()),
      503,
      'A failure is a failure, however it comes.',
    );
    await expectAnswer('a store that fails after the deadline', ask(failingLate()), 503, 'The deadline came first.');
    await expectAnswer(
      `a store that answers after ${SLOW_MS} ms, and a deadline of ${LONG_DEADLINE_MS} ms`,
      ask(slow(), 'live', LONG_DEADLINE_MS),
      200,
      'The caller sets the deadline. An answer within it counts.',
    );
    await expectAnswer(
      `a store that answers after ${SLOW_MS} ms`,
      ask(slow()),
      503,
      'The deadline is the one that the caller gives, not one that is written into the code.',
    );
    await checkRejections(unhandled);
    await checkSignOut(ask);
    await checkTimers(ask);
  },
};

const knowing = (): Store => ({ read: async (id) => (id === 'live' ? 'ada' : undefined) });
const failing = (): Store => ({ read: () => Promise.reject(new Error('connection refused')) });
const slow = (): Store => ({ read: () => sleep(SLOW_MS, 'ada') });
const silent = (): Store => ({ read: () => new Promise(() => {}) });
const throwing = (): Store => ({
  read() {
    throw new Error('not connected');
  },
});

async function expectAnswer(store: string, answer: Promise<Status>, expected: Status, why: string): Promise<void> {
  const seen = await Promise.race([
    answer.catch((error: Error) => `the error "${error.message}"`),
    sleep(LATE_MS, 'no answer'),
  ]);
  expectThat(seen === expected, {
    did: `authenticate(store, id, deadlineMs) with ${store}${store.includes('deadline of') ? '' : `, and a deadline of ${DEADLINE_MS} ms`}`,
    saw: seen === 'no answer' ? `no answer within ${LATE_MS} ms` : String(seen),
    expected: String(expected),
    why,
    read: READ,
  });
}

/** A store that fails after the deadline: the rejection must not end the process. */
const failingLate = (): Store => ({
  read: () => sleep(2 * DEADLINE_MS).then(() => Promise.reject(new Error('too late'))),
});

/** Notes rejections that were not caught, from now on. */
function watchRejections(): readonly unknown[] {
  const unhandled: unknown[] = [];
  process.on('unhandledRejection', (error) => unhandled.push(error));
  return unhandled;
}

async function checkRejections(unhandled: readonly unknown[]): Promise<void> {
  // By then, the store that fails late has failed.
  await sleep(3 * DEADLINE_MS);
  expectThat(unhandled.length === 0, {
    did: 'stores that fail, one of them after the deadline',
    saw: 'an unhandled rejection',
    expected: 'none: every failure is caught, also a late one',
    why: 'Node ends the process at an unhandled rejection, and with it all other requests.',
    read: READ,
  });
}

/** An answer that is kept for later lets an ended session in. */
async function checkSignOut(ask: (store: Store) => Promise<Status>): Promise<void> {
  let user: string | undefined = 'ada';
  const store: Store = { read: async () => user };
  await expectAnswer('a store that knows the session', ask(store), 200, 'The user is signed in.');
  user = undefined;
  await expectAnswer(
    'the same store, after sign-out',
    ask(store),
    401,
    'An answer from before counts for nothing: the session has ended.',
  );
}

async function checkTimers(ask: (store: Store, id: string, deadlineMs: number) => Promise<Status>): Promise<void> {
  const left = await countTimers(async () => {
    // A long deadline: no timer ends by itself before they are counted.
    for (let call = 0; call < 50; call += 1) await ask(knowing(), 'live', LONG_DEADLINE_MS);
  });
  expectThat(left === 0, {
    did: '50 calls with a store that answers immediately',
    saw: `${left} timers that still run`,
    expected: 'no timer is left',
    why:
      'A timer for each request, kept until the deadline, is memory and work that grows with the load. ' +
      'clearTimeout ends one; unref() only lets the process exit, and AbortSignal.timeout() cannot be ended.',
    read: READ,
  });
}

/** The timers that `run` starts and does not end, also those that would not keep the process alive. */
async function countTimers(run: () => Promise<void>): Promise<number> {
  const timers = new Set<number>();
  const hook = createHook({
    init: (id, type) => void (type === 'Timeout' && timers.add(id)),
    destroy: (id) => void timers.delete(id),
  }).enable();
  await run();
  // Node reports the end of a timer in a later turn.
  for (let turn = 0; turn < 3; turn += 1) await nextTurn();
  hook.disable();
  return timers.size;
}
