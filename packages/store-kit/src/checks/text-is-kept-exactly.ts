// 21. A store keeps the characters of JSON text, not its meaning.

import assert from 'node:assert/strict';
import type { NewSession } from '@statecraft/auth-core';
import fc from 'fast-check';
import type { Check } from '../check.ts';
import type { CheckContext } from '../context.ts';
import { expectStored } from '../expectations.ts';
import { makeChange, newSession } from '../sessions.ts';

/** Texts that change when a store parses them, trims them, confuses bytes with characters, or ends them at a NUL. */
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

export const textIsKeptExactly: Check = {
  id: 'text-is-kept-exactly',
  invariant: 21,
  text: 'data and details, any JSON text of up to 64 KiB, are kept to the letter by create, update and replaceDetails',
  async run(context) {
    for (const text of TEXTS) await expectKept(context, text);
    const json = fc.tuple(fc.json({ stringUnit: 'binary' }), fc.json({ stringUnit: 'grapheme-composite' }));
    const property = fc.asyncProperty(json, async (texts) => {
      for (const text of texts) await expectKept(context, text);
    });
    await fc.assert(property, { seed: context.seed, numRuns: context.runs });
  },
};

async function expectKept(context: CheckContext, text: string): Promise<void> {
  const { a, b, clock } = context;
  const created = newSession(clock, undefined, { data: text, details: text });
  const updated = newSession(clock);
  await a.create(created);
  await expectStored(context, { ...created, version: 1 }, 'after create with this text');
  await a.create(updated);
  const change = { ...makeChange(context, 1, text), details: text };
  assert.equal(await b.update(updated.id, change), 'updated');
  await expectStored(context, { ...updated, ...change, version: 2 }, 'after update with this text');
  if (context.has('replaceDetails')) await replaceTwice(context, created);
  for (const { id } of [created, updated]) await a.destroy(id);
}

/** From the text and to it: the store compares it to the letter, too. */
async function replaceTwice(context: CheckContext, session: NewSession): Promise<void> {
  const { a, b } = context;
  const { id, details } = session;
  const other = '{"other":1}';
  assert.equal(await a.replaceDetails(id, { from: details, to: other }), 'replaced', 'replaceDetails from this text');
  assert.equal(await b.replaceDetails(id, { from: other, to: details }), 'replaced', 'replaceDetails to this text');
  await expectStored(context, { ...session, version: 1 }, 'after replaceDetails with this text');
}
