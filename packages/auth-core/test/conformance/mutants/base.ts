// A mutant is a true store, broken on purpose in one way. All are wrappers around two connections to one memory store:
//
//   instance ──> what the mutant breaks ──> connection: a step (the kit's gate) before each command ──> memory store

import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Clock, SessionRecord, SessionStore, Sweeping, UserSessions } from '../../../src/index.ts';
import { createMemoryStore, type MemoryStore } from '../../../src/stores/memory.ts';
import type { SessionStoreHarness } from '../../../src/testing/index.ts';

export type Full = SessionStore & UserSessions & Sweeping;

export interface Parts {
  /** This instance's connection: each method is one command. */
  readonly store: Full;
  /** The server's side: at once, past the gate. What is done with it between two steps is atomic. */
  readonly raw: MemoryStore;
  readonly clock: Clock;
  /** The keys of the server, with the ms that each has left. */
  readonly keys: Map<string, number>;
  /** Waits where a command would be sent: here the kit may cut the operation in two. */
  step(): Promise<void>;
}

/** What an instance does otherwise than a true store. Called once for each of the two instances. */
export type Break = (parts: Parts) => Partial<Full> & {
  /** Breaks this instance's connection for a moment. */
  abort?(): void;
};

export interface Mutant {
  /** What is wrong with it. */
  readonly name: string;
  /** The id of the check that must catch it. */
  readonly caughtBy: string;
  /** A new one for each store that is opened, so that what both instances share is made here. */
  make(): Break;
  /** Its lateness is over before anybody's next question can arrive: only the gate shows it. */
  readonly onlyWithGate?: true;
  /** It keeps what it read, and is told of writes within so many ms. */
  readonly readsMayLag?: { readonly ms: number };
  /** The server's clock, if that is what is wrong. */
  readonly clockOf?: (clock: Clock) => Clock;
}

export const MAX_SESSIONS_PER_USER = 20;

type Made = Pick<Mutant, 'make' | 'clockOf' | 'readsMayLag'>;

export function harnessOf({ make, clockOf = (clock) => clock, readsMayLag }: Made): SessionStoreHarness {
  return {
    ...(readsMayLag && { readsMayLag }),
    maxSessionsPerUser: MAX_SESSIONS_PER_USER,
    operations: 2_000,
    limitMs: 20_000,
    open({ clock, gates }) {
      const options = { clock: clockOf(clock), maxSessionsPerUser: MAX_SESSIONS_PER_USER, sweepEveryMs: 0 };
      const raw = createMemoryStore(options);
      const keys = new Map<string, number>();
      const ids = new Set<string>();
      const broken = make();
      const [one, other] = gates.map((gate) => {
        const step = async () => void (await gate.pass());
        const store = connectionTo(raw, step, (id, ms) => keys.set(`session:${ids.add(id) && id}`, ms));
        return { abort: undefined, ...store, ...broken({ store, raw, clock, keys, step }) };
      });
      if (one === undefined || other === undefined) throw new Error('There are two gates.');
      return {
        stores: [one, other],
        ttls: () => keys,
        dump: () => JSON.stringify([...ids].map((id) => raw.read(id))),
        size: () => raw.stats().sessions,
        ...(readsMayLag && { settle: nextTurn }),
        ...(one.abort && { abort: (instance) => [one, other][instance]?.abort?.() }),
      };
    },
  };
}

function connectionTo(raw: MemoryStore, step: () => Promise<void>, noteKey: (id: string, ms: number) => void): Full {
  return {
    async create(session) {
      await command(step, () => raw.create(session));
      noteKey(session.id, session.absoluteExpiresAt - session.createdAt);
    },
    async rotate(id, newId) {
      await step();
      noteKey(newId, 1);
      return raw.rotate(id, newId);
    },
    read: (id) => command(step, () => raw.read(id)),
    update: (id, change) => command(step, () => raw.update(id, change)),
    touch: (id, idleExpiresAt) => command(step, () => raw.touch(id, idleExpiresAt)),
    destroy: (id) => command(step, () => raw.destroy(id)),
    list: (userId) => command(step, () => raw.list(userId)),
    destroyAll: (userId, options) => command(step, () => raw.destroyAll(userId, options)),
    sweep: () => command(step, () => raw.sweep()),
  };
}

/** The same store, with turns of the event loop in place of the kit's gate: as one whose author gave no gate. */
export function withoutGate({ open, ...harness }: SessionStoreHarness): SessionStoreHarness {
  const gate = { pass: () => new Promise<void>((resolve) => setImmediate(resolve)) };
  return { ...harness, open: ({ clock }) => open({ clock, gates: [gate, gate] }) };
}

/** One command: what `run` does, it does at once. */
export async function command<T>(step: () => Promise<void>, run: () => T): Promise<T> {
  await step();
  return run();
}

/** Writes a record whole, whatever stands there: what a plain SET does. */
export function putBack(raw: MemoryStore, record: SessionRecord): void {
  if (raw.read(record.id) !== undefined) raw.destroy(record.id);
  raw.create(record);
  for (let version = 1; version < record.version; version++) {
    raw.update(record.id, { version, data: record.data, idleExpiresAt: record.idleExpiresAt });
  }
}
