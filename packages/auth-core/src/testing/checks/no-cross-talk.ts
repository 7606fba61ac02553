// 22. Every caller gets the answer to its own question, also when others stop waiting and connections break.
//
// Many workers at once, each with a user and sessions of its own, so that each knows exactly what it must be told. Now
// and then one walks away from a question without waiting; what comes of it is unknown, so it goes on with a new user.

import assert from 'node:assert/strict';
import type { SessionRecord } from '../../contracts/store.ts';
import type { Check } from '../check.ts';
import { changeOf } from '../looks.ts';
import { type Random, randomFrom } from '../random.ts';
import { codeOf, fieldsOf, HOUR, newSession, type Scene, successorOf } from '../scene.ts';

const WORKERS = 24;
const MOST_SESSIONS = 4;
/** One operation in so many is walked away from. */
const ABANDONED = 20;
/** So often in a run a connection is broken or the server stalled, where the harness can. */
const DISTURBANCES = 12;
/** ms before a worker asks again after a failure. */
const PAUSE_MS = 5;

export const noCrossTalk: Check = {
  id: 'no-cross-talk',
  invariant: 22,
  text: 'thousands of operations at once, many of them abandoned or cut off, and every answer is to its own question',
  async run(scene) {
    const abandoned: Promise<unknown>[] = [];
    const workers = Array.from({ length: WORKERS }, (_, number) => work(scene, number, abandoned));
    // All of them end before the check does, whoever fails first.
    const ended = [...(await Promise.allSettled(workers)), ...(await Promise.allSettled(abandoned))];
    for (const one of ended) if (one.status === 'rejected') throw one.reason;
  },
};

interface Desk {
  readonly number: number;
  readonly random: Random;
  user: string;
  /** What the worker knows to be stored. */
  mine: SessionRecord[];
}

async function work(scene: Scene, number: number, abandoned: Promise<unknown>[]): Promise<void> {
  const desk: Desk = { number, random: randomFrom(scene.seed + number), user: newSession(scene.clock).id, mine: [] };
  const share = Math.ceil(scene.operations / WORKERS);
  const disturbEvery = Math.ceil(share / DISTURBANCES);
  for (let done = 0; done < share; ) {
    if (desk.random.below(ABANDONED) === 0) {
      const answer = attempt(scene, { ...desk, mine: [...desk.mine] }, done++);
      answer.catch(() => undefined);
      abandoned.push(answer);
      startAnew(scene, desk);
    } else if (await attempt(scene, desk, done)) {
      if (number === 0 && ++done % disturbEvery === 0) await disturb(scene, done / disturbEvery);
      else if (number > 0) done++;
    } else {
      startAnew(scene, desk);
      await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
    }
  }
}

/** False when the store failed, as it may where it is disturbed. */
async function attempt(scene: Scene, desk: Desk, nonce: number): Promise<boolean> {
  const code = await codeOf(() => ask(scene, desk, nonce));
  const { abort, stall } = scene.opened;
  const mayFail = (abort ?? stall) !== undefined && code === 'ERR_STORE_UNAVAILABLE';
  assert.ok(code === undefined || mayFail, `an operation was refused with ${code}`);
  return code === undefined;
}

async function disturb({ opened: { abort, stall } }: Scene, count: number): Promise<void> {
  if (stall !== undefined && count % 6 === 3) await stall();
  else await abort?.(count % 2 === 0 ? 0 : 1);
}

function startAnew({ clock }: Scene, desk: Desk): void {
  desk.user = newSession(clock).id;
  desk.mine = [];
}

async function ask(scene: Scene, desk: Desk, nonce: number): Promise<void> {
  const { clock, has } = scene;
  const store = desk.random.below(2) === 0 ? scene.a : scene.b;
  const at = desk.random.below(Math.max(1, desk.mine.length));
  const known = desk.mine[at];
  const data = JSON.stringify({ worker: desk.number, nonce });
  if (known === undefined || (desk.mine.length < MOST_SESSIONS && desk.random.below(8) === 0)) {
    const session = newSession(clock, desk.user, { data });
    await store.create(session);
    desk.mine.push({ ...session, version: 1 });
    return;
  }
  const { id, version } = known;
  switch (desk.random.pick(['read', 'read', 'read', 'stale', 'update', 'touch', 'rotate', 'list', 'destroy'])) {
    case 'read':
      assert.deepEqual(fieldsOf(await store.read(id)), known, "a read of one's own session");
      return;
    case 'stale':
      assert.equal(await store.update(id, changeOf(scene, version + 1, data)), 'conflict');
      return;
    case 'update': {
      const change = changeOf(scene, version, data);
      assert.equal(await store.update(id, change), 'updated');
      desk.mine[at] = { ...known, ...change, version: version + 1 };
      return;
    }
    case 'touch': {
      const idleExpiresAt = known.idleExpiresAt + HOUR / 1_000;
      assert.equal(await store.touch(id, idleExpiresAt), 'touched');
      desk.mine[at] = { ...known, idleExpiresAt: Math.min(idleExpiresAt, known.absoluteExpiresAt) };
      return;
    }
    case 'rotate': {
      const next = successorOf(id);
      assert.equal(await store.rotate(id, next), 'rotated');
      desk.mine[at] = { ...known, id: next, version: version + 1 };
      return;
    }
    case 'list': {
      if (!has('userSessions')) return;
      const listed = (await store.list(desk.user)).map(({ id }) => id).sort();
      assert.deepEqual(listed, desk.mine.map(({ id }) => id).sort(), "a list of one's own sessions");
      return;
    }
    case 'destroy':
      await store.destroy(id);
      assert.equal(await store.read(id), undefined, 'a read of what was destroyed');
      desk.mine.splice(at, 1);
  }
}
