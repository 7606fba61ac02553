// The matrix scenario × side. What it says in colour it says in a sign and in words too.

import type { Cell, Report, Side } from '../../contracts/report.ts';
import { cellFigures, VERDICT_SIGNS } from '../format.ts';
import { type Html, html } from './template.ts';

const TONES = {
  good: { sign: '●', words: 'good news' },
  bad: { sign: '▲', words: 'bad news' },
  neutral: { sign: '○', words: 'neither good nor bad' },
} as const;

export function matrixHtml({ scenarios, sides, cells }: Report): Html {
  const cellAt = (scenario: string, side: string) =>
    cells.find((one) => one.scenario === scenario && one.side === side);
  // Roles, because a narrow screen shows the rows as blocks, and a browser then takes the table's meaning away.
  return html`<table class="matrix" role="table" aria-label="What each answer did in each scenario">
<thead role="rowgroup"><tr role="row"><td role="cell" class="absent unseen"></td>${sides.map(
    (side) => html`<th role="columnheader" scope="col">${side.text}</th>`,
  )}</tr></thead>
<tbody role="rowgroup">${scenarios.map(
    (scenario) => html`<tr role="row"><th role="rowheader" scope="row">${scenario.text}</th>${sides.map((side) =>
      cellHtml(side, cellAt(scenario.id, side.id)),
    )}</tr>
`,
  )}</tbody></table>
<ul class="key" aria-label="Signs in the table">${Object.values(TONES).map(
    ({ sign, words }) => html`<li><span aria-hidden="true">${sign}</span> ${words}</li>`,
  )}<li><span aria-hidden="true">${VERDICT_SIGNS.broken}</span> not what this answer promises</li><li>for whoever runs that mode</li></ul>`;
}

function cellHtml(side: Side, cell: Cell | undefined): Html {
  if (cell === undefined || cell.outcome === null) {
    const why = side.missing === undefined ? undefined : html`<p class="small">${side.missing}</p>`;
    return html`<td role="cell" class="absent" data-side="${side.text}">${cell?.text ?? 'not measured'}${why}</td>`;
  }
  const differs = cell.outcome !== 'holds';
  const { sign, words } = differs
    ? { sign: VERDICT_SIGNS[cell.outcome], words: cell.outcome === 'broken' ? 'not as promised' : 'could not be told' }
    : TONES[cell.tone];
  return html`<td role="cell" class="${differs ? 'differs' : cell.tone}" data-side="${side.text}">
<div class="says"><span class="sign" aria-hidden="true">${sign}</span><span class="unseen">${words}: </span>${cell.text}</div>
<dl class="four">${cellFigures(cell).map(([name, value]) => html`<dt>${name}</dt><dd>${value}</dd>`)}</dl>${evidence(cell)}</td>`;
}

function evidence({ evidence: lines }: Cell): Html | undefined {
  if (lines.length === 0) return undefined;
  return html`<details><summary>evidence</summary><ul>${lines.map((line) => html`<li>${line}</li>`)}</ul></details>`;
}
