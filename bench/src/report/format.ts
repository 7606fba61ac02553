// Figures as text, the same in every report.

import type { Ratio } from '@statecraft/lab/ratio';
import type { Spread } from '../statistics.ts';

export const share = (value: number): string => (Number.isNaN(value) ? '–' : value.toFixed(2));
export const between = ({ low, high }: Spread): string => `${share(low)}–${share(high)}`;
/** The 95 % interval; – of runs too few to have one. */
export const interval = ({ low, high }: Ratio): string =>
  Number.isFinite(high) ? `${share(low)}–${share(high)}` : '–';
export const whole = (value: number): string => (Number.isNaN(value) ? '–' : Math.round(value).toLocaleString('en'));
export const ms = (value: number): string => (Number.isNaN(value) ? '–' : value.toFixed(value < 10 ? 2 : 1));
export const mib = (bytes: number): string => whole(bytes / 1024 ** 2);

/** 1,000,000 → 1 million: as an axis says it. */
export const count = (value: number): string => (value >= 1e6 ? `${value / 1e6} million` : value.toLocaleString('en'));

/** A Markdown table: the first column to the left, figures to the right. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  return [line(head), `|---${'|--:'.repeat(head.length - 1)}|`, ...rows.map(line)].join('\n');
}
