// The report as one HTML file: it needs no network, runs no script, and its policy forbids both. The verdict comes first,
// then what it rests on, then why that can be believed.

import { createHash } from 'node:crypto';
import type { Check, PartSummary, Report } from '../../contracts/report.ts';
import {
  CHECK_KINDS,
  CLAIMS,
  CONTROLS,
  doubts,
  duration,
  environmentRows,
  loaded,
  NBSP,
  nameOf,
  number,
  percent,
  VERDICT_SIGNS,
  VERDICT_WORDS,
} from '../format.ts';
import { matrixHtml } from './matrix.ts';
import { scenarioHtml } from './scenario.ts';
import { STYLE } from './style.ts';
import { dataTable, type Row } from './tables.ts';
import { type Html, html, trusted } from './template.ts';

const POLICY = `default-src 'none'; style-src 'sha256-${createHash('sha256').update(STYLE).digest('base64')}'; base-uri 'none'; form-action 'none'`;

/** Patterns that tell the layers of a stack apart without colour. */
const PATTERNS = trusted(`<svg class="unseen" aria-hidden="true" width="0" height="0"><defs>
<pattern id="signed-in" width="8" height="8" patternUnits="userSpaceOnUse"><rect width="8" height="8" fill="var(--in)"/></pattern>
<pattern id="unknown" width="5" height="5" patternUnits="userSpaceOnUse"><rect width="5" height="5" fill="var(--unsure)"/><circle cx="2.5" cy="2.5" r="1" fill="var(--unsure-ink)"/></pattern>
<pattern id="signed-out" width="6" height="6" patternUnits="userSpaceOnUse" patternTransform="rotate(45)"><rect width="6" height="6" fill="var(--out)"/><rect width="1.5" height="6" fill="var(--out-ink)"/></pattern>
<pattern id="wrong" width="5" height="5" patternUnits="userSpaceOnUse"><rect width="5" height="5" fill="var(--wrong-fill)"/><path d="M0 0L5 5M5 0L0 5" stroke="var(--card)" stroke-width="1"/></pattern>
</defs></svg>`);

export function htmlPage(report: Report): string {
  const { verdict, title } = report;
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${POLICY}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="generator" content="Statecraft, ${report.schema}">
<title>${VERDICT_SIGNS[verdict]} ${title} · Statecraft</title>
<style>${trusted(STYLE)}</style>
</head>
<body>${PATTERNS}<main>
<h1>Statecraft · ${title}</h1>
<p class="verdict"><span class="badge ${verdict}"><span aria-hidden="true">${VERDICT_SIGNS[verdict]}</span> ${VERDICT_WORDS[verdict]}</span> ${report.sentence}</p>
${doubtsHtml(report)}<div class="asked"><p>${report.question}</p><p class="muted">Hypothesis: ${report.hypothesis}</p></div>
<section aria-labelledby="matrix"><h2 id="matrix" class="unseen">The answers side by side</h2>${matrixHtml(report)}</section>
${section('checks', 'Checks', checks(report, CLAIMS))}
${report.scenarios.map((scenario) => scenarioHtml(report, scenario))}
${section('belief', 'Why this can be believed', belief(report))}
${section('environment', 'Environment', environment(report))}
${section('again', 'Run it again', again(report))}
</main></body></html>
`.html.replaceAll(NBSP, '&nbsp;');
}

const section = (id: string, title: string, body: Html | undefined): Html | undefined =>
  body === undefined ? undefined : html`<section aria-labelledby="${id}"><h2 id="${id}">${title}</h2>${body}</section>`;

function checks(report: Report, kinds: readonly Check['kind'][]): Html | undefined {
  const rows = kinds.flatMap((kind) => report.checks.filter((check) => check.kind === kind));
  if (rows.length === 0) return undefined;
  return html`<ul class="checks">${rows.map(
    ({ outcome, text, detail, kind }) =>
      html`<li><span class="mark ${outcome}"><span aria-hidden="true">${VERDICT_SIGNS[outcome]}</span><span class="unseen">${VERDICT_WORDS[outcome]}: </span></span><span>${text} <span class="muted">${detail} · ${CHECK_KINDS[kind].toLowerCase()}</span></span></li>`,
  )}</ul>`;
}

function doubtsHtml(report: Report): Html | undefined {
  const all = doubts(report);
  if (all.length === 0) return undefined;
  return html`<ul class="doubts">${all.map(
    ({ outcome, text, detail }) =>
      html`<li><strong class="${outcome}"><span aria-hidden="true">${VERDICT_SIGNS[outcome]}</span> ${outcome === 'broken' ? 'Not so' : 'Not known'}:</strong> ${text}. <span class="muted">${detail}</span></li>`,
  )}</ul>`;
}

function belief(report: Report): Html | undefined {
  const rows = loaded(report).map((part) => generatorRow(report, part));
  const head = [
    'part',
    'samples',
    'planned',
    'achieved',
    'late p50',
    'late p99',
    'late max',
    'CPU',
    'event loop p99',
    'dropped',
    'within its bounds',
  ];
  const table =
    rows.length === 0
      ? undefined
      : dataTable('The generator', 'the generator: how late it was, and what it had to spare', head, rows, true);
  const list =
    report.notes.length === 0
      ? undefined
      : html`<ul class="notes">${report.notes.map((note) => html`<li>${note}</li>`)}</ul>`;
  const controls = checks(report, CONTROLS);
  return controls === undefined && table === undefined && list === undefined
    ? undefined
    : html`${controls}${table}${list}`;
}

function generatorRow(report: Report, part: PartSummary): Row {
  const { latenessP50, latenessP99, latenessMax, cpu, eventLoopDelayP99, dropped, believable } = part.generator;
  return [
    nameOf(report, part),
    number(part.responseTime.count),
    `${number(part.rate.planned)}/s`,
    `${number(part.rate.achieved)}/s`,
    ...[latenessP50, latenessP99, latenessMax].map(duration),
    percent(cpu),
    duration(eventLoopDelayP99),
    number(dropped),
    believable ? 'yes' : 'NO',
  ];
}

const environment = (report: Report): Html =>
  html`<dl class="environment">${environmentRows(report).map(([name, value]) => html`<dt>${name}</dt><dd>${value}</dd>`)}</dl>`;

function again({ again: line, lines }: Report): Html {
  const last = lines.length === 0 ? undefined : html`<pre tabindex="0">${lines.join('\n')}</pre>`;
  return html`<pre tabindex="0"><code>${line}</code></pre>${last}`;
}
