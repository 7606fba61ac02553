// How two sides compare over repeats: the ratio of each round's pair, their geometric mean, and an interval. Rounds are
// pairs taken close together, so that what the machine did in a round is in both.

export interface Ratio {
  /** Geometric. NaN of no round. */
  readonly mean: number;
  /** 95 % (Student's t on the logarithms); from 0 to Infinity with fewer than three rounds, of which nothing follows. */
  readonly low: number;
  readonly high: number;
  readonly rounds: number;
  /** Whether the interval leaves 1 out. */
  readonly differs: boolean;
}

/** Student's t, two-sided 95 %, for 1, 2, … degrees of freedom; beyond them the last, which is a little too much. */
const T95 = [
  12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228, 2.201, 2.179, 2.16, 2.145, 2.131, 2.12, 2.11,
  2.101, 2.093, 2.086, 2.08, 2.074, 2.069, 2.064, 2.06, 2.056, 2.052, 2.048, 2.045, 2.042,
];

const FEWEST_ROUNDS = 3;

export function computeRatio(over: readonly number[], under: readonly number[]): Ratio {
  const logs = over.map((value, round) => Math.log(value / (under[round] ?? Number.NaN))).filter(Number.isFinite);
  const rounds = logs.length;
  const mean = logs.reduce((sum, log) => sum + log, 0) / rounds;
  if (rounds < FEWEST_ROUNDS)
    return { mean: Math.exp(mean), low: 0, high: Number.POSITIVE_INFINITY, rounds, differs: false };
  const variance = logs.reduce((sum, log) => sum + (log - mean) ** 2, 0) / (rounds - 1);
  const half = (T95[rounds - 2] ?? 2.042) * Math.sqrt(variance / rounds);
  const [low, high] = [Math.exp(mean - half), Math.exp(mean + half)];
  return { mean: Math.exp(mean), low, high, rounds, differs: low > 1 || high < 1 };
}

/** "1.31 times (1.22 to 1.40)" or "no difference shown (0.96 to 1.05)" */
export function formatRatio(ratio: Ratio): string {
  if (ratio.rounds < FEWEST_ROUNDS) return 'too few rounds to compare';
  const interval = `${ratio.low.toFixed(2)} to ${ratio.high.toFixed(2)}`;
  return ratio.differs ? `${ratio.mean.toFixed(2)} times (${interval})` : `no difference shown (${interval})`;
}
