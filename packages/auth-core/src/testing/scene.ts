// What a check works on: a freshly opened store, its clock, and sessions to put into it.

import type { Clock } from '../contracts/clock.ts';
import type { Awaitable, NewSession, SessionRecord } from '../contracts/store.ts';
import { AUTH_ERRORS } from '../errors.ts';
import { mintSessionToken, mintSuccessorToken, sessionIdOf } from '../session-token.ts';
import { createGate, type GateControl } from './gate.ts';
import type { FullStore, OpenedStores, Power, SessionStoreHarness, StoreUnderTest } from './harness.ts';
import { type Settle, waitOut, withLag } from './lag.ts';

export type { FullStore } from './harness.ts';

export const HOUR = 3_600_000;
const START = Date.UTC(2026, 0, 1);

/** Stands still until it is moved. */
export interface HandClock extends Clock {
  advance(ms: number): void;
}

export interface Scene {
  /** One instance, */
  readonly a: FullStore;
  /** and another over the same sessions. */
  readonly b: FullStore;
  readonly clock: HandClock;
  /** Of a and of b. */
  readonly gates: readonly [GateControl, GateControl];
  /** How a race is forced: the store is its own proof, or gives its commands to the gates, or only time can tell. */
  readonly forcing: 'sync' | 'gate' | 'timing';
  readonly opened: OpenedStores;
  /** Waits until each instance has seen what another wrote; undefined when it sees it at once. */
  readonly settle: Settle | undefined;
  readonly seed: number;
  readonly runs: number;
  readonly operations: number;
  readonly maxSessionsPerUser: number | undefined;
  has(power: Power): boolean;
}

export function createHandClock(start = START): HandClock {
  let now = start;
  return Object.assign(() => now, {
    advance(ms: number) {
      now += ms;
    },
  });
}

export async function openScene(harness: SessionStoreHarness, seed: number): Promise<Scene> {
  const clock = createHandClock();
  const gates = [createGate(), createGate()] as const;
  const opened = await harness.open({ clock, gates });
  const has = (power: Power) => !(harness.without ?? []).includes(power);
  const [one, two = one] = opened.stores;
  if (has('shared') && one === two) {
    throw new Error("open() must give two instances, unless the harness says without: ['shared'].");
  }
  const forcing = await forcingOf(one, clock, gates[0]);
  const settle = harness.readsMayLag && (opened.settle ?? waitOut(harness.readsMayLag.ms));
  const both = [complete(one), complete(two)] as const;
  const [a, b] = settle === undefined ? both : withLag(both, settle);
  return {
    a,
    b,
    clock,
    gates: one === two ? [gates[0], gates[0]] : gates,
    forcing,
    opened,
    settle,
    seed,
    runs: harness.runs ?? 100,
    operations: harness.operations ?? (forcing === 'sync' ? 100_000 : 5_000),
    maxSessionsPerUser: harness.maxSessionsPerUser,
    has,
  };
}

async function forcingOf(store: StoreUnderTest, clock: Clock, gate: GateControl): Promise<Scene['forcing']> {
  const answer = store.read(newSession(clock).id);
  if (!(answer instanceof Promise)) return 'sync';
  await answer;
  return gate.passed > 0 ? 'gate' : 'timing';
}

function complete(store: StoreUnderTest): FullStore {
  const lacking = (name: string) => () => {
    throw new Error(`This store has no ${name}; if that is meant, the harness says so in \`without\`.`);
  };
  return {
    create: (session) => store.create(session),
    read: (id) => store.read(id),
    update: (id, change) => store.update(id, change),
    touch: (id, idleExpiresAt) => store.touch(id, idleExpiresAt),
    rotate: (id, newId) => store.rotate(id, newId),
    destroy: (id) => store.destroy(id),
    list: store.list?.bind(store) ?? lacking('list'),
    destroyAll: store.destroyAll?.bind(store) ?? lacking('destroyAll'),
    sweep: store.sweep?.bind(store) ?? lacking('sweep'),
  };
}

/** A session of one hour idle and twelve in all, from now on. */
export function newSession(clock: Clock, userId?: string, more: Partial<NewSession> = {}): NewSession {
  const now = clock();
  const times = { createdAt: now, idleExpiresAt: now + HOUR, absoluteExpiresAt: now + 12 * HOUR };
  return { id: idOf(mintSessionToken(userId)), userId, data: '{"cart":["tea"]}', ...times, ...more };
}

/** An id to which a session may be rotated. */
export function successorOf(id: string): string {
  return idOf(mintSuccessorToken(id));
}

export function idOf(token: string): string {
  const id = sessionIdOf(token);
  if (id === undefined) throw new Error('The token is none of ours.');
  return id;
}

/** A record as plain fields, so that two of them compare by value whatever their prototype. */
export function fieldsOf(record: SessionRecord | undefined): SessionRecord | undefined {
  if (record === undefined) return undefined;
  const { id, userId, data, version, createdAt, idleExpiresAt, absoluteExpiresAt } = record;
  return { id, userId, data, version, createdAt, idleExpiresAt, absoluteExpiresAt };
}

/** The code with which an operation is refused; undefined when it is not refused. */
export async function codeOf(operation: () => Awaitable<unknown>): Promise<string | undefined> {
  try {
    await operation();
    return undefined;
  } catch (error) {
    // By the code, not the class: a store may be built on another copy of this package (ESM beside CJS).
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    if (typeof code === 'string' && code in AUTH_ERRORS) return code;
    throw error;
  }
}
