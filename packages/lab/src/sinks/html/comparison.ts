// Runs side by side, as a page: what differs besides the results, then the tables.

import type { Comparison } from '../../compare/compare.ts';
import { createComparisonTables, listNotes } from '../../compare/tables.ts';
import { drawContents, drawFold, type Fold } from './fold.ts';
import { drawShell } from './shell.ts';
import { drawScrollable } from './tables.ts';
import { html } from './template.ts';
import { drawTerms } from './terms.ts';

export function drawComparisonPage(comparison: Comparison): string {
  const { title, question, runs, schema } = comparison;
  const tables = createComparisonTables(comparison).map(
    (table, index): Fold => ({
      id: `table-${index + 1}`,
      title: table.title,
      body: html`<div class="words">${drawScrollable({ ...table, label: `Table: ${table.title}` })}</div>`,
    }),
  );
  const folds = [...tables, { id: 'terms', title: 'Words of this page', body: drawTerms(), isClosed: true }];
  const main = html`<h1>Statecraft · ${title}</h1>
<p class="verdict">${runs.length} runs side by side</p>
<div class="asked"><p>${question}</p></div>
<ul class="items">${listNotes(comparison).map((note) => html`<li>${note}</li>`)}</ul>
${drawContents(folds)}
${folds.map(drawFold)}`;
  return drawShell({ title: `${title}, side by side`, schema, main });
}
