// The rows as a table on a terminal. It computes nothing.

import type { Row } from '../summary.ts';
import { between, interval, share, whole } from './format.ts';

const HEAD = [
  'side',
  'requests/s',
  'of bare',
  '(95 %)',
  '(10th–90th)',
  'per CPU',
  'p50 ms',
  'p99 ms',
  'busy',
  'commands',
  'pairs',
  'left out',
];

export function toTable(rows: readonly Row[]): string {
  const cells = [HEAD, ...rows.map(cellsOf)];
  const widths = HEAD.map((_, column) => Math.max(...cells.map((row) => row[column]?.length ?? 0)));
  const line = (row: readonly string[]) =>
    row
      .map((cell, column) => (column === 0 ? cell.padEnd(widths[0] ?? 0) : cell.padStart(widths[column] ?? 0)))
      .join('  ');
  const failed = rows.filter((row) => row.failed > 0).map((row) => `${row.title}: ${row.failed} answers failed`);
  return `${[...cells.map(line).map((text) => text.trimEnd()), ...failed].join('\n')}\n`;
}

function cellsOf(row: Row): string[] {
  return [
    row.title,
    whole(row.perSecond),
    share(row.share.mean),
    interval(row.share),
    between(row.spread),
    row.cpuShare === undefined ? '–' : share(row.cpuShare.mean),
    row.p50Ms.toFixed(2),
    row.p99Ms.toFixed(2),
    row.busy === undefined ? '–' : share(row.busy),
    row.commands === undefined ? '' : row.commands.toFixed(2),
    String(row.pairs),
    String(row.dropped),
  ];
}
