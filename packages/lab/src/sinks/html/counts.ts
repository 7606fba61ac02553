// What was counted in a scenario, as tables: what the experiment itself measured, answers by kind, servers.

import type { PartSummary, Report, Scenario } from '../../contracts/report.ts';
import { bytes, duration, figure, number, sideText } from '../format.ts';
import { dataTable, type Row } from './tables.ts';
import { type Html, html } from './template.ts';

export function counts(report: Report, { text }: Scenario, parts: readonly PartSummary[]): Html | undefined {
  if (parts.length === 0) return undefined;
  return html`${measuredBesides(report, text, parts)}${answers(report, text, parts)}${servers(report, text, parts)}`;
}

function measuredBesides(report: Report, scenario: string, parts: readonly PartSummary[]): Html | undefined {
  const rows = parts.flatMap((part) =>
    Object.values(part.figures).map(
      ({ text, value, unit }): Row => [sideText(report, part), text, figure(value, unit)],
    ),
  );
  return rows.length === 0
    ? undefined
    : dataTable(`Measured besides, ${scenario}`, 'measured besides', ['mode', 'what', 'value'], rows, true);
}

const ANSWERS: readonly (readonly [head: string, of: (part: PartSummary) => string])[] = [
  ['sign-ins', ({ signIns }) => number(signIns)],
  ['sign-outs', ({ signOuts }) => number(signOuts)],
  ['ok', ({ outcomes }) => number(outcomes.ok)],
  ['signed out', ({ outcomes }) => number(outcomes.signedOut)],
  ['wrong user', ({ outcomes }) => number(outcomes.wrongUser)],
  ['after sign-out', ({ outcomes }) => number(outcomes.acceptedAfterSignOut)],
  ['exposure, max', ({ exposure }) => duration(exposure?.max)],
  ['refused', ({ outcomes }) => number(outcomes.refused)],
  ['no connection', ({ outcomes }) => number(outcomes.connectionRefused)],
  ['broken', ({ outcomes }) => number(outcomes.connectionBroken)],
  ['timed out', ({ outcomes }) => number(outcomes.timedOut)],
  ['5xx', ({ outcomes }) => number(outcomes.serverError)],
  ['other', ({ outcomes }) => number(outcomes.otherStatus)],
  [
    'sessions / sockets / in flight',
    ({ concurrency: { liveSessions, openSockets, requestsInFlight } }) =>
      [liveSessions, openSockets, requestsInFlight].map(number).join(' / '),
  ],
];

function answers(report: Report, scenario: string, parts: readonly PartSummary[]): Html {
  const rows = parts.map((part): Row => [sideText(report, part), ...ANSWERS.map(([, of]) => of(part))]);
  const head = ['mode', ...ANSWERS.map(([name]) => name)];
  return dataTable(
    `Answers by kind, ${scenario}`,
    'answers by kind, and “concurrent” as its three numbers',
    head,
    rows,
  );
}

function servers(report: Report, scenario: string, parts: readonly PartSummary[]): Html | undefined {
  const rows = parts.flatMap((part) =>
    part.servers.map(
      ({ name, answered, rssBytes, heapBytes }): Row => [
        `${sideText(report, part)}, ${name}`,
        number(answered),
        bytes(rssBytes),
        bytes(heapBytes),
      ],
    ),
  );
  if (rows.length === 0) return undefined;
  return dataTable(
    `Servers, ${scenario}`,
    'servers: who answered, and what they hold',
    ['server', 'answered', 'resident memory', 'heap'],
    rows,
  );
}
