// Scales, ticks and short labels of the charts. A scale maps a value to a share of the length: 0 at its beginning, 1 at
// its end.

export interface Scale {
  readonly place: (value: number) => number;
  /** In the order of their places. */
  readonly ticks: readonly number[];
}

export function createLinearScale(from: number, to: number): Scale {
  return { place: (value) => (value - from) / (to - from), ticks: listTicks(from, to) };
}

/** A logarithmic scale that holds all values with room at both ends. */
export function createLogScale(values: readonly (number | null)[], least = 0.1): Scale {
  const good = values.filter((value) => value !== null && Number.isFinite(value) && value > 0) as number[];
  const from = good.length === 0 ? 1 : Math.max(least, Math.min(...good) * 0.8);
  const to = good.length === 0 ? 10 : Math.max(least * 10, Math.max(...good) * 1.25);
  const [low, high] = [Math.log(from), Math.log(to)];
  return {
    place: (value) => (Math.log(Math.max(from, value)) - low) / (high - low),
    ticks: listLogTicks(from, to),
  };
}

/** At most six round ticks, because the panels are small. */
function listTicks(from: number, to: number): number[] {
  const step = 10 ** Math.floor(Math.log10(to - from));
  const unit = [5, 2, 1, 0.5, 0.2].map((factor) => factor * step).find((one) => (to - from) / one >= 2) ?? step;
  const [first, last] = [Math.ceil(from / unit - 1e-9), Math.floor(to / unit + 1e-9)];
  return Array.from({ length: last - first + 1 }, (_, index) => Number(((first + index) * unit).toPrecision(9)));
}

/** Powers of ten, or steps of 1, 2 and 5 where fewer than two powers fit. */
function listLogTicks(from: number, to: number): number[] {
  const listSteps = (factors: readonly number[]) =>
    Array.from({ length: 13 }, (_, index) => index - 4)
      .flatMap((power) => factors.map((factor) => Number(`${factor}e${power}`)))
      .filter((tick) => tick >= from && tick <= to);
  const powers = listSteps([1]);
  return powers.length > 1 ? powers : listSteps([1, 2, 5]);
}

/** `37.5%` */
export const formatShare = (share: number): string => `${Number((share * 100).toFixed(2))}%`;

/** `800`, `1.2k` */
export const formatShort = (value: number): string =>
  value >= 1e6 ? `${value / 1e6}M` : value >= 1_000 ? `${value / 1_000}k` : String(value);

/** `0.1 ms`, `10 ms`, `1 s` */
export const formatShortMs = (value: number): string => (value >= 1_000 ? `${value / 1_000} s` : `${value} ms`);
