// The report on a terminal, or in a file: the verdict first, the line that runs it again last. Signs say what colours
// say. What a first reader needs fits a screen; `details` adds the rest.

import { styleText } from 'node:util';
import type { Report } from '../contracts/report.ts';
import { describeVerdict, formatCell, listCellFigures, VERDICT_SIGNS } from './format.ts';
import { createSections, type Item, listDoubts, type Section, type Table } from './sections.ts';
import { drawTable, type TextCell, wrapText } from './table.ts';

export interface TextOptions {
  /** Columns; default 100. */
  readonly width?: number;
  /** Default false. The caller knows whether it prints on a terminal, and whether NO_COLOR is set. */
  readonly colour?: boolean;
  /** With the figures, the checks, what was done and the environment. Default false. */
  readonly details?: boolean;
  /** Further lines, such as the paths of files: above the exact last lines of the report. */
  readonly after?: readonly string[];
}

type Style = Parameters<typeof styleText>[0];

interface Drawing {
  readonly report: Report;
  readonly details: boolean;
  readonly width: number;
  readonly paint: (style: Style, text: string) => string;
}

const COLOURS = { holds: 'green', broken: 'red', unknown: 'yellow', partial: 'yellow' } as const;

export const createPaint =
  (colour = false): Drawing['paint'] =>
  (style, text) =>
    colour ? styleText(style, text, { validateStream: false }) : text;

export function toText(report: Report, { width = 100, colour, details = false, after = [] }: TextOptions = {}): string {
  const drawing: Drawing = { report, details, width: Math.max(40, width), paint: createPaint(colour) };
  const blocks = [
    drawHead(drawing),
    drawMatrix(drawing),
    ...createSections(report)
      .filter(({ id }) => details || BRIEF.includes(id))
      .map((section) => drawSection(drawing, section)),
    details ? [] : wrapText(countChecks(report), drawing.width),
    [`Again: ${drawing.paint('bold', report.again)}`],
    after,
    // The exact lines of the course come last, so that `tail` finds them.
    report.lines,
  ];
  const drawn = blocks.filter((lines) => lines.length > 0).map((lines) => lines.join('\n'));
  return `${drawn.join('\n\n')}\n`;
}

/** The sections that are drawn without `details`. */
const BRIEF: readonly Section['id'][] = ['failover', 'notes'];

/** Those that do not hold are at the head. */
function countChecks({ checks }: Report): string {
  const held = checks.filter(({ outcome }) => outcome === 'holds').length;
  return `${held} of ${checks.length} checks hold. With --details: the checks, the figures, what was done, the environment.`;
}

function drawHead(drawing: Drawing): string[] {
  const { report, width, paint } = drawing;
  const { kind, sign, words } = describeVerdict(report);
  const word = `${sign} ${words}.`;
  const [first = '', ...rest] = wrapText(`${word} ${report.sentence}`, width);
  return [
    first.replace(word, paint(['bold', COLOURS[kind]], word)),
    ...rest,
    ...drawItems(drawing, listDoubts(report)),
    '',
    ...wrapText(`${report.title}: ${report.question}`, width).map((line) => paint('dim', line)),
  ];
}

/** One row for each scenario, one column for each side; a list where the terminal is too narrow for that. */
function drawMatrix(drawing: Drawing): string[] {
  const { report, width, paint } = drawing;
  const { sides, scenarios } = report;
  const head = ['', ...sides.map(({ text }) => text)].map((text) => ({
    text,
    paint: (line: string) => paint('bold', line),
  }));
  const rows = scenarios.map(({ id, text }) => [{ text }, ...sides.map((side) => drawCell(drawing, id, side.id))]);
  const table = drawTable([head, ...rows], width);
  if (table !== undefined) return table;
  return scenarios.flatMap((scenario) => [
    paint('bold', scenario.text),
    ...sides.flatMap((side) => {
      const { text, paint: paintLine = (line: string) => line } = drawCell(drawing, scenario.id, side.id);
      const lines = text.split('\n').flatMap((line) => wrapText(line, width - 4));
      return [`  ${side.text}:`, ...lines.map((line) => `    ${paintLine(line)}`)];
    }),
  ]);
}

function drawCell({ report, details, paint }: Drawing, scenario: string, side: string): TextCell {
  const cell = report.cells.find((one) => one.scenario === scenario && one.side === side);
  if (cell === undefined) return { text: '–' };
  const tones = { good: 'green', bad: 'yellow', neutral: 'dim' } as const;
  const style = cell.outcome === 'broken' ? 'red' : tones[cell.tone];
  const figures = details ? listCellFigures(cell).map((pair) => pair.join(' ')) : [];
  return { text: `${formatCell(cell)}\n${figures.join(', ')}`.trim(), paint: (line) => paint(style, line) };
}

function drawSection(drawing: Drawing, { title, items, table }: Section): string[] {
  const rows = table === undefined ? [] : drawPlainTable(table, drawing.width);
  return [drawing.paint('bold', title), ...rows, ...drawItems(drawing, items)];
}

function drawItems({ width, paint }: Drawing, items: readonly Item[]): string[] {
  return items.flatMap(({ outcome, text }) => {
    if (outcome === undefined) return indent(text, width);
    const [first = '', ...rest] = indent(`${VERDICT_SIGNS[outcome]} ${text}`, width);
    return [first.replace(VERDICT_SIGNS[outcome], (sign) => paint(COLOURS[outcome], sign)), ...rest];
  });
}

/** Two spaces before the first line, four before the others. */
const indent = (text: string, width: number): string[] =>
  wrapText(text, width - 4).map((line, index) => `${index === 0 ? '  ' : '    '}${line}`);

/** Rows without lines between them, or with `ruled`; text where the columns do not fit. */
export function drawPlainTable({ head, rows }: Table, width: number, ruled = false): string[] {
  const cells = [head, ...rows].map((row) => row.map((text) => ({ text })));
  return drawTable(cells, width, ruled) ?? [head, ...rows].flatMap((row) => wrapText(row.join('; '), width));
}
