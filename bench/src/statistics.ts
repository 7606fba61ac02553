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

/** NaN of nothing. What is no positive number is left out. */
export function geometricMean(values: readonly number[]): number {
  const logs = values.filter((value) => value > 0 && Number.isFinite(value)).map(Math.log);
  return Math.exp(logs.reduce((sum, log) => sum + log, 0) / logs.length);
}

/** The median between the 10th and the 90th percentile. */
export function spreadOf(values: readonly number[]): Spread {
  return { low: quantile(values, 0.1), median: median(values), high: quantile(values, 0.9) };
}

/** Fisher and Yates: every order is as likely as any other. */
export function shuffled<T>(list: readonly T[], random: () => number = Math.random): T[] {
  const mixed = [...list];
  for (let last = mixed.length - 1; last > 0; last--) {
    const at = Math.floor(random() * (last + 1));
    [mixed[last], mixed[at]] = [mixed[at] as T, mixed[last] as T];
  }
  return mixed;
}
