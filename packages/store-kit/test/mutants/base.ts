// A mutant is a correct store that is broken on purpose in one way. All are wrappers around two connections to one
// memory store:
//
//   instance ──> what the mutant breaks ──> connection ── a sync point before each command ──> memory store

import { setImmediate as nextTurn } from 'node:timers/promises';
import {
  AuthError,
  type Clock,
  type ReplacingDetails,
  type SessionRecord,
  type SessionStore,
  type Sweeping,
  type UserSessions,
} from '@statecraft/auth-core';
import { createMemoryStore, type MemoryStore } from '@statecraft/auth-core/memory';
import type { SessionStoreHarness, SyncPoint } from '../../src/index.ts';

export type Full = SessionStore & UserSessions & ReplacingDetails & Sweeping;

export interface Parts {
  /** This instance's connection: each method is one command. */
  readonly store: Full;
  /** The server itself, without sync points: what is done with it between two steps is atomic. */
  readonly raw: MemoryStore;
  readonly clock: Clock;
  /** The keys of the server, with the ms that each has left. */
  readonly keys: Map<string, number>;
  /** The ids of damaged records. */
  readonly damaged: Set<string>;
  /** Waits where a command would be sent: here the kit may interrupt the operation. */
  step(): Promise<void>;
}

/** The methods that an instance has in place of the correct ones. Called once for each of the two instances. */
export type BreakInstance = (parts: Parts) => Partial<Full> & {
  /** Breaks this instance's connection for a moment. */
  abort?(): void;
  /** What this store loses when its server is killed. */
  lose?(): void;
};

export interface Mutant {
  /** What is wrong with it. */
  readonly name: string;
  /** The id of the check that must catch it. */
  readonly caughtBy: string;
  /** For a mutant whose instances share nothing but the server. */
  readonly breakInstance?: BreakInstance;
  /** For a mutant whose instances share more. Called once for each store that is opened. */
  readonly breakServer?: () => BreakInstance;
  /** Its fault lasts shorter than a turn of the event loop: only sync points reveal it. */
  readonly onlyWithSyncPoints?: true;
  /** It caches what it reads, and is notified of writes within so many ms. */
  readonly readsMayLag?: { readonly ms: number };
  /** The server's clock, if that is what is wrong. */
  readonly changeClock?: (clock: Clock) => Clock;
}

/** 160 KiB for each session. */
export const LIMITS = { maxSessionsPerUser: 20, maxBytesPerUser: 20 * 160 * 1024 } as const;

type Breakage = Pick<Mutant, 'breakInstance' | 'breakServer' | 'changeClock' | 'readsMayLag'>;

export function createMutantHarness(mutant: Breakage): SessionStoreHarness {
  const { changeClock = (clock) => clock, readsMayLag } = mutant;
  return {
    ...(readsMayLag && { readsMayLag }),
    ...LIMITS,
    lossAfterKill: { ms: 0 },
    operations: 2_000,
    limitMs: 20_000,
    open({ clock, syncPoints }) {
      const options = { clock: changeClock(clock), ...LIMITS, sweepEveryMs: 0 };
      const server: Server = {
        raw: createMemoryStore(options),
        keys: new Map(),
        ids: new Set(),
        damaged: new Set(),
        state: 'up',
        late: [],
      };
      const breakInstance: BreakInstance = mutant.breakServer?.() ?? mutant.breakInstance ?? (() => ({}));
      const openInstance = (syncPoint: SyncPoint) => {
        const step = async () => void (await syncPoint.reach());
        const store = connectTo(server, step);
        return { abort: undefined, lose: undefined, ...store, ...breakInstance({ ...server, store, clock, step }) };
      };
      const instances = [openInstance(syncPoints[0]), openInstance(syncPoints[1])] as const;
      return {
        stores: instances,
        ttls: () => server.keys,
        dump: () => JSON.stringify([...server.ids].map((id) => server.raw.read(id))),
        size: () => server.raw.stats().sessions,
        corrupt: (id) => void server.damaged.add(id),
        stall: () => stall(server),
        kill() {
          server.state = 'down';
          for (const { lose } of instances) lose?.();
        },
        restart() {
          server.state = 'up';
        },
        ...(readsMayLag && { settle: nextTurn }),
        ...(instances[0].abort && { abort: (instance) => instances[instance].abort?.() }),
      };
    },
  };
}

interface Server extends Pick<Parts, 'raw' | 'keys' | 'damaged'> {
  /** Every id that was ever used. */
  readonly ids: Set<string>;
  state: 'up' | 'stalled' | 'down';
  /** Commands that arrived while the server was stalled. It runs them afterwards. */
  readonly late: (() => unknown)[];
}

const STALL_MS = 20;

function stall(server: Server): void {
  server.state = 'stalled';
  setTimeout(() => {
    server.state = 'up';
    for (const run of server.late.splice(0)) run();
  }, STALL_MS);
}

/** One command to the server. It fails while the server does not answer. */
async function sendCommand<T>(server: Server, step: () => Promise<void>, run: () => T): Promise<T> {
  await step();
  if (server.state === 'stalled') server.late.push(run);
  if (server.state !== 'up') throw new AuthError('ERR_STORE_UNAVAILABLE');
  return run();
}

function connectTo(server: Server, step: () => Promise<void>): Full {
  const { raw, keys, ids, damaged } = server;
  const send = <T>(run: () => T) => sendCommand(server, step, run);
  function noteKey(id: string, ms: number): void {
    ids.add(id);
    keys.set(`session:${id}`, ms);
  }

  return {
    clock: raw.clock,
    async create(session) {
      await send(() => raw.create(session));
      noteKey(session.id, session.absoluteExpiresAt - session.createdAt);
    },
    rotate: (id, newId) =>
      send(() => {
        noteKey(newId, 1);
        return raw.rotate(id, newId);
      }),
    read: (id) =>
      send(() => {
        const session = raw.read(id);
        if (session !== undefined && damaged.has(id)) throw new AuthError('ERR_SESSION_UNREADABLE');
        return session;
      }),
    update: (id, change) => send(() => raw.update(id, change)),
    touch: (id, idleExpiresAt) => send(() => raw.touch(id, idleExpiresAt)),
    destroy: (id) => send(() => raw.destroy(id)),
    list: (userId) => send(() => raw.list(userId).filter(({ id }) => !damaged.has(id))),
    destroyAll: (userId, options) => send(() => raw.destroyAll(userId, options)),
    changeSubject: (subject) => send(() => raw.changeSubject(subject)),
    replaceDetails: (id, change) => send(() => raw.replaceDetails(id, change)),
    sweep: () => send(() => raw.sweep()),
  };
}

/** The same store with turns of the event loop in place of the kit's sync points, as one whose author gave none. */
export function withoutSyncPoints({ open, ...harness }: SessionStoreHarness): SessionStoreHarness {
  const turn = { reach: () => new Promise<void>((resolve) => setImmediate(resolve)) };
  return { ...harness, open: ({ clock }) => open({ clock, syncPoints: [turn, turn] }) };
}

/** One command: `run` is atomic. */
export async function command<T>(step: () => Promise<void>, run: () => T): Promise<T> {
  await step();
  return run();
}

/** Writes a whole record over whatever is stored, as a plain SET does. */
export function putBack(raw: MemoryStore, record: SessionRecord): void {
  if (raw.read(record.id) !== undefined) raw.destroy(record.id);
  raw.create(record);
  for (let version = 1; version < record.version; version++) {
    raw.update(record.id, { version, data: record.data, idleExpiresAt: record.idleExpiresAt });
  }
}
