// 27. Three clients call the store at the same time, on one session and its successors, and connections break
// meanwhile. There must be an order of the calls in which a single session gives the same answers (linearizability.ts).
// fast-check makes the histories from the seed, and shortens one that fails.

import assert from 'node:assert/strict';
import { setImmediate as nextTurn } from 'node:timers/promises';
import fc from 'fast-check';
import type { Check } from '../check.ts';
import type { CheckContext } from '../context.ts';
import { catchCode } from '../errors.ts';
import { retryWhileUnavailable } from '../faults.ts';
import type { FullStore } from '../harness.ts';
import {
  type Call,
  formatFound,
  formatHistory,
  isLinearizable,
  type ModelState,
  type RecordedCall,
} from '../linearizability.ts';
import { makeChange, makeSuccessorId, newSession } from '../sessions.ts';

const DETAILS = '{"step":-1}';
const CLIENTS = [0, 1, 2] as const;
const KINDS = ['read', 'read', 'update', 'update', 'touch', 'replaceDetails', 'rotate', 'destroy', 'abort'] as const;

interface Step {
  readonly client: number;
  readonly kind: (typeof KINDS)[number];
  /** Turns of the event loop that the client waits before it. */
  readonly pause: number;
  /** The call uses the newest id, or the one before it. */
  readonly back: number;
}

function makeHistories(kinds: readonly Step['kind'][]): fc.Arbitrary<Step[]> {
  const step = fc.record({
    client: fc.constantFrom(...CLIENTS),
    kind: fc.constantFrom(...kinds),
    pause: fc.nat(3),
    back: fc.nat(1),
  });
  return fc.array(step, { minLength: 1, maxLength: 14 });
}

export const historyIsLinearizable: Check = {
  id: 'history-is-linearizable',
  invariant: 27,
  text: 'concurrent calls, connections that break included, are answered as if they ran one after the other',
  async run(context) {
    const kinds = KINDS.filter((kind) => kind !== 'replaceDetails' || context.has(kind));
    const property = fc.asyncProperty(makeHistories(kinds), async (steps) => {
      const { start, history } = await record(context, steps);
      assert.ok(
        isLinearizable(start, history),
        `no order of these calls explains the answers:\n${formatHistory(history)}`,
      );
    });
    await fc.assert(property, { seed: context.seed, numRuns: context.runs });
  },
};

interface Recorder {
  readonly context: CheckContext;
  /** The ids of the session and its successors; a call names one by its position. */
  readonly ids: string[];
  readonly history: RecordedCall[];
  moment: number;
}

async function record(context: CheckContext, steps: readonly Step[]) {
  const session = await retryWhileUnavailable(async () => {
    const created = newSession(context.clock, undefined, { details: DETAILS });
    await context.a.create(created);
    return created;
  });
  const recorder: Recorder = { context, ids: [session.id], history: [], moment: 0 };
  const start = { id: 0, former: [], version: 1, data: session.data, details: DETAILS };
  await Promise.all(CLIENTS.map((client) => runClient(recorder, client, steps)));
  for (const store of [context.a, context.b])
    await retryWhileUnavailable(() =>
      runCall(recorder, store, -1, { name: 'read', id: recorder.ids.length - 1 }, true),
    );
  return { start, history: recorder.history };
}

async function runClient(recorder: Recorder, client: number, steps: readonly Step[]): Promise<void> {
  const { context, ids } = recorder;
  const instance = client === 1 ? 1 : 0;
  const store = instance === 1 ? context.b : context.a;
  let known: Known = { version: 1, details: DETAILS };
  for (const [number, { kind, pause, back }] of steps.entries()) {
    if (steps[number]?.client !== client) continue;
    for (let turn = 0; turn < pause; turn++) await nextTurn();
    if (kind === 'abort') {
      await context.opened.abort?.(instance);
      continue;
    }
    const id = Math.max(0, ids.length - 1 - back);
    const answer = await runCall(recorder, store, client, makeCall(recorder, kind, id, known, number));
    known = readFound(answer) ?? known;
  }
}

function makeCall({ ids }: Recorder, name: Call['name'], id: number, known: Known, number: number): Call {
  const text = `{"step":${number}}`;
  if (name === 'update') return { name, id, version: known.version, data: text };
  if (name === 'replaceDetails') return { name, id, from: known.details, to: text };
  if (name !== 'rotate') return { name, id };
  const newId = ids.push(makeSuccessorId(ids[id] ?? '')) - 1;
  return { name, id, newId };
}

/** What a client has read last. */
type Known = Pick<ModelState, 'version' | 'details'>;

function readFound(answer: string | undefined): Known | undefined {
  const [, version, details = ''] = /^version (\d+) .*, details (.*)$/.exec(answer ?? '') ?? [];
  return version === undefined ? undefined : { version: Number(version), details };
}

/** @param mustAnswer an answer is needed: the call is recorded only when it has one, and otherwise throws */
async function runCall(recorder: Recorder, store: FullStore, client: number, call: Call, mustAnswer = false) {
  const { context, history } = recorder;
  if (call.name === 'read') await context.settle?.();
  const began = recorder.moment++;
  let answer: string | undefined;
  const ask = async () => {
    answer = await send(recorder, store, call);
  };
  if (mustAnswer) await ask();
  else {
    const code = await catchCode(ask);
    const mayFail = context.opened.abort !== undefined && code === 'ERR_STORE_UNAVAILABLE';
    assert.ok(code === undefined || mayFail, `${call.name} was refused with ${code}`);
  }
  const ended = answer === undefined ? Number.POSITIVE_INFINITY : recorder.moment++;
  history.push({ client, call, began, ended, answer });
  return answer;
}

async function send({ context, ids }: Recorder, store: FullStore, call: Call): Promise<string> {
  const id = ids[call.id] ?? '';
  switch (call.name) {
    case 'read': {
      const found = await store.read(id);
      return found === undefined ? 'nothing' : formatFound(found);
    }
    case 'update':
      return store.update(id, makeChange(context, call.version, call.data));
    case 'touch':
      return store.touch(id, context.clock() + 1);
    case 'replaceDetails':
      return store.replaceDetails(id, call);
    case 'rotate':
      return store.rotate(id, ids[call.newId] ?? '');
    case 'destroy':
      await store.destroy(id);
      return 'destroyed';
  }
}
