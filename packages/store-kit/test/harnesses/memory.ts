// How the kit opens the memory store. The tests and the table of docs/stores.md use it.

import { Session } from 'node:inspector/promises';
import { createMemoryStore } from '@statecraft/auth-core/memory';
import type { SessionStoreHarness } from '../../src/index.ts';

/** 160 KiB for each session. */
const LIMITS = { maxSessionsPerUser: 20, maxBytesPerUser: 20 * 160 * 1024 } as const;

export const memoryHarness: SessionStoreHarness = {
  without: ['shared', 'keyTtls', 'corrupt', 'faults'],
  ...LIMITS,
  open({ clock }) {
    const store = createMemoryStore({ clock, ...LIMITS, sweepEveryMs: 0 });
    return { stores: [store], dump: dumpMaps, size: () => store.stats().sessions, close: () => store.close() };
  },
};

/** Every Map of this process that holds a session id, as text: the store's sessions and its indexes. */
async function dumpMaps(): Promise<string> {
  const inspector = new Session();
  inspector.connect();
  try {
    const prototype = await inspector.post('Runtime.evaluate', { expression: 'Map.prototype' });
    const prototypeObjectId = prototype.result.objectId ?? '';
    const { objects } = await inspector.post('Runtime.queryObjects', { prototypeObjectId });
    const { result, exceptionDetails } = await inspector.post('Runtime.callFunctionOn', {
      objectId: objects.objectId ?? '',
      functionDeclaration: `function () {
        const isId = (text) => typeof text === 'string' && /^[\\w-]{59}$/.test(text);
        // The prototype of a class that extends Map inherits from Map.prototype, and is no Map.
        const isMap = (object) => Object.getPrototypeOf(object) === Map.prototype && object.constructor === Map;
        const maps = this.filter(isMap);
        return JSON.stringify(maps.map((map) => [...map]).filter((entries) => entries.flat().some(isId)));
      }`,
      returnByValue: true,
    });
    if (exceptionDetails !== undefined) throw new Error(exceptionDetails.exception?.description ?? 'The dump failed.');
    return String(result.value);
  } finally {
    inspector.disconnect();
  }
}
