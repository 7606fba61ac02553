// The report as one HTML file: it needs no network, and reads well without its script. The verdict comes first, then
// what it is based on, then why that can be believed.

import type { Report } from '../../contracts/report.ts';
import { describeVerdict, VERDICT_SIGNS, VERDICT_WORDS } from '../format.ts';
import { createSections, type Item, listDoubts, type Section } from '../sections.ts';
import { drawContents, drawFold, type Fold } from './fold.ts';
import { drawMatrix } from './matrix.ts';
import { createScenarioFold } from './scenario.ts';
import { drawShell } from './shell.ts';
import { drawDataTable } from './tables.ts';
import { type Html, html } from './template.ts';
import { drawTerms } from './terms.ts';

export function drawPage(report: Report): string {
  const { kind, sign, words } = describeVerdict(report);
  const folds = createFolds(report);
  const matrix = drawMatrix(
    report,
    folds.map(({ id }) => id),
  );
  const main = html`<h1>Statecraft · ${report.title}</h1>
<p class="verdict"><span class="badge ${kind}"><span aria-hidden="true">${sign}</span> ${words}</span> ${report.sentence}</p>
${drawItems(listDoubts(report))}<div class="asked"><p>${report.question}</p><p class="muted">Hypothesis: ${report.hypothesis}</p></div>
${drawContents([{ id: 'matrix', title: 'Side by side' }, ...folds])}
<section aria-labelledby="matrix"><h2 id="matrix" class="unseen">The answers side by side</h2>${matrix}</section>
${folds.map(drawFold)}`;
  return drawShell({ title: `${sign} ${report.title}`, schema: report.schema, main });
}

/** Everything below the matrix. */
function createFolds(report: Report): Fold[] {
  const sections = createSections(report);
  const pick = (...ids: Section['id'][]) => sections.filter(({ id }) => ids.includes(id)).map(createSectionFold);
  return [
    { id: 'terms', title: 'Words of this page', body: drawTerms(), isClosed: true },
    ...pick('checks', 'failover'),
    ...report.scenarios.flatMap((scenario) => createScenarioFold(report, scenario) ?? []),
    ...pick('belief', 'notes'),
    ...pick('environment').map((fold) => ({ ...fold, isClosed: true })),
    { id: 'again', title: 'Run it again', body: drawAgain(report) },
  ];
}

const TABLES: Partial<Record<Section['id'], string>> = {
  failover: 'what was lost, and what failed',
  belief: 'how late the generator was',
};

/** What the scenarios show in charts and tables of their own (figures, marks) is not drawn again. */
function createSectionFold({ id, title, items, table }: Section): Fold {
  const drawn =
    table === undefined
      ? undefined
      : drawDataTable({ ...table, label: `Table: ${title}`, summary: TABLES[id] ?? title, isOpen: true });
  return { id, title, body: html`${drawItems(items)}${drawn}` };
}

const drawItems = (items: readonly Item[]): Html | undefined =>
  items.length === 0 ? undefined : html`<ul class="items">${items.map(drawItem)}</ul>`;

function drawItem({ outcome, text }: Item): Html {
  if (outcome === undefined) return html`<li>${text}</li>`;
  const sign = html`<span aria-hidden="true">${VERDICT_SIGNS[outcome]}</span><span class="unseen">${VERDICT_WORDS[outcome]}: </span>`;
  return html`<li class="check"><span class="mark ${outcome}">${sign}</span><span>${text}</span></li>`;
}

function drawAgain({ again, lines }: Report): Html {
  const last = lines.length === 0 ? undefined : html`<pre tabindex="0">${lines.join('\n')}</pre>`;
  return html`<pre tabindex="0"><code>${again}</code></pre>${last}`;
}
