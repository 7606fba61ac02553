// The report as JSON: the object itself. Its schema is made from the contract, so the two cannot differ.

import { z } from 'zod';
import { REPORT_SCHEMA, Report } from '../contracts/report.ts';

export const toJson = (report: Report): string => `${JSON.stringify(report, undefined, 2)}\n`;

/** JSON Schema (draft 2020-12) of what `toJson` writes. */
export function createReportSchema(): Record<string, unknown> {
  return { ...z.toJSONSchema(Report), title: REPORT_SCHEMA };
}

/** @throws Error that names the first place where the text is not such a report. */
export function parseReport(text: string): Report {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new Error('It is not JSON.');
  }
  const schema = typeof value === 'object' && value !== null && 'schema' in value ? value.schema : undefined;
  if (schema !== REPORT_SCHEMA)
    throw new Error(`Its schema is ${String(schema)}; this version reads ${REPORT_SCHEMA}.`);
  const result = Report.safeParse(value);
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  throw new Error(`At ${issue?.path.join('.') ?? 'the root'}: ${issue?.message ?? 'not as the schema requires'}.`);
}
