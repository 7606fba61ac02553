// How two sides compare over rounds: the ratio of each pair of rounds, their geometric mean, and an interval. The
// rounds of a pair are measured close together, so that both include what else the machine did.

export interface Ratio {
  /** Geometric. */
  readonly mean: number;
  /** 95 % (Student's t on the logarithms); from 0 to Infinity with fewer than five rounds. */
  readonly low: number;
  readonly high: number;
  readonly rounds: number;
  /** The interval does not include 1. */
  readonly differs: boolean;
}

const ROUNDS = 5;
/** Student's t, two-sided 95 %, for four degrees of freedom: that of five rounds. */
const T95 = 2.776;

export function computeRatio(over: readonly number[], under: readonly number[]): Ratio {
  const logs = over.map((value, round) => Math.log(value / (under[round] ?? Number.NaN))).filter(Number.isFinite);
  const rounds = logs.length;
  const mean = logs.reduce((sum, log) => sum + log, 0) / rounds;
  const variance = logs.reduce((sum, log) => sum + (log - mean) ** 2, 0) / (rounds - 1);
  const half = rounds < ROUNDS ? Number.POSITIVE_INFINITY : T95 * Math.sqrt(variance / rounds);
  const [low, high] = [Math.exp(mean - half), Math.exp(mean + half)];
  return { mean: Math.exp(mean), low, high, rounds, differs: low > 1 || high < 1 };
}

/** "1.31 times (1.22 to 1.40)" or "no difference shown (0.96 to 1.05; one below 5 % could not have been seen)" */
export function formatRatio({ mean, low, high, rounds, differs }: Ratio): string {
  if (rounds < ROUNDS) return 'too few rounds to compare';
  const interval = `${low.toFixed(2)} to ${high.toFixed(2)}`;
  if (differs) return `${mean.toFixed(2)} times (${interval})`;
  const smallest = Math.max(1, Math.round((high / mean - 1) * 100));
  return `no difference shown (${interval}; one below ${smallest} % could not have been seen)`;
}
