// The steps of the time chart. Requests count at their intended start.

import type { Outcome, RequestEvent } from '../contracts/events.ts';
import type { Bin } from '../contracts/report.ts';

/** The users by what they last saw, at this moment. */
export interface Snapshot {
  readonly at: number;
  readonly users: Bin['users'];
}

/** Bins are a multiple of this, so that there are at most MOST. */
const STEP_MS = 100;
const MOST = 120;

export function createBins(
  sent: readonly RequestEvent[],
  timed: readonly RequestEvent[],
  snapshots: readonly Snapshot[],
): Bin[] {
  const findStep = ({ at }: { readonly at: number }) => Math.max(0, Math.floor(at / STEP_MS));
  const indexes = [...sent, ...snapshots].map(findStep).sort((a, b) => a - b);
  const [first, last] = [indexes[0], indexes.at(-1)];
  if (first === undefined || last === undefined) return [];
  const width = Math.max(1, Math.ceil((last - first + 1) / MOST));
  const group = <T extends { readonly at: number }>(items: readonly T[]) =>
    groupBy(items, (item) => Math.floor((findStep(item) - first) / width));
  const [requests, latencies, states] = [group(sent), group(timed), group(snapshots)];
  let users: Bin['users'] = { signedIn: 0, signedOut: 0, wronglySignedIn: 0, unknown: 0 };
  return Array.from({ length: Math.ceil((last - first + 1) / width) }, (_, index) => {
    const counts = { ok: 0, failed: 0, signedOut: 0, wrongUser: 0 };
    for (const { outcome } of requests.get(index) ?? []) counts[chooseCount(outcome)] += 1;
    const ms = (latencies.get(index) ?? []).map((request) => request.late + request.ms).sort((a, b) => a - b);
    // Events are recorded in the order of their ends.
    users = states.get(index)?.at(-1)?.users ?? users;
    return { at: (first + index * width) * STEP_MS, ...counts, p50: pickRank(ms, 0.5), p99: pickRank(ms, 0.99), users };
  });
}

function groupBy<T>(items: readonly T[], readKey: (item: T) => number): Map<number, T[]> {
  const groups = new Map<number, T[]>();
  for (const item of items) {
    const group = groups.get(readKey(item));
    if (group === undefined) groups.set(readKey(item), [item]);
    else group.push(item);
  }
  return groups;
}

function chooseCount(outcome: Outcome): 'ok' | 'failed' | 'signedOut' | 'wrongUser' {
  if (outcome === 'ok' || outcome === 'refused') return 'ok';
  if (outcome === 'signedOut') return 'signedOut';
  return outcome === 'wrongUser' || outcome === 'acceptedAfterSignOut' ? 'wrongUser' : 'failed';
}

/** The nearest rank: with few samples the p99 is the slowest. */
function pickRank(sorted: readonly number[], share: number): number | null {
  return sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)] ?? null;
}
