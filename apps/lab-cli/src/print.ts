// Prints a report or a comparison in the formats that were asked for.

import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import {
  type Comparison,
  type Report,
  toComparisonHtml,
  toComparisonJson,
  toComparisonMarkdown,
  toComparisonText,
  toHtml,
  toJson,
  toMarkdown,
  toText,
} from '@statecraft/lab';
import type { Arguments, Outputs } from './arguments.ts';
import { resolveUserPath, shortenPath } from './places.ts';
import { hasColour, readWidth } from './terminal.ts';

const EXIT_CODES = { holds: 0, broken: 1, unknown: 2 } as const;

interface Formats<T> {
  readonly text: (value: T, options: NonNullable<Parameters<typeof toText>[1]>) => string;
  readonly files: Readonly<Record<keyof Outputs, (value: T) => string | Promise<string>>>;
}

const REPORT: Formats<Report> = { text: toText, files: { json: toJson, html: toHtml, markdown: toMarkdown } };
const COMPARISON: Formats<Comparison> = {
  text: toComparisonText,
  files: { json: toComparisonJson, html: toComparisonHtml, markdown: toComparisonMarkdown },
};

/** `after`: lines below the text, such as the paths of files. @returns the exit code of the verdict */
export async function printReport(
  report: Report,
  { outputs, details }: Pick<Arguments, 'outputs' | 'details'>,
  after: readonly string[],
): Promise<number> {
  await print(report, REPORT, outputs, { details, after });
  return EXIT_CODES[report.verdict];
}

export const printComparison = (comparison: Comparison, outputs: Outputs): Promise<void> =>
  print(comparison, COMPARISON, outputs, { details: false, after: [] });

async function print<T>(
  value: T,
  { text, files }: Formats<T>,
  outputs: Outputs,
  { details, after }: { readonly details: boolean; readonly after: readonly string[] },
) {
  const written = await writeOutputs(value, files, outputs);
  // A format on stdout must be alone there.
  const stream = Object.values(outputs).includes('-') ? process.stderr : process.stdout;
  stream.write(
    text(value, { width: readWidth(stream), colour: hasColour(stream), details, after: [...after, ...written] }),
  );
}

async function writeOutputs<T>(value: T, files: Formats<T>['files'], outputs: Outputs): Promise<string[]> {
  const lines: string[] = [];
  for (const [name, format] of Object.entries(files)) {
    const file = outputs[name as keyof Outputs];
    if (file === undefined) continue;
    const text = await format(value);
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
