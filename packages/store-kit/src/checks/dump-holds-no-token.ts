// 26. What is stored cannot be used to sign in.

import assert from 'node:assert/strict';
import { deriveSessionId, mintSessionToken, mintSuccessorToken, PARTITION_LENGTH } from '@statecraft/auth-core/store';
import type { Check } from '../check.ts';
import type { CheckContext } from '../context.ts';
import type { OpenedStores } from '../harness.ts';
import { makeChange, newSession, requireId } from '../sessions.ts';

const SESSIONS = 12;
const TOKEN_LENGTH = 59;

export const dumpHoldsNoToken: Check = {
  id: 'dump-holds-no-token',
  invariant: 26,
  text: 'what is stored holds no token, and no text in it is accepted as one',
  needs: ['dump'],
  async run(context) {
    const empty = await readDump(context.opened);
    const { tokens, ids } = await createSessions(context);
    const texts = await readDump(context.opened);
    assert.notDeepEqual(texts, empty, 'the dump of a store with sessions is that of an empty one');
    for (const token of tokens) {
      for (const [form, secret] of listForms(token)) {
        assert.ok(!texts.some((text) => text.includes(secret)), `the dump holds ${form}`);
      }
    }
    for (const candidate of new Set([...ids, ...texts.flatMap(findTokens)])) await expectRefused(context, candidate);
  },
};

async function createSessions(context: CheckContext) {
  const { a, clock } = context;
  const tokens: string[] = [];
  const ids: string[] = [];
  for (let count = 0; count < SESSIONS; count++) {
    const userId = count % 3 ? `user-${count % 3}` : undefined;
    const token = mintSessionToken(userId);
    const session = newSession(clock, userId, { id: requireId(token) });
    await a.create(session);
    await a.update(session.id, makeChange(context, 1));
    tokens.push(token);
    ids.push(session.id);
    if (count % 2 === 0) continue;
    const successor = mintSuccessorToken(session.id);
    await a.rotate(session.id, requireId(successor));
    tokens.push(successor);
    ids.push(requireId(successor));
  }
  return { tokens, ids };
}

async function readDump({ dump }: OpenedStores): Promise<string[]> {
  assert.ok(dump, "open() must return dump(), unless the harness has without: ['dump'].");
  const given = await dump();
  const pieces = typeof given === 'string' || Buffer.isBuffer(given) ? [given] : given;
  // Each byte becomes one character, so that no decoding hides a text.
  return pieces.map((piece) => Buffer.from(piece as string).toString('latin1'));
}

/** The random part in every form. The partition before it is not secret. */
function listForms(token: string): [form: string, secret: string][] {
  const secret = token.slice(PARTITION_LENGTH);
  const bytes = Buffer.from(secret, 'base64url');
  return [
    ['a token', secret],
    ['a token in base64', bytes.toString('base64').replace(/=+$/, '')],
    ['a token in hex', bytes.toString('hex')],
    ['a token as bytes', bytes.toString('latin1')],
  ];
}

/** Every part of the text that has the form of a token. */
function findTokens(text: string): string[] {
  const runs = text.match(/[A-Za-z0-9_-]{59,}/g) ?? [];
  return runs.flatMap((run) =>
    Array.from({ length: run.length - TOKEN_LENGTH + 1 }, (_, from) => run.slice(from, from + TOKEN_LENGTH)),
  );
}

async function expectRefused({ a, b }: CheckContext, candidate: string): Promise<void> {
  const id = deriveSessionId(candidate);
  if (id === undefined) return;
  for (const store of [a, b])
    assert.equal(await store.read(id), undefined, 'a text of the dump is accepted as a token');
}
