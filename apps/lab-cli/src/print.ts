// A report to wherever it was asked for, and the exit code that it comes to.

import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { type Report, toHtml, toJson, toMarkdown, toText } from '@statecraft/lab';
import type { Outputs } from './arguments.ts';
import { fromUser, shown } from './places.ts';
import { colourOf, widthOf } from './terminal.ts';

const EXIT = { holds: 0, broken: 1, unknown: 2 } as const;

/** `after` goes below the text: where the files are. */
export async function printReport(report: Report, outputs: Outputs, after: readonly string[]): Promise<number> {
  const written = await writeAll(report, outputs);
  // With one format on stdout, nothing else may be there.
  const stream = Object.values(outputs).includes('-') ? process.stderr : process.stdout;
  const text = toText(report, { width: widthOf(stream), colour: colourOf(stream), after: [...after, ...written] });
  stream.write(text);
  return EXIT[report.verdict];
}

async function writeAll(report: Report, outputs: Outputs): Promise<string[]> {
  const sinks = { json: toJson, html: toHtml, markdown: toMarkdown };
  const lines: string[] = [];
  for (const [name, sink] of Object.entries(sinks)) {
    const file = outputs[name as keyof Outputs];
    if (file === undefined) continue;
    const text = await sink(report);
    if (file === '-') process.stdout.write(text);
    else {
      const path = fromUser(file);
      mkdirSync(dirname(path), { recursive: true });
      writeFileSync(path, text);
      lines.push(`Written: ${shown(path)}`);
    }
  }
  return lines;
}
