// What was counted in a scenario, as tables: what the experiment itself measured, answers by kind, servers.

import { formatBytes, formatCount, formatFigure, formatMs } from '../../common/format.ts';
import type { PartSummary, Report, Scenario } from '../../contracts/report.ts';
import { formatSide } from '../format.ts';
import { drawDataTable, type Row } from './tables.ts';
import { type Html, html } from './template.ts';

export function drawCounts(report: Report, { text }: Scenario, parts: readonly PartSummary[]): Html | undefined {
  if (parts.length === 0) return undefined;
  return html`${drawFigures(report, text, parts)}${drawAnswers(report, text, parts)}${drawServers(report, text, parts)}`;
}

function drawFigures(report: Report, scenario: string, parts: readonly PartSummary[]): Html | undefined {
  const rows = parts.flatMap((part) =>
    Object.values(part.figures).map(
      ({ text, value, unit }): Row => [formatSide(report, part), text, formatFigure(value, unit)],
    ),
  );
  if (rows.length === 0) return undefined;
  const head = ['mode', 'what', 'value'];
  return drawDataTable({ label: `Figures, ${scenario}`, summary: 'other figures', head, rows, open: true });
}

const ANSWERS: Readonly<Record<string, (part: PartSummary) => string>> = {
  'sign-ins': ({ signIns }) => formatCount(signIns),
  'sign-outs': ({ signOuts }) => formatCount(signOuts),
  ok: ({ outcomes }) => formatCount(outcomes.ok),
  'signed out': ({ outcomes }) => formatCount(outcomes.signedOut),
  'wrong user': ({ outcomes }) => formatCount(outcomes.wrongUser),
  'after sign-out': ({ outcomes }) => formatCount(outcomes.acceptedAfterSignOut),
  'exposure, max': ({ exposure }) => formatMs(exposure?.max),
  refused: ({ outcomes }) => formatCount(outcomes.refused),
  'no connection': ({ outcomes }) => formatCount(outcomes.connectionRefused),
  broken: ({ outcomes }) => formatCount(outcomes.connectionBroken),
  'timed out': ({ outcomes }) => formatCount(outcomes.timedOut),
  '5xx': ({ outcomes }) => formatCount(outcomes.serverError),
  other: ({ outcomes }) => formatCount(outcomes.otherStatus),
  'sessions / sockets / in flight': ({ concurrency: { liveSessions, openSockets, requestsInFlight } }) =>
    [liveSessions, openSockets, requestsInFlight].map(formatCount).join(' / '),
};

function drawAnswers(report: Report, scenario: string, parts: readonly PartSummary[]): Html {
  return drawDataTable({
    label: `Answers by kind, ${scenario}`,
    summary: 'answers by kind, and the three numbers of concurrency',
    head: ['mode', ...Object.keys(ANSWERS)],
    rows: parts.map((part) => [formatSide(report, part), ...Object.values(ANSWERS).map((format) => format(part))]),
  });
}

function drawServers(report: Report, scenario: string, parts: readonly PartSummary[]): Html | undefined {
  const rows = parts.flatMap((part) =>
    part.servers.map(
      ({ name, answered, rssBytes, heapBytes }): Row => [
        `${formatSide(report, part)}, ${name}`,
        formatCount(answered),
        formatBytes(rssBytes),
        formatBytes(heapBytes),
      ],
    ),
  );
  if (rows.length === 0) return undefined;
  return drawDataTable({
    label: `Servers, ${scenario}`,
    summary: 'servers: requests answered, and memory',
    head: ['server', 'answered', 'resident memory', 'heap'],
    rows,
  });
}
