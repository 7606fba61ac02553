// The report as one HTML file: it needs no network, runs no script, and its policy forbids both. The verdict comes
// first, then what it is based on, then why that can be believed.

import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { Report } from '../../contracts/report.ts';
import { describeVerdict, VERDICT_SIGNS, VERDICT_WORDS } from '../format.ts';
import { createSections, type Item, listDoubts, type Section } from '../sections.ts';
import { drawMatrix } from './matrix.ts';
import { drawScenario } from './scenario.ts';
import { drawDataTable } from './tables.ts';
import { type Html, html, trust } from './template.ts';

const readAsset = (name: string): string => readFileSync(new URL(name, import.meta.url), 'utf8');

const STYLE = readAsset('style.css');
/** Nothing but this style may apply, and the page may fetch nothing. */
const POLICY = `default-src 'none'; style-src 'sha256-${createHash('sha256').update(STYLE).digest('base64')}'; base-uri 'none'; form-action 'none'`;

/** Patterns that tell the layers of a stack apart without colour. */
const PATTERNS = trust(readAsset('patterns.svg'));

export function drawPage(report: Report): string {
  const { title } = report;
  const { kind, sign, words } = describeVerdict(report);
  const sections = createSections(report);
  const draw = (...ids: Section['id'][]) => sections.filter(({ id }) => ids.includes(id)).map(drawSection);
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${POLICY}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="generator" content="Statecraft, ${report.schema}">
<title>${sign} ${title} · Statecraft</title>
<style>${trust(STYLE)}</style>
</head>
<body>${PATTERNS}<main>
<h1>Statecraft · ${title}</h1>
<p class="verdict"><span class="badge ${kind}"><span aria-hidden="true">${sign}</span> ${words}</span> ${report.sentence}</p>
${drawItems(listDoubts(report))}<div class="asked"><p>${report.question}</p><p class="muted">Hypothesis: ${report.hypothesis}</p></div>
<section aria-labelledby="matrix"><h2 id="matrix" class="unseen">The answers side by side</h2>${drawMatrix(report)}</section>
${draw('checks', 'failover')}
${report.scenarios.map((scenario) => drawScenario(report, scenario))}
${draw('belief', 'notes', 'environment')}
<section aria-labelledby="again"><h2 id="again">Run it again</h2>${drawAgain(report)}</section>
</main></body></html>
`.html;
}

const TABLES: Partial<Record<Section['id'], string>> = {
  failover: 'what was lost, and what failed',
  belief: 'how late the generator was',
};

/** What the scenarios show in charts and tables of their own (figures, marks) is not drawn again. */
function drawSection({ id, title, items, table }: Section): Html {
  const drawn =
    table === undefined
      ? undefined
      : drawDataTable({ ...table, label: `Table: ${title}`, summary: TABLES[id] ?? title, open: true });
  return html`<section aria-labelledby="${id}"><h2 id="${id}">${title}</h2>${drawItems(items)}${drawn}</section>\n`;
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
