// The steps of the time chart. Events come in the order of their end; requests count at their intended start.

import type { Outcome } from '../contracts/events.ts';
import type { Bin } from '../contracts/report.ts';

/** Bins are kept this small, and merged at the end until there are at most MOST. */
const SMALL_MS = 100;
const MOST = 120;

const COUNTS = ['ok', 'failed', 'signedOut', 'wrongUser'] as const;
type Counts = Record<(typeof COUNTS)[number], number>;

interface SmallBin extends Counts {
  readonly ms: number[];
  users: Bin['users'] | undefined;
}

export function createBinsFold() {
  const bins = new Map<number, SmallBin>();
  const open = (at: number): SmallBin => {
    const index = Math.max(0, Math.floor(at / SMALL_MS));
    const bin = bins.get(index) ?? { ok: 0, failed: 0, signedOut: 0, wrongUser: 0, ms: [], users: undefined };
    bins.set(index, bin);
    return bin;
  };
  return {
    addRequest(intended: number, responseMs: number, outcome: Outcome): void {
      const bin = open(intended);
      bin[chooseCount(outcome)] += 1;
      if (isTimed(outcome)) bin.ms.push(responseMs);
    },
    /** The users by what they last saw, at this moment. */
    setUsers(at: number, users: Bin['users']): void {
      open(at).users = users;
    },
    summarize: () => mergeBins(bins),
  };
}

function chooseCount(outcome: Outcome): keyof Counts {
  if (outcome === 'ok' || outcome === 'refused') return 'ok';
  if (outcome === 'signedOut') return 'signedOut';
  return outcome === 'wrongUser' || outcome === 'acceptedAfterSignOut' ? 'wrongUser' : 'failed';
}

/** A refused or broken connection is quick and no answer; a timeout stays in the distribution. */
export function isTimed(outcome: Outcome): boolean {
  return !['connectionRefused', 'connectionBroken', 'dropped'].includes(outcome);
}

function mergeBins(small: ReadonlyMap<number, SmallBin>): Bin[] {
  if (small.size === 0) return [];
  const [first, last] = [Math.min(...small.keys()), Math.max(...small.keys())];
  const width = Math.max(1, Math.ceil((last - first + 1) / MOST));
  const bins: Bin[] = [];
  let users: Bin['users'] = { signedIn: 0, signedOut: 0, wronglySignedIn: 0, unknown: 0 };
  for (let start = first; start <= last; start += width) {
    const members = Array.from({ length: width }, (_, index) => small.get(start + index) ?? []).flat();
    users = members.findLast((bin) => bin.users !== undefined)?.users ?? users;
    const ms = members.flatMap((bin) => bin.ms).sort((a, b) => a - b);
    const counts: Counts = { ok: 0, failed: 0, signedOut: 0, wrongUser: 0 };
    for (const member of members) for (const name of COUNTS) counts[name] += member[name];
    bins.push({ at: start * SMALL_MS, ...counts, p50: pickRank(ms, 0.5), p99: pickRank(ms, 0.99), users });
  }
  return bins;
}

/** The nearest rank: with few samples the p99 is the slowest. */
function pickRank(sorted: readonly number[], share: number): number | null {
  return sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)] ?? null;
}
