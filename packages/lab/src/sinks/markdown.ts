// The report as Markdown, for an issue, a wiki or docs/lab.md, which is made of these pieces.

import type { Report } from '../contracts/report.ts';
import { describeVerdict, formatCell, listCellFigures, VERDICT_SIGNS } from './format.ts';
import {
  createFailoverSection,
  createFiguresSection,
  createSections,
  type Item,
  listDoubts,
  type Section,
  type Table,
} from './sections.ts';

export function toMarkdown(report: Report): string {
  return `${joinBlocks([
    `# ${escapeText(report.title)}`,
    drawVerdictMarkdown(report),
    `**Question.** ${escapeText(report.question)}\n\n**Hypothesis.** ${escapeText(report.hypothesis)}`,
    drawMatrixMarkdown(report),
    ...createSections(report).map((section) => `## ${section.title}\n\n${drawSection(section)}`),
    `Again:\n\n${drawCode(report.again)}`,
    report.lines.length === 0 ? '' : drawCode(report.lines.join('\n')),
  ])}\n`;
}

/** With the checks that do not hold. */
export function drawVerdictMarkdown(report: Report): string {
  const { sign, words } = describeVerdict(report);
  return joinBlocks([`**${sign} ${words}.** ${escapeText(report.sentence)}`, drawItems(listDoubts(report))]);
}

/** One row for each scenario, one column for each side; `brief` leaves out the figures below the words of each cell. */
export function drawMatrixMarkdown(report: Report, { brief = false }: { readonly brief?: boolean } = {}): string {
  const drawCell = (scenario: string, side: string) => {
    const cell = report.cells.find((one) => one.scenario === scenario && one.side === side);
    if (cell === undefined) return '–';
    const figures = brief ? [] : listCellFigures(cell).map(([name, value]) => `${name} ${value}`);
    return escapeText(formatCell(cell)) + (figures.length === 0 ? '' : `<br>${figures.join(', ')}`);
  };
  const rows = report.scenarios.map(({ id, text }) => [
    `**${escapeText(text)}**`,
    ...report.sides.map((side) => drawCell(id, side.id)),
  ]);
  return drawTable(['', ...report.sides.map(({ text }) => escapeText(text))], rows);
}

/** Latencies, where there were any, and the other figures. */
export const drawFiguresMarkdown = (report: Report): string => drawSection(createFiguresSection(report));

/** What each failover cost. */
export const drawFailoverMarkdown = (report: Report): string => drawSection(createFailoverSection(report));

function drawSection({ table, items }: Section): string {
  return joinBlocks([table === undefined ? '' : drawMarkdownTable(table), drawItems(items)]);
}

export const drawMarkdownTable = ({ head, rows }: Table): string =>
  drawTable(
    head.map(escapeText),
    rows.map((row) => row.map(escapeText)),
  );

const drawItems = (items: readonly Item[]): string =>
  items
    .map(({ outcome, text }) => `- ${outcome === undefined ? '' : `${VERDICT_SIGNS[outcome]} `}${escapeText(text)}`)
    .join('\n');

const joinBlocks = (blocks: readonly string[]): string => blocks.filter((block) => block !== '').join('\n\n');

const drawCode = (text: string): string => `\`\`\`\n${text}\n\`\`\``;

function drawTable(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const drawRow = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  return [drawRow(head), `|${head.map(() => '---').join('|')}|`, ...rows.map(drawRow)].join('\n');
}

/** Signs of Markdown and HTML get a backslash; a line break would end a row. */
export const escapeText = (text: string): string =>
  text.replace(/[\\`*_[\]<>|]/g, (sign) => `\\${sign}`).replace(/\s*\n\s*/g, ' ');
