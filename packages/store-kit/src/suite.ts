// The checks as tests of the caller's framework: vitest, node:test, jest and mocha all have this describe and it.

import { sessionStoreChecks } from './checks.ts';
import type { SessionStoreHarness } from './harness.ts';
import { findSkipReason, RUN_DEFAULTS, runCheck } from './run.ts';

/** `describe` and `it` of a test framework. */
export interface TestFramework {
  describe(name: string, body: () => void): unknown;
  readonly it: {
    (name: string, body: () => Promise<void>, timeoutMs?: number): unknown;
    skip(name: string, body: () => Promise<void>): unknown;
  };
}

/** A harness with the test framework that runs the checks. */
export interface SessionStoreSuite extends SessionStoreHarness, TestFramework {
  readonly name: string;
}

/**
 * Registers one test for each check. A check that does not apply to this store is a skipped test whose name says why.
 *
 * @example
 * import { checkSessionStore } from '@statecraft/store-kit';
 * import { describe, it } from 'vitest';
 *
 * checkSessionStore({
 *   describe,
 *   it,
 *   name: 'my store',
 *   without: ['shared', 'keyTtls', 'dump', 'corrupt', 'faults'],
 *   open: ({ clock }) => ({ stores: [createMyStore({ clock })] }),
 * });
 */
export function checkSessionStore(suite: SessionStoreSuite): void {
  const timeoutMs = (suite.limitMs ?? RUN_DEFAULTS.limitMs) + 5_000;
  suite.describe(`${suite.name} keeps what every session store keeps`, () => {
    for (const check of sessionStoreChecks) {
      const title = `${check.invariant}. ${check.text}`;
      const reason = findSkipReason(suite, check);
      const run = async () => {
        const { error } = await runCheck(suite, check);
        if (error !== undefined) throw error;
      };
      if (reason === undefined) suite.it(title, run, timeoutMs);
      else suite.it.skip(`${title} [${reason}]`, run);
    }
  });
}
