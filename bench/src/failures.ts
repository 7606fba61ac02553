// What makes a run no measurement: answers that were refused, broken, or somebody else's.

import type { AllResults } from './results.ts';
import type { Run } from './rounds.ts';

export function failuresIn(results: AllResults): string[] {
  const runs = [...(results.load?.result ?? []), ...(results['sign-ins']?.result ?? [])];
  const points = [...(results['growth-memory']?.result ?? []), ...(results['growth-redis']?.result ?? [])];
  const grown = points.flatMap(({ store, sessions, measured }) =>
    measured ? [{ ...measured, side: `${store} with ${sessions} sessions`, round: 1, wrong: [] }] : [],
  );
  return [...runs, ...grown].flatMap(failuresOf);
}

function failuresOf({ side, round, not2xx, errors, wrong }: Run): string[] {
  const where = `${side}, round ${round}`;
  return [
    ...(not2xx > 0 ? [`${where}: ${not2xx} answers were not 2xx`] : []),
    ...(errors > 0 ? [`${where}: ${errors} requests without a whole answer`] : []),
    ...(wrong.length > 0 ? [`${where}: ${wrong.length} wrong answers before the load, the first: ${wrong[0]}`] : []),
  ];
}
