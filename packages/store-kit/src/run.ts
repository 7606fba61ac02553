// Runs the checks, each on a freshly opened store, and returns the results. Prints nothing.

import { randomInt } from 'node:crypto';
import type { Check } from './check.ts';
import { sessionStoreChecks } from './checks.ts';
import { type CheckContext, openContext } from './context.ts';
import { POWERS, type Power, type SessionStoreHarness } from './harness.ts';

export const RUN_DEFAULTS = { limitMs: 60_000 } as const;

/** What a check found. */
export interface CheckResult {
  readonly id: string;
  readonly invariant: number | 'limit';
  readonly text: string;
  readonly outcome: 'passed' | 'failed' | 'skipped';
  /** How races were run; undefined when the check was skipped or the store did not open. */
  readonly raceControl: CheckContext['raceControl'] | undefined;
  /** Why it was skipped: the power that the store lacks. */
  readonly reason: string | undefined;
  /** Why it failed. */
  readonly error: Error | undefined;
  readonly seed: number;
  readonly ms: number;
}

/** Runs all checks, one after the other. After one has failed, the others run all the same. */
export async function runSessionStoreChecks(
  harness: SessionStoreHarness,
  checks: readonly Check[] = sessionStoreChecks,
): Promise<CheckResult[]> {
  const results: CheckResult[] = [];
  for (const check of checks) results.push(await runCheck(harness, check));
  return results;
}

export async function runCheck(harness: SessionStoreHarness, check: Check): Promise<CheckResult> {
  const { id, invariant, text } = check;
  const seed = harness.seed ?? randomInt(2 ** 31 - 1);
  const common = { id, invariant, text, seed, raceControl: undefined, reason: undefined, error: undefined };
  const reason = findSkipReason(harness, check);
  if (reason !== undefined) return { ...common, outcome: 'skipped', reason, ms: 0 };
  const startedAt = performance.now();
  const { error, raceControl } = await runOnStore(harness, check, seed);
  return { ...common, outcome: error ? 'failed' : 'passed', error, raceControl, ms: performance.now() - startedAt };
}

/** The reason why a check does not apply; undefined when it does. */
export function findSkipReason(harness: SessionStoreHarness, check: Check): string | undefined {
  const lacking = (check.needs ?? []).filter((power: Power) => harness.without?.includes(power));
  if (lacking.length > 0) return `without ${lacking.map((power) => `${power} (${POWERS[power]})`).join(', ')}`;
  const unstated = (check.limits ?? []).find((limit) => harness[limit] === undefined);
  if (unstated !== undefined) return `the harness states no ${unstated}`;
  if (check.invariant === 25 && harness.lossAfterKill === undefined) return 'the harness states no lossAfterKill';
  return undefined;
}

async function runOnStore(harness: SessionStoreHarness, check: Check, seed: number) {
  let context: CheckContext | undefined;
  try {
    const { limitMs = RUN_DEFAULTS.limitMs } = harness;
    context = await withTimeout(limitMs, openContext(harness, seed));
    await withTimeout(limitMs, check.run(context));
    return { error: undefined, raceControl: context.raceControl };
  } catch (thrown) {
    const error = thrown instanceof Error ? thrown : new Error(String(thrown));
    // The error of fast-check names the case; its cause is the failed assertion.
    const cause = error.cause instanceof Error ? `\n${error.cause.message}` : '';
    error.message = `${error.message}${cause}\n(invariant ${check.invariant}, ${check.id}, seed ${seed})`;
    return { error, raceControl: context?.raceControl };
  } finally {
    for (const syncPoint of context?.syncPoints ?? []) syncPoint.release();
    await context?.opened.close?.();
  }
}

async function withTimeout<T>(ms: number, run: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const timeout = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`The check did not end within ${ms} ms.`)), ms);
  });
  try {
    return await Promise.race([run, timeout]);
  } finally {
    clearTimeout(timer);
  }
}
