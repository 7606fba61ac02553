// The search for an order of calls, on histories that are written by hand.

import { describe, expect, it } from 'vitest';
import { type Call, formatHistory, isLinearizable, type RecordedCall } from '../src/linearizability.ts';

const START = { id: 0, former: [], version: 1, data: 'old', details: '{}' };
const read: Call = { name: 'read', id: 0 };
const update: Call = { name: 'update', id: 0, version: 1, data: 'new' };
const destroy: Call = { name: 'destroy', id: 0 };
const rotate: Call = { name: 'rotate', id: 0, newId: 1 };
const replace: Call = { name: 'replaceDetails', id: 0, from: '{}', to: '[]' };
const OLD = 'version 1 old, details {}';
const NEW = 'version 2 new, details {}';

/** A call from one moment to another; without an answer it never ends. */
function record(began: number, ended: number, call: Call, answer?: string): RecordedCall {
  return { client: 0, call, began, ended: answer === undefined ? Number.POSITIVE_INFINITY : ended, answer };
}

describe('a history has an order', () => {
  it.each<[string, RecordedCall[]]>([
    ['without calls', []],
    ['one after the other', [record(0, 1, read, OLD), record(2, 3, update, 'updated'), record(4, 5, read, NEW)]],
    ['a read beside an update is old', [record(0, 3, update, 'updated'), record(1, 2, read, OLD)]],
    ['a read beside an update is new', [record(0, 3, update, 'updated'), record(1, 2, read, NEW)]],
    ['an update without an answer did not happen', [record(0, 1, update), record(2, 3, read, OLD)]],
    ['an update without an answer happened', [record(0, 1, update), record(2, 3, read, NEW)]],
    ['it happened late', [record(0, 1, update), record(2, 3, read, OLD), record(4, 5, read, NEW)]],
    [
      'a replaceDetails beside an update leaves the version as it is',
      [
        record(0, 2, update, 'updated'),
        record(1, 3, replace, 'replaced'),
        record(4, 5, read, 'version 2 new, details []'),
      ],
    ],
    [
      'a destroy by the former id ends the successor',
      [
        record(0, 1, rotate, 'rotated'),
        record(2, 3, destroy, 'destroyed'),
        record(4, 5, { ...read, id: 1 }, 'nothing'),
      ],
    ],
    [
      'a destroy by an id that was never valid changes nothing',
      [record(0, 1, { ...destroy, id: 1 }, 'destroyed'), record(2, 3, read, OLD)],
    ],
  ])('%s', (_what, history) => {
    expect(isLinearizable(START, history)).toBe(true);
  });
});

describe('a history has no order', () => {
  it.each<[string, RecordedCall[]]>([
    ['a read after an update is old', [record(0, 1, update, 'updated'), record(2, 3, read, OLD)]],
    ['a read before an update is new', [record(0, 1, read, NEW), record(2, 3, update, 'updated')]],
    ['two updates of one version are acknowledged', [record(0, 2, update, 'updated'), record(1, 3, update, 'updated')]],
    [
      'two replaceDetails from one text are acknowledged',
      [record(0, 2, replace, 'replaced'), record(1, 3, { ...replace, to: '0' }, 'replaced')],
    ],
    ['a replaceDetails is lost', [record(0, 1, replace, 'replaced'), record(2, 3, read, OLD)]],
    ['reads go back', [record(0, 5, update, 'updated'), record(1, 2, read, NEW), record(3, 4, read, OLD)]],
    ['a session lives after its destroy', [record(0, 1, destroy, 'destroyed'), record(2, 3, read, OLD)]],
    ['an update without an answer is undone', [record(0, 1, update), record(2, 3, read, NEW), record(4, 5, read, OLD)]],
    ['both ids of a rotate are valid', [record(0, 1, rotate, 'rotated'), record(2, 3, read, OLD)]],
  ])('%s', (_what, history) => {
    expect(isLinearizable(START, history)).toBe(false);
  });
});

it('a history is printed in the order in which its calls began', () => {
  expect(formatHistory([record(2, 3, read, OLD), record(0, 1, update)])).toBe(
    'client 0, 0 to …: update {"id":0,"version":1,"data":"new"} -> no answer\nclient 0, 2 to 3: read {"id":0} -> version 1 old, details {}',
  );
});
