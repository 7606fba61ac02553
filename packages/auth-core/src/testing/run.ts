// Runs the checks on a store, each on one that was freshly opened, and says what came out. Prints nothing.

import { randomInt } from 'node:crypto';
import type { Check } from './check.ts';
import { sessionStoreChecks } from './checks.ts';
import { POWERS, type Power, type SessionStoreHarness } from './harness.ts';
import { openScene, type Scene } from './scene.ts';

export const RUN_DEFAULTS = { limitMs: 60_000 } as const;

export interface CheckResult {
  readonly id: string;
  readonly invariant: number | 'limit';
  readonly text: string;
  readonly outcome: 'passed' | 'failed' | 'skipped';
  /** How races were forced (`Scene.forcing`); undefined when the check was skipped or the store did not open. */
  readonly forcing: Scene['forcing'] | undefined;
  /** Why it was skipped: what the store lacks. */
  readonly reason: string | undefined;
  /** Why it failed. */
  readonly error: Error | undefined;
  readonly seed: number;
  readonly ms: number;
}

/** All checks, one after the other. A store that breaks one is still asked the others. */
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
  const about = { id, invariant, text, seed, forcing: undefined, reason: undefined, error: undefined };
  const reason = whySkipped(harness, check);
  if (reason !== undefined) return { ...about, outcome: 'skipped', reason, ms: 0 };
  const began = performance.now();
  const { error, forcing } = await attempt(harness, check, seed);
  return { ...about, outcome: error ? 'failed' : 'passed', error, forcing, ms: performance.now() - began };
}

/** Undefined: the check applies. */
export function whySkipped(harness: SessionStoreHarness, check: Check): string | undefined {
  const lacking = (check.needs ?? []).filter((power: Power) => harness.without?.includes(power));
  if (lacking.length > 0) return `without ${lacking.map((power) => `${power} (${POWERS[power]})`).join(', ')}`;
  if (check.invariant === 'limit' && harness.maxSessionsPerUser === undefined) return 'no maxSessionsPerUser is stated';
  return undefined;
}

async function attempt(harness: SessionStoreHarness, check: Check, seed: number) {
  let scene: Scene | undefined;
  try {
    const { limitMs = RUN_DEFAULTS.limitMs } = harness;
    scene = await within(limitMs, openScene(harness, seed));
    await within(limitMs, check.run(scene));
    return { error: undefined, forcing: scene.forcing };
  } catch (thrown) {
    const error = thrown instanceof Error ? thrown : new Error(String(thrown));
    // fast-check says for which case, its cause what was wrong.
    const cause = error.cause instanceof Error ? `\n${error.cause.message}` : '';
    error.message = `${error.message}${cause}\n(invariant ${check.invariant}, ${check.id}, seed ${seed})`;
    return { error, forcing: scene?.forcing };
  } finally {
    for (const gate of scene?.gates ?? []) gate.release();
    await scene?.opened.close?.();
  }
}

async function within<T>(ms: number, run: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`The check did not end within ${ms} ms.`)), ms);
  });
  try {
    return await Promise.race([run, late]);
  } finally {
    clearTimeout(timer);
  }
}
