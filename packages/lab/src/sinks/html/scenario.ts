// One scenario: what happened over time on each side, with the tables that the charts are drawn from, then the
// latencies and other figures of all sides.

import { type Bar, drawBars } from '../../charts/bars.ts';
import { ANSWERS, USERS } from '../../charts/layers.ts';
import { createTimeScales, cutLead, drawTimeChart, sortMarks } from '../../charts/time.ts';
import { formatCount, formatFigure, formatMs } from '../../common/format.ts';
import type { PartSummary, Report, Scenario } from '../../contracts/report.ts';
import { formatClock, formatPartName, formatProof, formatRange, formatSide, listLoadedParts } from '../format.ts';
import { createId, type Fold } from './fold.ts';
import { drawDataTable, type Row } from './tables.ts';
import { type Html, html } from './template.ts';

/** Undefined where there is nothing to show. */
export function createScenarioFold(report: Report, scenario: Scenario): Fold | undefined {
  const parts = report.parts.filter((part) => part.scenario === scenario.id);
  const drawn = [
    drawOverTime(
      report,
      listChartedParts(report).filter((part) => parts.includes(part)),
    ),
    drawLatencies(report, scenario, parts),
    drawFigures(report, scenario, parts),
  ];
  if (drawn.every((one) => one === undefined)) return undefined;
  return { id: createId('scenario', scenario.id), title: scenario.text, body: html`${drawn}` };
}

export const listChartedParts = (report: Report): PartSummary[] =>
  listLoadedParts(report).filter(({ bins }) => bins.length > 0);

export const createPartId = ({ scenario, side }: Pick<PartSummary, 'scenario' | 'side'>): string =>
  createId('part', scenario, side);

/** With these, three columns leave room for the legend in the grid. */
const FIVE = 5;

function drawOverTime(report: Report, parts: readonly PartSummary[]): Html | undefined {
  if (parts.length === 0) return undefined;
  const scales = createTimeScales(parts);
  const figures = parts.map((part) => {
    const name = formatPartName(report, part);
    const cell = report.cells.find(({ scenario, side }) => scenario === part.scenario && side === part.side);
    const rows = part.bins.map((bin) => Object.values(BIN_COLUMNS).map((format) => format(bin)));
    const table = { label: `Over time, ${name}`, summary: TABLE_OF_CHART, head: Object.keys(BIN_COLUMNS), rows };
    const id = createPartId(part);
    return html`<figure id="${id}"><figcaption><h3>${formatSide(report, part)}</h3><span class="small muted">${cell?.text}</span></figcaption>
<div class="plot">${drawTimeChart(part, id, name, scales)}<input class="reader" type="range" min="0" max="${cutLead(part).bins.length - 1}" value="0" aria-label="Values over time, ${name}" hidden></div>
<p class="reading" hidden>Point at the chart, or focus it and press the arrow keys, to read its values.</p>
${drawMarkList(part)}${drawLost(report, part)}${drawDataTable({ ...table, className: 'bins' })}</figure>\n`;
  });
  const legend = drawLegend();
  const grid = html`<div class="parts of-${parts.length}">${parts.length === FIVE ? legend : undefined}${figures}</div>`;
  return html`${parts.length === FIVE ? undefined : legend}${grid}`;
}

/** One list for answers and users: each pattern once. */
function drawLegend(): Html {
  const names = new Map<string, Set<string>>();
  for (const { name, paint } of [...USERS, ...ANSWERS]) names.set(paint, (names.get(paint) ?? new Set()).add(name));
  const entries = [...names].map(
    ([paint, all]) =>
      html`<li><svg viewBox="0 0 22 12" aria-hidden="true"><rect width="22" height="12" fill="${paint}"/></svg> ${[...all].join(' / ')}</li>`,
  );
  return html`<div class="legend"><p class="small muted">Users by what they last saw, and answers by kind. A dotted line with a number is something that was done: the list below the chart says what.</p><ul class="key" aria-label="Patterns in the charts">${entries}</ul></div>`;
}

const TABLE_OF_CHART = 'table of this chart';
const BIN_COLUMNS: Readonly<Record<string, (bin: PartSummary['bins'][number]) => string>> = {
  time: ({ at }) => formatClock(at),
  right: ({ ok }) => formatCount(ok),
  failed: ({ failed }) => formatCount(failed),
  'signed out': ({ signedOut }) => formatCount(signedOut),
  'wrong user': ({ wrongUser }) => formatCount(wrongUser),
  p50: ({ p50 }) => formatMs(p50),
  p99: ({ p99 }) => formatMs(p99),
  'users signed in': ({ users }) => formatCount(users.signedIn),
  'users signed out': ({ users }) => formatCount(users.signedOut),
  'users wrongly signed in': ({ users }) => formatCount(users.wronglySignedIn),
  'users not known': ({ users }) => formatCount(users.unknown),
};

function drawMarkList(part: PartSummary): Html {
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
  return drawDataTable({ label: `Latencies, ${text}`, summary: 'latencies', head, rows, isOpen: true });
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
  const groups = new Map<string, Bar[]>();
  for (const part of parts)
    for (const { text, value, unit } of Object.values(part.figures)) {
      const bar = { name: formatSide(report, part), value, text: formatFigure(value, unit) };
      groups.set(text, [...(groups.get(text) ?? []), bar]);
    }
  if (groups.size === 0) return undefined;
  // What two sides have in common can be compared.
  const common = [...groups].filter(([, bars]) => bars.length > 1);
  const rows = [...groups]
    .filter(([, bars]) => bars.length === 1)
    .flatMap(([what, bars]) => bars.map(({ name, text }): Row => [name, what, text]));
  const label = `Figures, ${scenario}`;
  const table = { label, summary: 'other figures', head: ['mode', 'what', 'value'], rows, isOpen: true };
  return html`${common.map(([title, bars]) => drawBars(title, bars))}${rows.length === 0 ? undefined : drawDataTable(table)}`;
}
