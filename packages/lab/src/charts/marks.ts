// What was done to the system, in a panel of the time chart: a band for its duration, a line where it began, and its
// number as in the list below the chart.

import type { Mark } from '../contracts/report.ts';
import { type Html, html } from '../sinks/html/template.ts';
import { formatShare, type Scale } from './scales.ts';

/** px. The narrowest plot that the page makes. */
const NARROWEST = 170;
const LEVELS = 3;
const LINE_HEIGHT = 14;

/** Without marks from before the load: the axis begins with it. The list below the chart has them. */
export function drawMarks(marks: readonly Mark[], time: Scale, height: number, isNumbered: boolean): Html {
  const shown = marks
    .map((mark, index) => ({
      number: String(index + 1),
      from: time.place(mark.at / 1_000),
      until: time.place((mark.until ?? mark.at) / 1_000),
    }))
    .filter(({ from }) => from >= 0 && from <= 1);
  const drawn = shown.map(({ from, until }) => {
    const x = formatShare(from);
    const band = html`<rect x="${x}" width="${formatShare(Math.min(1, until) - from)}" height="${height}"/>`;
    return html`${until > from ? band : undefined}<line x1="${x}" x2="${x}" y2="${height}"/>`;
  });
  const numbers = isNumbered ? placeNumbers(shown) : [];
  return html`<g class="mark">${drawn}${numbers.map(({ number, from, level }) => html`<text x="${formatShare(from)}" dx="4" y="${11 + level * LINE_HEIGHT}">${number}</text>`)}</g>`;
}

/** Each number on the first level where it has room. Without room on any it is left out; its line stays. */
function placeNumbers(marks: readonly { readonly number: string; readonly from: number }[]) {
  const ends = Array.from({ length: LEVELS }, () => Number.NEGATIVE_INFINITY);
  return marks.flatMap(({ number, from }) => {
    const left = from * NARROWEST;
    const level = ends.findIndex((end) => end <= left);
    if (level < 0) return [];
    ends[level] = left + 6 + 8 * number.length;
    return [{ number, from, level }];
  });
}
