// The report as a table for a terminal or a file: plain text, at most 100 columns, no colour needed to read it.

import type { Report } from '../report.ts';

const VERDICTS = {
  holds: 'It holds: every mode did what it promises.',
  broken: 'BROKEN: a mode did not do what it promises; the cells marked ! differ.',
  unknown: 'UNKNOWN: at least one answer was neither yes nor no; see the JSON.',
} as const;

export function toText(report: Report): string {
  const header = ['', ...report.modes];
  const rows = report.questions.map((question) => [
    question.text,
    ...report.modes.map((mode) => {
      const cell = question.cells[mode];
      if (cell === undefined) return '';
      const differs = cell.answer !== 'not-measured' && cell.answer !== cell.expected;
      return differs ? `! ${cell.text}` : cell.text;
    }),
  ]);
  const lines = [
    'When a user makes two requests, how does the server remember that it is the same person?',
    '',
    ...toTable([header, ...rows]),
    '',
    VERDICTS[report.verdict],
    ...report.notes,
    '',
    `Measured on ${report.environment.cpu}, ${report.environment.cores} cores, Node ${report.environment.node}` +
      `${report.environment.redis === undefined ? '' : `, ${report.environment.redis}`}, in ${(report.durationMs / 1000).toFixed(1)} s.`,
    `Again: ${report.again}`,
  ];
  return `${lines.join('\n')}\n`;
}

function toTable(rows: readonly (readonly string[])[]): string[] {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  const line = (row: readonly string[]) =>
    `| ${row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join(' | ')} |`;
  const rule = `|${widths.map((width) => '-'.repeat(width + 2)).join('|')}|`;
  return [line(rows[0] ?? []), rule, ...rows.slice(1).map(line)];
}
