// The same figure of several sides, as bars from zero.

import { type Html, html } from '../sinks/html/template.ts';
import { formatShare } from './scales.ts';

const HEIGHT = 12;

/** Decoration: the value is text beside it. */
export function drawBar(value: number, most: number): Html {
  const share = most > 0 ? Math.max(0, value / most) : 0;
  return html`<svg class="bar" height="${HEIGHT}" aria-hidden="true"><rect width="${formatShare(share)}" height="${HEIGHT}" fill="url(#signed-in)"/></svg>`;
}

export interface Bar {
  readonly name: string;
  readonly value: number;
  /** With its unit. */
  readonly text: string;
}

export function drawBars(title: string, bars: readonly Bar[]): Html {
  const most = Math.max(...bars.map(({ value }) => value));
  const rows = bars.map(
    ({ name, value, text }) =>
      html`<tr><th class="name" scope="row">${name}</th><td class="value">${text}</td><td class="drawn">${drawBar(value, most)}</td></tr>\n`,
  );
  return html`<table class="bars"><caption>${title}</caption><tbody>${rows}</tbody></table>`;
}
