// One owner and one thief: the thief copies all that the owner's client holds, except a private key, and uses the copy
// from connections of its own until the end, also after a refusal.

import { setTimeout as delay } from 'node:timers/promises';
import type { Owner, Recorder } from './owner.ts';
import type { Sender } from './sender.ts';

export interface TheftPlan {
  readonly owner: Owner;
  readonly recorder: Recorder;
  readonly signal: AbortSignal;
  /** What the owner does after the theft. */
  readonly afterwards: 'active' | 'idle' | 'sign-out';
  /** ms after the sign-in: the theft, the owner's sign-out, the owner's last request, the thief's last use. */
  readonly copyMs: number;
  readonly signOutMs: number;
  readonly ownerEndMs: number;
  readonly endMs: number;
}

export interface Theft {
  /** ms from the theft, or from the owner's sign-out, to the last use that was accepted. */
  readonly acceptedMs: number;
  readonly workedAtFirst: boolean;
  readonly workedAtLast: boolean;
  /** After a refusal. */
  readonly workedAgain: boolean;
  /** Uses that were neither accepted nor refused. */
  readonly unanswered: number;
  readonly isBound: boolean;
  /** ms of each refresh of the owner. */
  readonly refreshes: readonly number[];
}

/** ms between two requests of an owner, and of a thief. */
const OWNER_MS = 500;
const THIEF_MS = 200;

/** The owner is signed in. */
export async function runTheft(plan: TheftPlan, thief: Sender): Promise<Theft> {
  const { owner, recorder, signal } = plan;
  const signedInAt = recorder.now();
  const isBound = owner.isBound();
  await work(plan, signedInAt + plan.copyMs);
  const copiedAt = recorder.now();
  const copying = useCopy(plan, thief, owner.copyCredential(), signedInAt + plan.endMs);
  // Awaited at the end; until then, its rejection in an interrupted run is not unhandled.
  copying.catch(() => undefined);
  const ownerEndAt = signedInAt + plan.ownerEndMs;
  if (plan.afterwards === 'active') await work(plan, ownerEndAt);
  if (plan.afterwards === 'sign-out') {
    await work(plan, signedInAt + plan.signOutMs);
    await owner.signOut();
  }
  const since = plan.afterwards === 'sign-out' ? recorder.now() : copiedAt;
  if (plan.afterwards !== 'sign-out') {
    await waitUntil(ownerEndAt, recorder, signal);
    await owner.ask(ownerEndAt);
  }
  return { ...summarizeUses(await copying, since), isBound, refreshes: owner.refreshes };
}

async function work({ owner, recorder, signal }: TheftPlan, until: number): Promise<void> {
  for (let at = recorder.now(); at < until; at = Math.max(at + OWNER_MS, recorder.now())) {
    await waitUntil(at, recorder, signal);
    await owner.ask(at);
  }
  await waitUntil(until, recorder, signal);
}

async function waitUntil(at: number, { now }: Recorder, signal: AbortSignal): Promise<void> {
  await delay(Math.max(0, at - now()), undefined, { signal });
}

interface Use {
  readonly sentAt: number;
  /** Undefined: neither accepted nor refused. */
  readonly accepted: boolean | undefined;
}

async function useCopy(
  { recorder, signal }: TheftPlan,
  { send }: Sender,
  headers: Record<string, string>,
  until: number,
): Promise<Use[]> {
  const uses: Use[] = [];
  for (let at = recorder.now(); at < until; at = Math.max(at + THIEF_MS, recorder.now())) {
    await waitUntil(at, recorder, signal);
    const sentAt = recorder.now();
    const { status } = await send({ method: 'GET', path: '/auth/me', headers });
    uses.push({ sentAt, accepted: status === 200 ? true : status === 401 ? false : undefined });
  }
  return uses;
}

function summarizeUses(uses: readonly Use[], since: number): Omit<Theft, 'isBound' | 'refreshes'> {
  const accepted = uses.map((use) => use.accepted);
  const lastAt = uses.findLast((use) => use.accepted === true)?.sentAt ?? since;
  const firstRefusal = accepted.indexOf(false);
  return {
    acceptedMs: Math.max(0, lastAt - since),
    workedAtFirst: accepted[0] === true,
    workedAtLast: accepted.at(-1) === true,
    workedAgain: firstRefusal >= 0 && accepted.lastIndexOf(true) > firstRefusal,
    unanswered: accepted.filter((one) => one === undefined).length,
  };
}
