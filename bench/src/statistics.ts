// The arithmetic of a report. It measures nothing and prints nothing.

export interface Spread {
  readonly low: number;
  readonly median: number;
  readonly high: number;
}

/** Linear between the two nearest values (Hyndman and Fan's type 7). NaN of nothing. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  const at = (sorted.length - 1) * share;
  const below = sorted[Math.floor(at)] ?? Number.NaN;
  const above = sorted[Math.ceil(at)] ?? Number.NaN;
  return below + (above - below) * (at - Math.floor(at));
}

export const median = (values: readonly number[]): number => quantile(values, 0.5);

/** The median between the 10th and the 90th percentile. */
export function spreadOf(values: readonly number[]): Spread {
  return { low: quantile(values, 0.1), median: median(values), high: quantile(values, 0.9) };
}

/** Round by round, so that a slow moment of the machine is in both; a round that lacks either counts for nothing. */
export function ratios(values: ReadonlyMap<number, number>, base: ReadonlyMap<number, number>): number[] {
  return [...values].flatMap(([round, value]) => {
    const one = base.get(round);
    return one === undefined || one === 0 ? [] : [value / one];
  });
}

export function shuffled<T>(list: readonly T[], random: () => number = Math.random): T[] {
  return list
    .map((value) => ({ value, at: random() }))
    .sort((a, b) => a.at - b.at)
    .map(({ value }) => value);
}
