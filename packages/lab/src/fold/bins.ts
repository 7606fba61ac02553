// The time chart's steps. Events come in the order of their end, requests count at their intended start.

import type { Outcome } from '../contracts/events.ts';
import type { Bin } from '../contracts/report.ts';

export interface BinsFold {
  request(intended: number, responseMs: number, outcome: Outcome): void;
  /** Who was what at this moment. */
  users(at: number, users: Bin['users']): void;
  bins(): Bin[];
}

/** Kept this finely, and put together until there are at most MOST. */
const FINE_MS = 100;
const MOST = 120;

interface Fine {
  ok: number;
  failed: number;
  signedOut: number;
  wrongUser: number;
  ms: number[];
  users: Bin['users'] | undefined;
}

export function createBinsFold(): BinsFold {
  const fine = new Map<number, Fine>();
  const binAt = (at: number): Fine => {
    const index = Math.max(0, Math.floor(at / FINE_MS));
    const known = fine.get(index);
    if (known !== undefined) return known;
    const fresh: Fine = { ok: 0, failed: 0, signedOut: 0, wrongUser: 0, ms: [], users: undefined };
    fine.set(index, fresh);
    return fresh;
  };
  return {
    request(intended, responseMs, outcome) {
      const bin = binAt(intended);
      if (outcome === 'ok' || outcome === 'refused') bin.ok += 1;
      else if (outcome === 'signedOut') bin.signedOut += 1;
      else if (outcome === 'wrongUser' || outcome === 'acceptedAfterSignOut') bin.wrongUser += 1;
      else bin.failed += 1;
      if (isTimed(outcome)) bin.ms.push(responseMs);
    },
    users(at, users) {
      binAt(at).users = users;
    },
    bins: () => mergeBins(fine),
  };
}

/** A refused or broken connection is quick and no answer; a timeout stays in the distribution. */
export function isTimed(outcome: Outcome): boolean {
  return !['connectionRefused', 'connectionBroken', 'dropped'].includes(outcome);
}

function mergeBins(fine: ReadonlyMap<number, Fine>): Bin[] {
  if (fine.size === 0) return [];
  const indexes = [...fine.keys()].sort((a, b) => a - b);
  const [first = 0, last = 0] = [indexes[0], indexes.at(-1)];
  const width = Math.max(1, Math.ceil((last - first + 1) / MOST));
  const bins: Bin[] = [];
  let users: Bin['users'] = { signedIn: 0, signedOut: 0, wronglySignedIn: 0, unknown: 0 };
  for (let start = first; start <= last; start += width) {
    const members = Array.from({ length: width }, (_, offset) => fine.get(start + offset)).filter(
      (bin) => bin !== undefined,
    );
    users = members.findLast((bin) => bin.users !== undefined)?.users ?? users;
    const ms = members.flatMap((bin) => bin.ms).sort((a, b) => a - b);
    const sum = (key: 'ok' | 'failed' | 'signedOut' | 'wrongUser') => members.reduce((all, bin) => all + bin[key], 0);
    bins.push({
      at: start * FINE_MS,
      ok: sum('ok'),
      failed: sum('failed'),
      signedOut: sum('signedOut'),
      wrongUser: sum('wrongUser'),
      p50: rank(ms, 0.5),
      p99: rank(ms, 0.99),
      users,
    });
  }
  return bins;
}

/** Nearest rank: of few samples the p99 is the slowest. */
function rank(sorted: readonly number[], share: number): number | null {
  return sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)] ?? null;
}
