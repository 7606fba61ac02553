// 19. An id that nobody made is nobody's, and nothing more.

import assert from 'node:assert/strict';
import type { Check } from '../check.ts';
import { HOSTILE_TEXTS, shown } from '../hostile.ts';
import { changeOf, expectListed, expectStored, firstVersion } from '../looks.ts';
import { codeOf, fieldsOf, HOUR, newSession, type Scene } from '../scene.ts';

export const hostileIds: Check = {
  id: 'hostile-ids',
  invariant: 19,
  text: 'a session id of any text, a megabyte long too, is refused with a code or unknown, and touches no other key',
  async run(scene) {
    const { a, clock } = scene;
    const victim = newSession(clock, 'ada');
    await a.create(victim);
    for (const id of [...HOSTILE_TEXTS, ...around(victim.id)]) {
      await tryAll(scene, id, victim.id);
      await expectStored(scene, firstVersion(victim), `after everything was tried with the id ${shown(id)}`);
    }
    await expectListed(scene, 'ada', [victim.id], 'after everything was tried');
  },
};

/** Texts that a careless store takes for this id. */
function around(id: string): string[] {
  const swapped = id.replace(/[a-z]/i, (letter) => (letter < 'a' ? letter.toLowerCase() : letter.toUpperCase()));
  return [
    `${id} `,
    ` ${id}`,
    `${id}\0`,
    `${id}\n`,
    `${id}*`,
    `${id.slice(0, -1)}?`,
    id.slice(0, 16),
    id.slice(16),
    swapped,
  ];
}

async function tryAll(scene: Scene, id: string, victim: string): Promise<void> {
  const { a, b, clock } = scene;
  const name = shown(id);
  assert.equal(await b.read(id), undefined, `read of the id ${name}`);
  assert.equal(await a.update(id, changeOf(scene, 1)), 'gone', `update of the id ${name}`);
  assert.equal(await a.touch(id, clock() + 2 * HOUR), 'gone', `touch of the id ${name}`);
  await a.destroy(id);
  const answer = await refusalOr(() => a.rotate(id, newSession(clock).id));
  assert.ok(answer === 'gone' || answer === 'ERR_SESSION_ID_INVALID', `rotate of the id ${name} answers ${answer}`);
  const moved = await refusalOr(() => a.rotate(victim, id));
  assert.equal(moved, 'ERR_SESSION_ID_INVALID', `rotate to the id ${name}`);
  const session = newSession(clock, undefined, { id });
  if ((await codeOf(() => a.create(session))) !== undefined) return;
  assert.deepEqual(fieldsOf(await b.read(id)), firstVersion(session), `the session under the id ${name}`);
  await a.destroy(id);
  assert.equal(await b.read(id), undefined, `read of the id ${name} after destroy`);
}

async function refusalOr(rotate: () => unknown): Promise<unknown> {
  let answer: unknown;
  const code = await codeOf(async () => {
    answer = await rotate();
  });
  return code ?? answer;
}
