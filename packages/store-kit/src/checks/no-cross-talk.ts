// 22. Every caller gets the answer to its own call, also when other callers stop waiting and connections break.
//
// Many workers run at the same time, each with a user and sessions of its own, so that each can predict every answer. Now and
// then one does not wait for an answer. What that call did is unknown, so the worker continues with a new user.

import assert from 'node:assert/strict';
import type { SessionRecord } from '@statecraft/auth-core';
import type { Check } from '../check.ts';
import type { CheckContext } from '../context.ts';
import { catchCode } from '../errors.ts';
import { HOUR } from '../manual-clock.ts';
import { createRandom, type Random } from '../random.ts';
import { makeChange, makeSuccessorId, newSession, pickFields } from '../sessions.ts';

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
  user: string;
  /** What must be stored. */
  mine: SessionRecord[];
}

async function work(context: CheckContext, number: number, abandoned: Promise<unknown>[]): Promise<void> {
  const worker: Worker = {
    number,
    random: createRandom(context.seed + number),
    user: newSession(context.clock).id,
    mine: [],
  };
  const share = Math.ceil(context.operations / WORKERS);
  const disturbEvery = Math.ceil(share / DISTURBANCES);
  for (let done = 0; done < share; ) {
    if (worker.random.below(ABANDONED) === 0) {
      const answer = attempt(context, { ...worker, mine: [...worker.mine] }, done++);
      answer.catch(() => undefined);
      abandoned.push(answer);
      useNewUser(context, worker);
    } else if (await attempt(context, worker, done)) {
      if (number === 0 && ++done % disturbEvery === 0) await disturb(context, done / disturbEvery);
      else if (number > 0) done++;
    } else {
      useNewUser(context, worker);
      await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
    }
  }
}

/** False when the store failed, which it may do while the harness disturbs it. */
async function attempt(context: CheckContext, worker: Worker, nonce: number): Promise<boolean> {
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
  worker.user = newSession(clock).id;
  worker.mine = [];
}

async function runOperation(context: CheckContext, worker: Worker, nonce: number): Promise<void> {
  const { clock, has } = context;
  const store = worker.random.below(2) === 0 ? context.a : context.b;
  const at = worker.random.below(Math.max(1, worker.mine.length));
  const known = worker.mine[at];
  const data = JSON.stringify({ worker: worker.number, nonce });
  if (known === undefined || (worker.mine.length < MAX_SESSIONS && worker.random.below(8) === 0)) {
    const session = newSession(clock, worker.user, { data });
    await store.create(session);
    worker.mine.push({ ...session, version: 1 });
    return;
  }
  const { id, version } = known;
  switch (worker.random.pick(['read', 'read', 'read', 'stale', 'update', 'touch', 'rotate', 'list', 'destroy'])) {
    case 'read':
      assert.deepEqual(pickFields(await store.read(id)), known, "a read of the worker's own session");
      return;
    case 'stale':
      assert.equal(await store.update(id, makeChange(context, version + 1, data)), 'conflict');
      return;
    case 'update': {
      const change = makeChange(context, version, data);
      assert.equal(await store.update(id, change), 'updated');
      worker.mine[at] = { ...known, ...change, version: version + 1 };
      return;
    }
    case 'touch': {
      const idleExpiresAt = known.idleExpiresAt + HOUR / 1_000;
      assert.equal(await store.touch(id, idleExpiresAt), 'touched');
      worker.mine[at] = { ...known, idleExpiresAt: Math.min(idleExpiresAt, known.absoluteExpiresAt) };
      return;
    }
    case 'rotate': {
      const next = makeSuccessorId(id);
      assert.equal(await store.rotate(id, next), 'rotated');
      worker.mine[at] = { ...known, id: next, version: version + 1 };
      return;
    }
    case 'list': {
      if (!has('userSessions')) return;
      const listed = (await store.list(worker.user)).map(({ id }) => id).sort();
      assert.deepEqual(listed, worker.mine.map(({ id }) => id).sort(), "a list of the worker's own sessions");
      return;
    }
    case 'destroy':
      await store.destroy(id);
      assert.equal(await store.read(id), undefined, 'a read of a destroyed session');
      worker.mine.splice(at, 1);
  }
}
