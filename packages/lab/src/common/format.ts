// Figures as people read them. Cells, checks and every report format use these.

const NONE = '–';

type Optional = number | null | undefined;

const formatDecimal = (value: number, digits: number): string =>
  value.toLocaleString('en-US', { maximumFractionDigits: digits });

/** Three significant digits: a shared machine gives no more. */
const formatRounded = (value: number): string =>
  formatDecimal(value, value === 0 || value >= 100 ? 0 : value >= 10 ? 1 : 2);

/** `1,000` */
export const formatCount = (value: Optional): string => (value == null ? NONE : formatDecimal(value, 0));

/** Milliseconds with a unit: `0.42 ms`, `12.3 ms`, `1.24 s`, `2 min 5 s`. */
export function formatMs(ms: Optional): string {
  if (ms == null) return NONE;
  if (ms < 1_000) return `${formatRounded(ms)} ms`;
  if (ms < 120_000) return `${formatRounded(ms / 1_000)} s`;
  const seconds = Math.round(ms / 1_000);
  return `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
}

/** The seconds of a run: `9 s`, `85 s`, `3 min`. */
export const formatTaken = (seconds: number): string =>
  seconds < 120 ? `${seconds} s` : `${Math.round(seconds / 60)} min`;

/** `85.8 MiB` */
export function formatBytes(value: Optional): string {
  if (value == null) return NONE;
  const units = ['bytes', 'KiB', 'MiB', 'GiB', 'TiB'];
  const power = value < 1 ? 0 : Math.min(units.length - 1, Math.floor(Math.log2(value) / 10));
  return `${formatRounded(value / 1024 ** power)} ${units[power]}`;
}

/** A share from 0 to 1: `34 %`. */
export const formatPercent = (share: number): string => `${formatRounded(share * 100)} %`;

/** A value in the unit in which it was measured. */
export function formatFigure(value: number, unit: string): string {
  if (unit === 'bytes') return formatBytes(value);
  if (unit === 'ms') return formatMs(value);
  return unit === '' ? formatRounded(value) : `${formatRounded(value)} ${unit}`;
}

/** `1 server`, `3 servers` */
export const formatPlural = (count: number, noun: string): string =>
  `${formatCount(count)} ${noun}${count === 1 ? '' : 's'}`;
