// What the checks under faults share: the harness' hooks, and waiting until the store works again.

import assert from 'node:assert/strict';
import { setTimeout as delay } from 'node:timers/promises';
import type { Awaitable } from '@statecraft/auth-core';
import type { CheckContext } from './context.ts';
import { catchCode } from './errors.ts';

/** ms that a busy machine may add to a deadline. */
const LATE_MS = 500;
/** ms within which a store works again after its server has come back. */
const RECOVERY_MS = 20_000;
const PAUSE_MS = 5;

/** @throws if the harness has no such hooks and does not say so in `without`. */
export function requireFaults({ opened }: CheckContext) {
  const { stall, kill, restart } = opened;
  if (stall === undefined || kill === undefined || restart === undefined)
    throw new Error("open() must return stall, kill and restart, unless the harness has without: ['faults'].");
  return { stall, kill, restart };
}

/** The call throws ERR_STORE_UNAVAILABLE within the deadline that the harness states. */
export async function expectUnavailable({ deadlineMs }: CheckContext, name: string, call: () => Awaitable<unknown>) {
  const began = performance.now();
  assert.equal(await catchCode(call), 'ERR_STORE_UNAVAILABLE', `${name}, while the server does not answer`);
  const took = Math.round(performance.now() - began);
  assert.ok(took <= deadlineMs + LATE_MS, `${name} took ${took} ms; the deadline is ${deadlineMs} ms`);
}

/** Repeats the call for as long as it throws ERR_STORE_UNAVAILABLE. */
export async function retryWhileUnavailable<T>(call: () => Awaitable<T>): Promise<T> {
  const end = performance.now() + RECOVERY_MS;
  for (;;) {
    const answers: T[] = [];
    const code = await catchCode(async () => answers.push(await call()));
    if (code === undefined) return answers[0] as T;
    assert.equal(code, 'ERR_STORE_UNAVAILABLE', 'after the server has come back');
    assert.ok(performance.now() < end, `the store does not work again within ${RECOVERY_MS} ms`);
    await delay(PAUSE_MS);
  }
}
