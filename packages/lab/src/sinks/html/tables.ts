// A table of figures behind a summary: closed until the reader opens it, scrollable with the keyboard.

import type { Table } from '../sections.ts';
import { type Html, html } from './template.ts';

export type Row = readonly string[];

export interface DataTable extends Table {
  /** For screen readers: unique on the page. */
  readonly label: string;
  readonly summary: string;
  readonly open?: boolean;
}

export function drawDataTable({ label, summary, head, rows, open = false }: DataTable): Html {
  const drawCells = (cells: Row) => cells.map((cell) => html`<td>${cell}</td>`);
  const body = rows.map(([first = '', ...rest]) => html`<tr><th scope="row">${first}</th>${drawCells(rest)}</tr>\n`);
  return html`<details${open ? ' open' : ''}><summary>${summary}</summary><div class="scroll" role="region" aria-label="${label}" tabindex="0"><table>
<thead><tr>${head.map((name) => html`<th scope="col">${name}</th>`)}</tr></thead><tbody>${body}</tbody></table></div></details>`;
}
