// Results as a run finds them, from the µs of each round.

import { CONTENDERS } from '../src/contenders.ts';
import { PLAN } from '../src/measure.ts';
import type { Results } from '../src/results.ts';

export function createResults(micros: Readonly<Record<string, readonly number[]>>): Results {
  return {
    measuredAt: '2026-01-02T03:04:05.000Z',
    commit: 'abc1234',
    machine: 'A CPU, 2 cores',
    plan: PLAN,
    contenders: CONTENDERS.filter(({ name }) => name in micros).map(({ name, title, table, own, peers }) => {
      const rounds = micros[name] ?? [];
      const requestsPerSecond = rounds.map((each) => Math.round(1e6 / each));
      return { name, title, table, own, peers, micros: rounds, requestsPerSecond, p99Ms: 1.25 };
    }),
  };
}
