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
/** Connections are broken so often in a run, where the harness can. */
const ABORTS = 12;

export const noCrossTalk: Check = {
  id: 'no-cross-talk',
  invariant: 22,
  text: 'thousands of operations at once, many of them abandoned or cut off, and every answer is to its own question',
  async run(scene) {
    const left: Promise<unknown>[] = [];
    const share = Math.ceil(scene.operations / WORKERS);
    const workers = Array.from({ length: WORKERS }, (_, number) => work(scene, number, share, left));
    await Promise.all(workers);
    await Promise.all(left);
  },
};

interface Desk {
  readonly number: number;
  readonly random: Random;
  user: string;
  /** What the worker knows to be stored. */
  mine: SessionRecord[];
}

async function work(scene: Scene, number: number, operations: number, left: Promise<unknown>[]): Promise<void> {
  const desk: Desk = { number, random: randomFrom(scene.seed + number), user: newSession(scene.clock).id, mine: [] };
  const abortEvery = Math.max(1, Math.ceil(operations / Math.max(1, (ABORTS / WORKERS) * 2)));
  for (let done = 0; done < operations; done++) {
    if (desk.random.below(ABANDONED) === 0) {
      // Its own failure says nothing: the answer would have been right or an error.
      left.push(codeOf(() => ask(scene, { ...desk, mine: [...desk.mine] }, done)));
      startAnew(scene, desk);
      continue;
    }
    if (scene.opened.abort !== undefined && number % 2 === 0 && done % abortEvery === abortEvery - 1) {
      await scene.opened.abort(desk.random.pick([0, 1]));
    }
    const code = await codeOf(() => ask(scene, desk, done));
    if (code === undefined) continue;
    assert.ok(scene.opened.abort && code === 'ERR_STORE_UNAVAILABLE', `an operation was refused with ${code}`);
    startAnew(scene, desk);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
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
