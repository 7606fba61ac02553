// One scenario: what happened over time on each side, with the tables that the charts are drawn from, then the latencies and other
// figures of all sides.

import { ANSWERS, createTimeScales, drawTimeCharts, sortMarks, USERS } from '../../charts/time.ts';
import { formatCount, formatFigure, formatMs } from '../../common/format.ts';
import type { PartSummary, Report, Scenario } from '../../contracts/report.ts';
import { formatClock, formatPartName, formatProof, formatRange, formatSide, listLoadedParts } from '../format.ts';
import { drawDataTable, type Row } from './tables.ts';
import { type Html, html, trust } from './template.ts';

export function drawScenario(report: Report, scenario: Scenario): Html | undefined {
  const parts = report.parts.filter((part) => part.scenario === scenario.id);
  const loaded = listLoadedParts(report).filter((part) => parts.includes(part));
  const charts = [
    drawOverTime(
      report,
      loaded.filter(({ bins }) => bins.length > 0),
    ),
    drawLatencies(report, scenario, parts),
    drawFigures(report, scenario, parts),
  ];
  if (charts.every((chart) => chart === undefined)) return undefined;
  const id = `scenario-${scenario.id.replace(/[^\w-]/g, '-')}`;
  return html`<section aria-labelledby="${id}"><h2 id="${id}">${scenario.text}</h2>${charts}</section>\n`;
}

function drawOverTime(report: Report, parts: readonly PartSummary[]): Html | undefined {
  if (parts.length === 0) return undefined;
  const scales = createTimeScales(parts);
  const figures = parts.map((part) => {
    const name = formatPartName(report, part);
    const cell = report.cells.find(({ scenario, side }) => scenario === part.scenario && side === part.side);
    const rows = part.bins.map((bin) => Object.values(BIN_COLUMNS).map((format) => format(bin)));
    const table = { label: `Over time, ${name}`, summary: TABLE_OF_CHART, head: Object.keys(BIN_COLUMNS), rows };
    return html`<figure><figcaption><h3>${formatSide(report, part)}</h3><span class="small muted">${cell?.text}</span></figcaption>
${drawTimeCharts(part, name, scales).map(trust)}${drawMarks(part)}${drawLost(report, part)}${drawDataTable(table)}</figure>\n`;
  });
  return html`${drawLegend()}<div class="parts of-${parts.length}">${figures}</div>`;
}

/** One list for answers and users: each pattern once. */
function drawLegend(): Html {
  const names = new Map<string, Set<string>>();
  for (const { name, paint } of [...USERS, ...ANSWERS]) names.set(paint, (names.get(paint) ?? new Set()).add(name));
  const entries = [...names].map(
    ([paint, all]) =>
      html`<li><svg viewBox="0 0 22 12" aria-hidden="true"><rect width="22" height="12" fill="${paint}"/></svg> ${[...all].join(' / ')}</li>`,
  );
  return html`<ul class="key" aria-label="Patterns in the charts">${entries}</ul>`;
}

const TABLE_OF_CHART = 'table of this chart';
const BIN_COLUMNS: Readonly<Record<string, (bin: PartSummary['bins'][number]) => string>> = {
  time: ({ at }) => formatClock(at),
  ok: ({ ok }) => formatCount(ok),
  failed: ({ failed }) => formatCount(failed),
  'signed out': ({ signedOut }) => formatCount(signedOut),
  'wrong user': ({ wrongUser }) => formatCount(wrongUser),
  p50: ({ p50 }) => formatMs(p50),
  p99: ({ p99 }) => formatMs(p99),
  'users in': ({ users }) => formatCount(users.signedIn),
  'users out': ({ users }) => formatCount(users.signedOut),
  'wrongly in': ({ users }) => formatCount(users.wronglySignedIn),
  'not known': ({ users }) => formatCount(users.unknown),
};

function drawMarks(part: PartSummary): Html {
  const { recoveryMs } = part;
  const items = sortMarks(part).map(
    ({ at, until, text, proof }) =>
      html`<li>${text}, ${formatRange(at, until)}<span class="muted">${formatProof(proof)}</span></li>`,
  );
  const recovered = recoveryMs === 0 ? 'No answer was missing.' : `Recovered after ${formatMs(recoveryMs)}.`;
  const list = items.length === 0 ? undefined : html`<ol class="marks">${items}</ol>`;
  return html`${list}${recoveryMs === null ? undefined : html`<p class="small">${recovered}</p>`}`;
}

function drawLost(report: Report, part: PartSummary): Html | undefined {
  const { count, named } = part.lost;
  if (count === 0) return undefined;
  const some = count > named.length ? `, ${formatCount(named.length)} of them by name` : '';
  const summary = `${formatCount(count)} signed out without asking for it${some}`;
  return drawDataTable({
    label: `${summary}, ${formatPartName(report, part)}`,
    summary,
    head: ['user', 'when', 'server', 'cause'],
    rows: named.map(({ user, at, server, cause }) => [user, formatClock(at), server ?? '–', cause ?? 'no known cause']),
  });
}

const TIMES = {
  responseTime: 'response (intended to last byte)',
  serviceTime: 'service (sent to last byte)',
  signInTime: 'sign-in',
} as const;

function drawLatencies(report: Report, { text }: Scenario, parts: readonly PartSummary[]): Html | undefined {
  const rows = parts
    .filter(({ responseTime }) => responseTime.count > 0)
    .flatMap((part) => listLatencies(formatSide(report, part), part));
  if (rows.length === 0) return undefined;
  const head = ['mode', 'samples', 'p50', 'p90', 'p99', 'p99.9', 'max', 'mean'];
  return drawDataTable({ label: `Latencies, ${text}`, summary: 'latencies', head, rows, open: true });
}

function listLatencies(side: string, part: PartSummary): Row[] {
  return Object.entries(TIMES).flatMap(([key, name]) => {
    const { p50, p90, p99, p999, max, mean, count } = part[key as keyof typeof TIMES];
    if (count === 0) return [];
    return [[`${side}, ${name}`, formatCount(count), ...[p50, p90, p99, p999, max, mean].map(formatMs)]];
  });
}

/** What the experiment itself measured. Answers by kind and by server are in the evidence of the cells. */
function drawFigures(report: Report, { text: scenario }: Scenario, parts: readonly PartSummary[]): Html | undefined {
  const rows = parts.flatMap((part) =>
    Object.values(part.figures).map(
      ({ text, value, unit }): Row => [formatSide(report, part), text, formatFigure(value, unit)],
    ),
  );
  if (rows.length === 0) return undefined;
  const head = ['mode', 'what', 'value'];
  return drawDataTable({ label: `Figures, ${scenario}`, summary: 'other figures', head, rows, open: true });
}
