// The matrix scenario × side. Signs and words say what the colours say.

import type { Cell, Report, Side } from '../../contracts/report.ts';
import { listCellFigures, VERDICT_SIGNS } from '../format.ts';
import { type Html, html } from './template.ts';

const TONES = {
  good: { sign: '●', words: 'good news' },
  bad: { sign: '▲', words: 'bad news' },
  neutral: { sign: '○', words: 'neither good nor bad' },
} as const;

export function drawMatrix({ scenarios, sides, cells }: Report): Html {
  const findCell = (scenario: string, side: string) =>
    cells.find((one) => one.scenario === scenario && one.side === side);
  const heads = sides.map((side) => html`<th role="columnheader" scope="col">${side.text}</th>`);
  const rows = scenarios.map(
    ({ id, text }) =>
      html`<tr role="row"><th role="rowheader" scope="row">${text}</th>${sides.map((side) => drawCell(side, findCell(id, side.id)))}</tr>\n`,
  );
  const tones = Object.values(TONES).map(
    ({ sign, words }) => html`<li><span aria-hidden="true">${sign}</span> ${words}</li>`,
  );
  // Roles, because a narrow screen shows the rows as blocks, and a browser then drops the meaning of the table.
  return html`<table class="matrix" role="table" aria-label="What each answer did in each scenario">
<thead role="rowgroup"><tr role="row"><td role="cell" class="absent unseen"></td>${heads}</tr></thead>
<tbody role="rowgroup">${rows}</tbody></table>
<ul class="key" aria-label="Signs in the table">${tones}<li><span aria-hidden="true">${VERDICT_SIGNS.broken}</span> not what this answer promises</li><li>for those who run that mode</li></ul>`;
}

function drawCell(side: Side, cell: Cell | undefined): Html {
  if (cell === undefined || cell.outcome === null) {
    const why = side.missing === undefined ? undefined : html`<p class="small">${side.missing}</p>`;
    return html`<td role="cell" class="absent" data-side="${side.text}">${cell?.text ?? 'not measured'}${why}</td>`;
  }
  const differs = cell.outcome !== 'holds';
  const { sign, words } = differs
    ? { sign: VERDICT_SIGNS[cell.outcome], words: cell.outcome === 'broken' ? 'not as promised' : 'unknown' }
    : TONES[cell.tone];
  const figures = listCellFigures(cell).map(([name, value]) => html`<dt>${name}</dt><dd>${value}</dd>`);
  return html`<td role="cell" class="${differs ? 'differs' : cell.tone}" data-side="${side.text}">
<div class="says"><span class="sign" aria-hidden="true">${sign}</span><span class="unseen">${words}: </span>${cell.text}</div>
<dl class="four">${figures}</dl>${drawEvidence(cell)}</td>`;
}

function drawEvidence({ evidence }: Cell): Html | undefined {
  if (evidence.length === 0) return undefined;
  return html`<details><summary>evidence</summary><ul>${evidence.map((line) => html`<li>${line}</li>`)}</ul></details>`;
}
