// What the tests of device-bound sessions share: a strategy with the option, over a memory store that notes its calls.

import {
  createSessionStrategy,
  type DeviceBinding,
  type DeviceBoundOptions,
  type NewSessionOptions,
  type RefreshOutcome,
  type RegisterOutcome,
  type SessionRecord,
  type SessionStrategy,
  type SessionStrategyOptions,
  type Subject,
} from '../src/index.ts';
import { createMemoryStore, type MemoryStore } from '../src/stores/memory.ts';
import { createEcKey, proveFirst, type SoftwareKey } from './device-forge.ts';
import { createManualClock } from './fixture.ts';

export const MINUTE = 60_000;
export const LIFETIME = 5 * MINUTE;
export const LEEWAY = 5_000;
/** ms that a challenge lives. */
export const CHALLENGE_LIFE = LIFETIME + 10 * MINUTE;
/** ms after the registration in which requests may come without a device token. */
export const FIRST_REQUESTS = 30_000 + LEEWAY;
export const ADA: Subject = { userId: 'ada', username: 'Ada Lovelace', roles: ['reader'] };
/** Made once: a test of another key makes its own. */
export const KEY = createEcKey();

export function openBound(deviceBound: DeviceBoundOptions = {}, more: Partial<SessionStrategyOptions> = {}) {
  const clock = createManualClock();
  const memory = createMemoryStore({ clock, sweepEveryMs: 0 });
  const calls: string[] = [];
  const store = noteCalls(memory, calls);
  const strategy = createSessionStrategy({ store, deviceBound, ...more });
  const signIn = (options: Partial<NewSessionOptions> = {}) =>
    strategy.issue({ subject: ADA, data: '{}', offerBinding: true, ...options });
  return { clock, memory, store, calls, strategy, device: requireDevice(strategy), signIn };
}

function noteCalls(memory: MemoryStore, calls: string[]): MemoryStore {
  return new Proxy(memory, {
    get(target, name: keyof MemoryStore) {
      const method = target[name] as ((...args: unknown[]) => unknown) | undefined;
      if (method === undefined || name === 'clock') return method;
      return (...args: unknown[]) => {
        calls.push(name);
        return method.apply(target, args);
      };
    },
  });
}

export function requireDevice({ deviceBound }: SessionStrategy): DeviceBinding {
  if (deviceBound === undefined) throw new Error('The strategy has no deviceBound.');
  return deviceBound;
}

/** Registers the key for a session that was issued with an offer. */
export async function bind(device: DeviceBinding, session: SessionRecord, key: SoftwareKey = KEY) {
  return requireRegistered(await device.register(session, proveFirst(key, device.readOffer(session) ?? '')));
}

export function requireRegistered(outcome: RegisterOutcome) {
  if (outcome.outcome !== 'registered') throw new Error(outcome.code);
  return outcome;
}

export function requireRefreshed(outcome: RefreshOutcome) {
  if (outcome.outcome !== 'refreshed') throw new Error(JSON.stringify(outcome));
  return outcome;
}

export function requireRecord(record: SessionRecord | undefined): SessionRecord {
  if (record === undefined) throw new Error('The session is gone.');
  return record;
}
