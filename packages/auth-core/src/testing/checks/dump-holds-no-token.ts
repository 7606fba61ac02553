// 26. Who reads the store signs in as nobody.

import assert from 'node:assert/strict';
import { PARTITION_LENGTH, sessionIdOf } from '../../session-token.ts';
import { createSessionStrategy } from '../../strategies/session.ts';
import type { Check } from '../check.ts';
import type { OpenedStores } from '../harness.ts';
import type { Scene } from '../scene.ts';

const SESSIONS = 12;
const TOKEN_LENGTH = 59;

export const dumpHoldsNoToken: Check = {
  id: 'dump-holds-no-token',
  invariant: 26,
  text: 'all that is stored holds no token, and nothing in it is accepted as one',
  needs: ['dump'],
  async run(scene) {
    const empty = await dumped(scene.opened);
    const { tokens, ids } = await signIn(scene);
    const texts = await dumped(scene.opened);
    assert.notDeepEqual(texts, empty, 'the dump of a store with sessions is that of an empty one');
    for (const token of tokens) {
      for (const [form, secret] of formsOf(token)) {
        assert.ok(!texts.some((text) => text.includes(secret)), `the dump holds ${form}`);
      }
    }
    for (const candidate of new Set([...ids, ...texts.flatMap(tokensIn)])) await expectRefused(scene, candidate);
  },
};

async function signIn({ a, clock }: Scene) {
  const strategy = createSessionStrategy({ store: a, clock });
  const tokens: string[] = [];
  const ids: string[] = [];
  for (let count = 0; count < SESSIONS; count++) {
    const { token, session } = await strategy.issue({
      ...(count % 3 ? { userId: `user-${count % 3}` } : {}),
      data: '{}',
    });
    await strategy.update(session, '{"cart":["tea"]}');
    const rotated = count % 2 ? await strategy.rotate(session) : undefined;
    tokens.push(token, ...(rotated ? [rotated.token] : []));
    ids.push(session.id, ...(rotated ? [rotated.session.id] : []));
  }
  return { tokens, ids };
}

async function dumped({ dump }: OpenedStores): Promise<string[]> {
  assert.ok(dump, "A store with a dump gives dump(), or its harness says without: ['dump'].");
  const given = await dump();
  const pieces = typeof given === 'string' || Buffer.isBuffer(given) ? [given] : given;
  // Byte by byte, so that no decoding hides a text.
  return pieces.map((piece) => Buffer.from(piece as string).toString('latin1'));
}

/** The random part alone is enough to find: the partition before it is no secret. */
function formsOf(token: string): [form: string, secret: string][] {
  const secret = token.slice(PARTITION_LENGTH);
  const bytes = Buffer.from(secret, 'base64url');
  return [
    ['a token', secret],
    ['a token in base64', bytes.toString('base64').replace(/=+$/, '')],
    ['a token in hex', bytes.toString('hex')],
    ['a token as bytes', bytes.toString('latin1')],
  ];
}

/** Every text in it that has the form of a token. */
function tokensIn(text: string): string[] {
  const runs = text.match(/[A-Za-z0-9_-]{59,}/g) ?? [];
  return runs.flatMap((run) =>
    Array.from({ length: run.length - TOKEN_LENGTH + 1 }, (_, from) => run.slice(from, from + TOKEN_LENGTH)),
  );
}

async function expectRefused({ a, b }: Scene, candidate: string): Promise<void> {
  const id = sessionIdOf(candidate);
  if (id === undefined) return;
  for (const store of [a, b])
    assert.equal(await store.read(id), undefined, 'a text of the dump is accepted as a token');
}
