// Observable Plot without a browser: a plot becomes the text of one <svg>. Its colours are CSS variables of the page,
// so that one picture serves light and dark. It has no style of its own, because the CSP of the page allows none.

import { type Markish, type PlotOptions, plot, text } from '@observablehq/plot';
import { parseHTML } from 'linkedom';

const { document } = parseHTML('<!doctype html><html></html>');

export interface ChartOptions extends PlotOptions {
  /** For screen readers; the figures are in the table behind the chart. */
  readonly label: string;
  readonly marks: Markish[];
}

export function toSvg({ label, ...options }: ChartOptions): string {
  const svg = plot({ document, ...options });
  for (const style of svg.querySelectorAll('style')) style.remove();
  // One picture with one name: Plot also names its groups, which ARIA does not allow without a role.
  for (const group of svg.querySelectorAll('g[aria-label]')) {
    group.setAttribute('class', group.getAttribute('aria-label') ?? '');
    group.removeAttribute('aria-label');
  }
  svg.setAttribute('class', 'chart');
  svg.setAttribute('font-size', '11');
  svg.setAttribute('role', 'img');
  svg.setAttribute('aria-label', label);
  svg.removeAttribute('width');
  svg.removeAttribute('height');
  // A tenth of a pixel is finer than any screen shows.
  return svg.outerHTML.replace(/\d+\.\d{3,}/g, (digits: string) => String(Number(Number(digits).toFixed(1))));
}

/** Three significant ticks of any axis that counts: `800`, `1.2k`. */
export const formatShort = (value: number): string =>
  value >= 1e6 ? `${value / 1e6}M` : value >= 1_000 ? `${value / 1_000}k` : String(value);

/** Milliseconds on an axis: `0.1`, `10`, `1 s`. */
export const formatShortMs = (value: number): string => (value >= 1_000 ? `${value / 1_000} s` : `${value} ms`);

/** Ticks of a logarithmic axis: powers of ten, or steps of 1, 2 and 5 where fewer than two powers fit. */
export function listLogTicks([from, to]: readonly [number, number]): number[] {
  const listSteps = (factors: readonly number[]) =>
    Array.from({ length: 13 }, (_, index) => index - 4)
      .flatMap((power) => factors.map((factor) => Number(`${factor}e${power}`)))
      .filter((tick) => tick >= from && tick <= to);
  const powers = listSteps([1]);
  return powers.length > 1 ? powers : listSteps([1, 2, 5]);
}

/** Labels at the left. The axis of Plot leaves out some ticks of a logarithmic scale. */
export const drawLabelsY = (ticks: readonly number[], format: (tick: number) => string): Markish =>
  text([...ticks], { y: (tick: number) => tick, text: format, frameAnchor: 'left', textAnchor: 'end', dx: -6 });

export const drawLabelsX = (ticks: readonly number[], format: (tick: number) => string): Markish =>
  text([...ticks], { x: (tick: number) => tick, text: format, frameAnchor: 'bottom', lineAnchor: 'top', dy: 8 });

/** A logarithmic domain that holds all values with room at both ends. */
export function fitLogDomain(values: readonly (number | null)[], least = 0.1): [number, number] {
  const good = values.filter((value) => value !== null && Number.isFinite(value) && value > 0) as number[];
  if (good.length === 0) return [1, 10];
  return [Math.max(least, Math.min(...good) * 0.8), Math.max(least * 10, Math.max(...good) * 1.25)];
}
