// Prints a report in the formats that were asked for, and gives the exit code of its verdict.

import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { type Report, toHtml, toJson, toMarkdown, toText } from '@statecraft/lab';
import type { Outputs } from './arguments.ts';
import { resolveUserPath, shortenPath } from './places.ts';
import { hasColour, readWidth } from './terminal.ts';

const EXIT_CODES = { holds: 0, broken: 1, unknown: 2 } as const;
const FORMATS = { json: toJson, html: toHtml, markdown: toMarkdown };

/** `after`: lines below the text, such as the paths of files. */
export async function printReport(report: Report, outputs: Outputs, after: readonly string[]): Promise<number> {
  const written = await writeOutputs(report, outputs);
  // A format on stdout must be alone there.
  const stream = Object.values(outputs).includes('-') ? process.stderr : process.stdout;
  stream.write(toText(report, { width: readWidth(stream), colour: hasColour(stream), after: [...after, ...written] }));
  return EXIT_CODES[report.verdict];
}

async function writeOutputs(report: Report, outputs: Outputs): Promise<string[]> {
  const lines: string[] = [];
  for (const [name, format] of Object.entries(FORMATS)) {
    const file = outputs[name as keyof Outputs];
    if (file === undefined) continue;
    const text = await format(report);
    if (file === '-') process.stdout.write(text);
    else {
      const path = resolveUserPath(file);
      mkdirSync(dirname(path), { recursive: true });
      writeFileSync(path, text);
      lines.push(`Written: ${shortenPath(path)}`);
    }
  }
  return lines;
}
