// 21. encodeSessionData decides which values a session may hold; a store keeps all that it lets through.

import assert from 'node:assert/strict';
import { decodeSessionData, encodeSessionData } from '@statecraft/auth-core';
import type { Check } from '../check.ts';
import type { CheckContext } from '../context.ts';
import { catchCode } from '../errors.ts';
import { newSession } from '../sessions.ts';

const cycle: Record<string, unknown> = {};
cycle.self = cycle;

/** With the value that is read back. Without one, the value is refused. */
const VERDICTS: readonly (readonly [name: string, value: unknown, back?: unknown])[] = [
  [
    'an object',
    { cart: ['tea'], count: 2, gift: false, note: null },
    { cart: ['tea'], count: 2, gift: false, note: null },
  ],
  ['a Date', new Date(0), '1970-01-01T00:00:00.000Z'],
  ['an undefined property', { gone: undefined, kept: 1 }, { kept: 1 }],
  ['letters of any script', 'é 🍵 \0 \ud800', 'é 🍵 \0 \ud800'],
  ['the largest and the smallest number', [Number.MAX_VALUE, Number.MIN_VALUE], [Number.MAX_VALUE, Number.MIN_VALUE]],
  ['NaN', Number.NaN],
  ['Infinity', Number.POSITIVE_INFINITY],
  ['-0', -0],
  ['a BigInt', 1n],
  ['undefined in an array', [undefined]],
  ['a symbol', Symbol('tea')],
  ['a function', () => 'tea'],
  ['a cycle', cycle],
];

export const valuesAreJson: Check = {
  id: 'values-are-json',
  invariant: 21,
  text: 'a value gets the same verdict in every store: kept as JSON keeps it, or refused with a code',
  async run(context) {
    for (const [name, value, back] of VERDICTS) await expectVerdict(context, name, value, back);
  },
};

async function expectVerdict(
  { a, b, clock }: CheckContext,
  name: string,
  value: unknown,
  back: unknown,
): Promise<void> {
  const session = newSession(clock);
  const code = await catchCode(() => a.create({ ...session, data: encodeSessionData({ value }) }));
  assert.equal(code, back === undefined ? 'ERR_SESSION_DATA_UNSERIALIZABLE' : undefined, `the verdict on ${name}`);
  const stored = await b.read(session.id);
  assert.deepEqual(stored && decodeSessionData(stored.data), back === undefined ? undefined : { value: back }, name);
}
