// The conformance kit: what every session store keeps, as tests that run on yours. docs/stores.md shows how.
// It needs fast-check beside it (an optional peer of this package), and no test framework in particular.

export type { Check } from './check.ts';
export { sessionStoreChecks } from './checks.ts';
export type { Gate } from './gate.ts';
export {
  type Given,
  type OpenedStores,
  POWERS,
  type Power,
  type SessionStoreHarness,
  type StoreUnderTest,
} from './harness.ts';
export { type CheckResult, runSessionStoreChecks } from './run.ts';
export { checkSessionStore, type SessionStoreSuite, type TestFramework } from './suite.ts';
