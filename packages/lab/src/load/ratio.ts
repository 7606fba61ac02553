// How two sides compare over repeats: the ratio of each round's pair, their geometric mean, and an interval. Rounds are
// pairs taken close together, so that what the machine did in a round is in both.

export interface Ratio {
  readonly mean: number;
  readonly low: number;
  readonly high: number;
  readonly rounds: number;
  /** Whether the interval leaves 1 out. */
  readonly differs: boolean;
}

/** Student's t, two-sided 95 %, for 1, 2, … degrees of freedom. */
const T95 = [12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262];

/** Undefined with fewer than three rounds: an interval of two pairs says nothing. */
export function ratioOf(over: readonly number[], under: readonly number[]): Ratio | undefined {
  const logs = over.map((value, round) => Math.log(value / (under[round] ?? Number.NaN))).filter(Number.isFinite);
  const rounds = logs.length;
  if (rounds < 3) return undefined;
  const mean = logs.reduce((sum, log) => sum + log, 0) / rounds;
  const variance = logs.reduce((sum, log) => sum + (log - mean) ** 2, 0) / (rounds - 1);
  const half = (T95[rounds - 2] ?? 1.96) * Math.sqrt(variance / rounds);
  const [low, high] = [Math.exp(mean - half), Math.exp(mean + half)];
  return { mean: Math.exp(mean), low, high, rounds, differs: low > 1 || high < 1 };
}

/** "1.31 times (1.22 to 1.40)" or "no difference shown (0.96 to 1.05)" */
export function inWords(ratio: Ratio | undefined): string {
  if (ratio === undefined) return 'too few rounds to compare';
  const interval = `${ratio.low.toFixed(2)} to ${ratio.high.toFixed(2)}`;
  return ratio.differs ? `${ratio.mean.toFixed(2)} times (${interval})` : `no difference shown (${interval})`;
}
