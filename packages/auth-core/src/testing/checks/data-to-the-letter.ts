// 21. A store keeps JSON text, not what it means.

import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { Check } from '../check.ts';
import { changeOf, expectStored } from '../looks.ts';
import { newSession, type Scene } from '../scene.ts';

/** Texts that change when a store parses them, trims them, counts bytes as letters, or ends them at a NUL. */
const TEXTS: readonly string[] = [
  '{}',
  'null',
  '0',
  '""',
  ' { "spaces" : [ 1 , 2 ] }\r\n\t',
  '{"b":1,"a":2,"10":3,"9":4}',
  '{"twice":1,"twice":2}',
  '{"__proto__":{"admin":true},"constructor":null}',
  '[1.0,1e2,-0,0.1e-6,12345678901234567890]',
  '"\\u0061\\/\\u0000\\ud800"',
  '"\u2028\u2029\ufeff\u00a0\u007f"',
  '"\u00e9 e\u0301 \ufb01 \u0130 \u00df"',
  '"\u{1f375} \u{10ffff} \uffff \ufffd"',
  '"\u00ff\u0080"',
  `"${'\u{1f375}'.repeat(8_000)}"`,
  `"${'x'.repeat(64 * 1024 - 2)}"`,
  `${'['.repeat(2_000)}${']'.repeat(2_000)}`,
];

export const dataToTheLetter: Check = {
  id: 'data-to-the-letter',
  invariant: 21,
  text: 'any JSON text of up to 64 KiB is kept to the letter, by create and by update',
  async run(scene) {
    for (const text of TEXTS) await keeps(scene, text);
    const json = fc.tuple(fc.json({ stringUnit: 'binary' }), fc.json({ stringUnit: 'grapheme-composite' }));
    const property = fc.asyncProperty(json, async (texts) => {
      for (const text of texts) await keeps(scene, text);
    });
    await fc.assert(property, { seed: scene.seed, numRuns: scene.runs });
  },
};

async function keeps(scene: Scene, data: string): Promise<void> {
  const { a, b, clock } = scene;
  const created = newSession(clock, undefined, { data });
  const updated = newSession(clock);
  await a.create(created);
  await expectStored(scene, { ...created, version: 1 }, 'the text that create was given');
  await a.create(updated);
  const change = changeOf(scene, 1, data);
  assert.equal(await b.update(updated.id, change), 'updated');
  await expectStored(scene, { ...updated, ...change, version: 2 }, 'the text that update was given');
  for (const { id } of [created, updated]) await a.destroy(id);
}
