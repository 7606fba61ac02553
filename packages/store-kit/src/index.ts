// The conformance kit: what every session store must keep, as tests that run on yours. docs/stores.md shows how.
// It needs no test framework in particular.

export type { Check } from './check.ts';
export { sessionStoreChecks } from './checks.ts';
export {
  type OpenedStores,
  type OpenOptions,
  POWERS,
  type Power,
  type SessionStoreHarness,
  type StoreUnderTest,
} from './harness.ts';
export { type CheckResult, runSessionStoreChecks } from './run.ts';
export { checkSessionStore, type SessionStoreSuite, type TestFramework } from './suite.ts';
export type { SyncPoint } from './sync-point.ts';
