// 22. Every caller gets the answer to its own call, also when other callers stop waiting and connections break.
//
// Many workers run at the same time, each with a user and sessions of its own, so that each can predict every answer.
// Now and then one does not wait for an answer. What that call did is unknown, so the worker continues with a new user.

import assert from 'node:assert/strict';
import type { SessionRecord } from '@statecraft/auth-core';
import type { Check } from '../check.ts';
import type { CheckContext } from '../context.ts';
import { catchCode } from '../errors.ts';
import type { FullStore } from '../harness.ts';
import { HOUR } from '../manual-clock.ts';
import { createRandom, type Random } from '../random.ts';
import { makeChange, makeSuccessorId, makeUserId, newSession, pickFields, toFirstRecord } from '../sessions.ts';

const WORKERS = 24;
const MAX_SESSIONS = 4;
/** One operation in so many is abandoned. */
const ABANDONED = 20;
/** How often in a run a connection is broken or the server stalled, where the harness can do that. */
const DISTURBANCES = 12;
/** ms before a worker goes on after a failure. */
const PAUSE_MS = 5;

export const noCrossTalk: Check = {
  id: 'no-cross-talk',
  invariant: 22,
  text: 'of thousands of concurrent operations, many of them abandoned or cut off, each gets its own answer',
  async run(context) {
    const abandoned: Promise<unknown>[] = [];
    const workers = Array.from({ length: WORKERS }, (_, number) => work(context, number, abandoned));
    // All of them end before the check does, even after one has failed.
    const ended = [...(await Promise.allSettled(workers)), ...(await Promise.allSettled(abandoned))];
    for (const one of ended) if (one.status === 'rejected') throw one.reason;
  },
};

interface Worker {
  readonly number: number;
  readonly random: Random;
  userId: string;
  /** The worker's sessions, as they must be stored. */
  sessions: SessionRecord[];
}

async function work(context: CheckContext, number: number, abandoned: Promise<unknown>[]): Promise<void> {
  const random = createRandom(context.seed + number);
  const worker: Worker = { number, random, userId: makeUserId(context.clock), sessions: [] };
  const share = Math.ceil(context.operations / WORKERS);
  const disturbEvery = Math.ceil(share / DISTURBANCES);
  for (let done = 0; done < share; ) {
    if (random.below(ABANDONED) === 0) {
      const answer = runOrFail(context, { ...worker, sessions: [...worker.sessions] }, done++);
      answer.catch(() => undefined);
      abandoned.push(answer);
      useNewUser(context, worker);
    } else if (await runOrFail(context, worker, done)) {
      done++;
      if (number === 0 && done % disturbEvery === 0) await disturb(context, done / disturbEvery);
    } else {
      useNewUser(context, worker);
      await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
    }
  }
}

/** False when the store failed, which it may do while the harness disturbs it. */
async function runOrFail(context: CheckContext, worker: Worker, nonce: number): Promise<boolean> {
  const code = await catchCode(() => runOperation(context, worker, nonce));
  const { abort, stall } = context.opened;
  const mayFail = (abort ?? stall) !== undefined && code === 'ERR_STORE_UNAVAILABLE';
  assert.ok(code === undefined || mayFail, `an operation was refused with ${code}`);
  return code === undefined;
}

async function disturb({ opened: { abort, stall } }: CheckContext, count: number): Promise<void> {
  if (stall !== undefined && count % 6 === 3) await stall();
  else await abort?.(count % 2 === 0 ? 0 : 1);
}

function useNewUser({ clock }: CheckContext, worker: Worker): void {
  worker.userId = makeUserId(clock);
  worker.sessions = [];
}

async function runOperation(context: CheckContext, worker: Worker, nonce: number): Promise<void> {
  const { random, sessions } = worker;
  const store = random.below(2) === 0 ? context.a : context.b;
  const index = random.below(Math.max(1, sessions.length));
  const session = sessions[index];
  const data = JSON.stringify({ worker: worker.number, nonce });
  if (session === undefined || (sessions.length < MAX_SESSIONS && random.below(8) === 0)) {
    const created = newSession(context.clock, worker.userId, { data });
    await store.create(created);
    sessions.push(toFirstRecord(created));
    return;
  }
  const operation = random.pick(OPERATIONS);
  const next = await operation({ context, store, worker, session, data });
  if (next === undefined) sessions.splice(index, 1);
  else sessions[index] = next;
}

interface OperationInput {
  readonly context: CheckContext;
  readonly store: FullStore;
  readonly worker: Worker;
  readonly session: SessionRecord;
  readonly data: string;
}

/** Returns the session as it must be stored afterwards; undefined when it was destroyed. */
type Operation = (input: OperationInput) => Promise<SessionRecord | undefined>;

const read: Operation = async ({ store, session }) => {
  assert.deepEqual(pickFields(await store.read(session.id)), session, "a read of the worker's own session");
  return session;
};

const updateOtherVersion: Operation = async ({ context, store, session, data }) => {
  const change = makeChange(context, session.version + 1, data);
  assert.equal(await store.update(session.id, change), 'conflict');
  return session;
};

const update: Operation = async ({ context, store, session, data }) => {
  const change = makeChange(context, session.version, data);
  assert.equal(await store.update(session.id, change), 'updated');
  return { ...session, ...change, version: session.version + 1 };
};

const touch: Operation = async ({ store, session }) => {
  const idleExpiresAt = session.idleExpiresAt + HOUR / 1_000;
  assert.equal(await store.touch(session.id, idleExpiresAt), 'touched');
  return { ...session, idleExpiresAt: Math.min(idleExpiresAt, session.absoluteExpiresAt) };
};

const replaceDetails: Operation = async ({ context, store, session, data }) => {
  if (!context.has('replaceDetails')) return session;
  assert.equal(await store.replaceDetails(session.id, { from: session.details, to: data }), 'replaced');
  return { ...session, details: data };
};

const rotate: Operation = async ({ store, session }) => {
  const id = makeSuccessorId(session.id);
  assert.equal(await store.rotate(session.id, id), 'rotated');
  return { ...session, id, version: session.version + 1 };
};

const list: Operation = async ({ context, store, worker, session }) => {
  if (!context.has('userSessions')) return session;
  const listed = (await store.list(worker.userId)).map(({ id }) => id).sort();
  assert.deepEqual(listed, worker.sessions.map(({ id }) => id).sort(), "a list of the worker's own sessions");
  return session;
};

const destroy: Operation = async ({ store, session }) => {
  await store.destroy(session.id);
  assert.equal(await store.read(session.id), undefined, 'a read of a destroyed session');
  return undefined;
};

/** Reads are the most frequent, as in an application. */
const OPERATIONS = [
  read,
  read,
  read,
  updateOtherVersion,
  update,
  touch,
  replaceDetails,
  rotate,
  list,
  destroy,
] as const;
