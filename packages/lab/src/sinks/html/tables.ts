// A table of figures behind a summary: closed until it is asked for, scrollable with the keyboard.

import { type Html, html } from './template.ts';

export type Row = readonly string[];

export function dataTable(label: string, summary: string, head: Row, rows: readonly Row[], open = false): Html {
  const body = rows.map(
    ([
      first = '',
      ...rest
    ]) => html`<tr><th scope="row">${first}</th>${rest.map((value) => html`<td>${value}</td>`)}</tr>
`,
  );
  return html`<details${open ? ' open' : ''}><summary>${summary}</summary><div class="scroll" role="region" aria-label="${label}" tabindex="0"><table>
<thead><tr>${head.map((name) => html`<th scope="col">${name}</th>`)}</tr></thead><tbody>${body}</tbody></table></div></details>`;
}
