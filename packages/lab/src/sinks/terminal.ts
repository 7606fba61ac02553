// The report as a table for a terminal or a file: plain text, no colour needed to read it.

import type { Report } from '../contracts/report.ts';

const VERDICTS = { holds: 'It holds', broken: 'BROKEN', unknown: 'UNKNOWN' } as const;

export function toText(report: Report): string {
  const measured = new Map(report.cells.map((cell) => [`${cell.scenario}\n${cell.side}`, cell]));
  const rows = report.scenarios.map(({ id, text }) => [
    text,
    ...report.sides.map((side) => {
      const cell = measured.get(`${id}\n${side.id}`);
      return cell?.outcome === 'broken' ? `! ${cell.text}` : (cell?.text ?? '');
    }),
  ]);
  const { environment } = report;
  const lines = [
    report.question,
    '',
    ...toTable([['', ...report.sides.map(({ text }) => text)], ...rows]),
    '',
    `${VERDICTS[report.verdict]}: ${report.sentence}`,
    ...report.checks.filter(({ outcome }) => outcome !== 'holds').map(({ text, detail }) => `! ${text}: ${detail}`),
    ...report.notes,
    '',
    `Measured on ${environment.cpu}, ${environment.cores} cores, Node ${environment.node}` +
      `${environment.redis === undefined ? '' : `, ${environment.redis}`}, in ${(report.durationMs / 1000).toFixed(1)} s.`,
    `Again: ${report.again}`,
    ...report.lines,
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
