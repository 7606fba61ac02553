// The matrix scenario × side. Signs and words say what the colours say.

import { drawBar } from '../../charts/bars.ts';
import { formatFigure } from '../../common/format.ts';
import type { Cell, Report, Side } from '../../contracts/report.ts';
import { formatPartName, listCellFigures, VERDICT_SIGNS } from '../format.ts';
import { createId } from './fold.ts';
import { createPartId, listChartedParts } from './scenario.ts';
import { type Html, html } from './template.ts';
import { TERMS } from './terms.ts';

const TONES = {
  good: { sign: '●', words: 'good news' },
  bad: { sign: '▲', words: 'bad news' },
  neutral: { sign: '◇', words: 'neither good nor bad' },
} as const;

/** `sections`: the ids of the sections of the page. */
export function drawMatrix(report: Report, sections: readonly string[]): Html {
  const { scenarios, sides, cells } = report;
  const findCell = (scenario: string, side: string) =>
    cells.find((one) => one.scenario === scenario && one.side === side);
  const heads = sides.map((side) => html`<th role="columnheader" scope="col">${side.text}</th>`);
  const rows = scenarios.map(({ id, text }) => {
    const drawn = sides.map((side) => drawCell(report, side, findCell(id, side.id), sections));
    return html`<tr role="row"><th role="rowheader" scope="row">${text}</th>${drawn}</tr>\n`;
  });
  const tones = Object.values(TONES).map(
    ({ sign, words }) => html`<li><span aria-hidden="true">${sign}</span> ${words}</li>`,
  );
  // Roles, because a narrow screen shows the rows as blocks, and a browser then drops the meaning of the table.
  return html`<table class="matrix" role="table" aria-label="What each answer did in each scenario">
<thead role="rowgroup"><tr role="row"><td role="cell" class="absent unseen"></td>${heads}</tr></thead>
<tbody role="rowgroup">${rows}</tbody></table>
<div class="signs"><p class="small muted">For those who run that mode:</p><ul class="key" aria-label="Signs in the table">${tones}<li><span aria-hidden="true">${VERDICT_SIGNS.broken}</span> not what it promises</li></ul></div>`;
}

function drawCell(report: Report, side: Side, cell: Cell | undefined, sections: readonly string[]): Html {
  if (cell === undefined || cell.outcome === null) {
    const why = side.missing === undefined ? undefined : html`<p class="small">${side.missing}</p>`;
    return html`<td role="cell" class="absent" data-side="${side.text}">${cell?.text ?? 'not measured'}${why}</td>`;
  }
  const differs = cell.outcome !== 'holds';
  const { sign, words } = differs
    ? { sign: VERDICT_SIGNS[cell.outcome], words: cell.outcome === 'broken' ? 'not as promised' : 'unknown' }
    : TONES[cell.tone];
  const figures = listCellFigures(cell).map(
    ([name, value]) => html`<dt title="${TERMS[name]}">${name}</dt><dd>${value}</dd>`,
  );
  return html`<td role="cell" class="${differs ? 'differs' : cell.tone}" data-side="${side.text}">
<div class="says"><span class="sign" aria-hidden="true">${sign}</span><span class="unseen">${words}: </span>${cell.text}</div>
${drawCellBars(report, cell)}<dl class="four">${figures}</dl>${drawLink(report, cell, sections)}${drawEvidence(cell)}</td>`;
}

/** The figures that the cell is about, relative to all of its row that have the same unit. */
function drawCellBars({ cells, parts }: Report, { scenario, side }: Cell): Html[] {
  const row = cells
    .filter((cell) => cell.scenario === scenario)
    .flatMap((cell) => {
      const part = parts.find((one) => one.scenario === scenario && one.side === cell.side);
      return (cell.figures ?? []).map((name) => ({ side: cell.side, figure: part?.figures[name] }));
    });
  const find = (unit: string) => row.flatMap(({ figure }) => (figure?.unit === unit ? [figure.value] : []));
  return row.flatMap((one) => {
    if (one.side !== side || one.figure === undefined) return [];
    const { value, unit, text } = one.figure;
    return html`<div class="weight">${drawBar(value, Math.max(...find(unit)))}<span class="small">${formatFigure(value, unit)}: ${text}</span></div>`;
  });
}

/** To the chart of the cell, or to the section of its scenario. */
function drawLink(report: Report, cell: Cell, sections: readonly string[]): Html | undefined {
  const hasChart = listChartedParts(report).some(
    ({ scenario, side }) => scenario === cell.scenario && side === cell.side,
  );
  const target = hasChart ? createPartId(cell) : createId('scenario', cell.scenario);
  if (!hasChart && !sections.includes(target)) return undefined;
  return html`<a class="more" href="#${target}">${hasChart ? 'over time' : 'figures'}<span class="unseen">: ${formatPartName(report, cell)}</span></a>`;
}

function drawEvidence({ evidence }: Cell): Html | undefined {
  if (evidence.length === 0) return undefined;
  return html`<details><summary>evidence</summary><ul>${evidence.map((line) => html`<li>${line}</li>`)}</ul></details>`;
}
