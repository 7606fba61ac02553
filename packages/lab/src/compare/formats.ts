// A comparison in the formats of a report.

import { drawMarkdownTable, escapeText } from '../sinks/markdown.ts';
import { wrapText } from '../sinks/table.ts';
import { createPaint, drawPlainTable, type TextOptions } from '../sinks/terminal.ts';
import type { Comparison } from './compare.ts';
import { createComparisonTables, listNotes } from './tables.ts';

export const toComparisonJson = (comparison: Comparison): string => `${JSON.stringify(comparison, undefined, 2)}\n`;

export function toComparisonText(
  comparison: Comparison,
  { width = 100, colour, after = [] }: TextOptions = {},
): string {
  const paint = createPaint(colour);
  const { title, runs } = comparison;
  const blocks = [
    [
      paint('bold', `${title}: ${runs.length} runs side by side`),
      ...listNotes(comparison).flatMap((note) => wrapText(`- ${note}`, width)),
    ],
    ...createComparisonTables(comparison).map((table) => [
      paint('bold', table.title),
      // Cells of several words need lines between the rows.
      ...drawPlainTable(table, Math.max(40, width), true),
    ]),
    after,
  ];
  const drawn = blocks.filter((lines) => lines.length > 0).map((lines) => lines.join('\n'));
  return `${drawn.join('\n\n')}\n`;
}

export function toComparisonMarkdown(comparison: Comparison): string {
  const { title, question } = comparison;
  const tables = createComparisonTables(comparison).map(
    (table) => `## ${escapeText(table.title)}\n\n${drawMarkdownTable(table)}`,
  );
  return `${[
    `# ${escapeText(title)}, side by side`,
    escapeText(question),
    listNotes(comparison)
      .map((note) => `- ${escapeText(note)}`)
      .join('\n'),
    ...tables,
  ].join('\n\n')}\n`;
}

/** One file that works offline. */
export async function toComparisonHtml(comparison: Comparison): Promise<string> {
  const { drawComparisonPage } = await import('../sinks/html/comparison.ts');
  return drawComparisonPage(comparison);
}
