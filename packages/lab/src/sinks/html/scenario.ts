// One scenario: for each side what happened over time, then the latencies of all sides in one chart. Behind each chart
// stands the table that it was drawn from.

import { percentileChart } from '../../charts/percentiles.ts';
import { ANSWERS, inOrder, timeCharts, timeScales, USERS } from '../../charts/time.ts';
import type { PartSummary, Report, Scenario } from '../../contracts/report.ts';
import { clock, duration, loaded, nameOf, number, proof, range, sideText } from '../format.ts';
import { counts } from './counts.ts';
import { dataTable, type Row } from './tables.ts';
import { type Html, html, trusted } from './template.ts';

export function scenarioHtml(report: Report, scenario: Scenario): Html | undefined {
  const parts = report.parts.filter((part) => part.scenario === scenario.id);
  const timed = loaded(report).filter(({ scenario: id, bins }) => id === scenario.id && bins.length > 0);
  const charts = [
    timed.length === 0 ? undefined : overTime(report, timed),
    latency(report, scenario, parts),
    counts(report, scenario, parts),
  ];
  if (charts.every((chart) => chart === undefined)) return undefined;
  const id = `scenario-${scenario.id.replace(/[^\w-]/g, '-')}`;
  return html`<section aria-labelledby="${id}"><h2 id="${id}">${scenario.text}</h2>${charts}</section>
`;
}

function overTime(report: Report, parts: readonly PartSummary[]): Html {
  const scales = timeScales(parts);
  return html`${legend()}<div class="parts of-${parts.length}">${parts.map((part) => {
    const name = nameOf(report, part);
    const cell = report.cells.find(({ scenario, side }) => scenario === part.scenario && side === part.side);
    return html`<figure><figcaption><h3>${sideText(report, part)}</h3><span class="small muted">${cell?.text}</span></figcaption>
${timeCharts(part, name, scales).map(trusted)}${marks(part)}${lost(report, part)}${dataTable(`Over time, ${name}`, 'table of this chart', HEAD, part.bins.map(row))}</figure>
`;
  })}</div>`;
}

/** The same for answers and users: each layer's pattern, once. */
function legend(): Html {
  const names = new Map<string, string>();
  for (const { name, paint } of [...USERS, ...ANSWERS]) {
    const known = names.get(paint);
    names.set(paint, known === undefined || known === name ? name : `${known} / ${name}`);
  }
  return html`<ul class="key" aria-label="Patterns in the charts">${[...names].map(
    ([paint, name]) =>
      html`<li><svg viewBox="0 0 22 12" aria-hidden="true"><rect width="22" height="12" fill="${paint}"/></svg> ${name}</li>`,
  )}</ul>`;
}

const HEAD = [
  'time',
  'ok',
  'failed',
  'signed out',
  'wrong user',
  'p50',
  'p99',
  'users in',
  'users out',
  'wrongly in',
  'not known',
];

const row = ({ at, ok, failed, signedOut, wrongUser, p50, p99, users }: PartSummary['bins'][number]): Row => [
  clock(at),
  ...[ok, failed, signedOut, wrongUser].map(number),
  duration(p50),
  duration(p99),
  ...[users.signedIn, users.signedOut, users.wronglySignedIn, users.unknown].map(number),
];

function marks(part: PartSummary): Html | undefined {
  const { recoveryMs } = part;
  const all = inOrder(part);
  const list = html`<ol class="marks">${all.map(({ at, until, text, proof: facts }) => {
    return html`<li>${text}, ${range(at, until)}<span class="muted">${proof(facts)}</span></li>`;
  })}</ol>`;
  const recovered = html`<p class="small">${recoveryMs === 0 ? 'No answer was missing.' : html`Recovered after ${duration(recoveryMs)}.`}</p>`;
  return html`${all.length === 0 ? undefined : list}${recoveryMs === null ? undefined : recovered}`;
}

function lost(report: Report, part: PartSummary): Html | undefined {
  const { count, named } = part.lost;
  if (count === 0) return undefined;
  const rows = named.map(
    ({ user, at, server, cause }): Row => [user, clock(at), server ?? '–', cause ?? 'no cause can be named'],
  );
  const title = `${number(count)} signed out without asking for it${count > named.length ? `, ${number(named.length)} of them by name` : ''}`;
  return dataTable(`${title}, ${nameOf(report, part)}`, title, ['user', 'when', 'server', 'cause'], rows);
}

function latency(report: Report, scenario: Scenario, parts: readonly PartSummary[]): Html | undefined {
  const measured = parts.filter(({ responseTime }) => responseTime.count > 0);
  const drawn = loaded(report).filter((part) => parts.includes(part) && part.responseTime.curve.length > 1);
  const lines = drawn.map((part) => ({
    name: sideText(report, part),
    part,
    index: report.sides.findIndex(({ id }) => id === part.side),
  }));
  if (measured.length === 0) return undefined;
  const rows = measured.flatMap((part): Row[] =>
    (['responseTime', 'serviceTime', 'signInTime'] as const)
      .filter((key) => part[key].count > 0)
      .map((key) => {
        const { p50, p90, p99, p999, max, mean, count } = part[key];
        return [
          `${sideText(report, part)}, ${TIMES[key]}`,
          number(count),
          ...[p50, p90, p99, p999, max, mean].map(duration),
        ];
      }),
  );
  const head = ['mode', 'samples', 'p50', 'p90', 'p99', 'p99.9', 'max', 'mean'];
  const table = (summary: string) => dataTable(`Latencies, ${scenario.text}`, summary, head, rows);
  if (lines.length === 0) return table('latencies (too few answers for a chart)');
  const chart = trusted(percentileChart(lines, `Response time by percentile, ${scenario.text}`));
  return html`<figure class="percentiles"><figcaption><h3>Latency by percentile</h3><span class="small muted">Response time, from the intended moment to the last byte; both axes logarithmic</span></figcaption>
${chart}${table('table of this chart')}</figure>`;
}

const TIMES = {
  responseTime: 'response (intended to last byte)',
  serviceTime: 'service (sent to last byte)',
  signInTime: 'sign-in',
} as const;
