// A table of figures behind a summary, scrollable with the keyboard. Its edge has a shadow where it can be scrolled.

import type { Table } from '../sections.ts';
import { type Html, html } from './template.ts';

export type Row = readonly string[];

export interface DataTable extends Table {
  /** For screen readers: unique on the page. */
  readonly label: string;
  readonly summary: string;
  readonly isOpen?: boolean;
  readonly className?: string;
}

export function drawDataTable({ summary, isOpen = false, className = '', ...table }: DataTable): Html {
  return html`<details class="data ${className}"${isOpen ? ' open' : ''}><summary>${summary}</summary>${drawScrollable(table)}</details>`;
}

export function drawScrollable({ label, head, rows }: Table & { readonly label: string }): Html {
  const drawCells = (cells: Row) => cells.map((cell) => html`<td>${cell}</td>`);
  const body = rows.map(([first = '', ...rest]) => html`<tr><th scope="row">${first}</th>${drawCells(rest)}</tr>\n`);
  return html`<div class="scroll" role="region" aria-label="${label}" tabindex="0"><table>
<thead><tr>${head.map((name) => html`<th scope="col">${name}</th>`)}</tr></thead><tbody>${body}</tbody></table></div>`;
}
