import { Ajv2020 } from 'ajv/dist/2020.js';
import { describe, expect, it } from 'vitest';
import { createReportSchema, parseReport, toJson } from '../../src/sinks/json.ts';
import { brokenReport, impactReport } from '../fixtures/report.ts';

const validate = new Ajv2020({ strict: true, allowUnionTypes: true }).compile(createReportSchema());

it.each([
  ['holds', impactReport()],
  ['is broken', brokenReport()],
] as const)('writes what its JSON Schema describes when it %s', (_what, report) => {
  expect(validate(JSON.parse(toJson(report)))).toBe(true);
});

it.each<[string, (report: Record<string, unknown>) => void]>([
  ['of another version', (report) => (report.schema = 'statecraft.report/1')],
  ['without a verdict', (report) => delete report.verdict],
  ['with a verdict that there is not', (report) => (report.verdict = 'fine')],
  ['with a field that there is not', (report) => (report.extra = 1)],
  [
    'with a negative count',
    (report) => ((report.cells as { lost: number }[])[0] = { ...(report.cells as { lost: number }[])[0], lost: -1 }),
  ],
])('has a schema that refuses one %s', (_what, change) => {
  const report = JSON.parse(toJson(impactReport()));
  change(report);
  expect(validate(report)).toBe(false);
});

describe('reading', () => {
  it('gives back what was written', () => {
    expect(parseReport(toJson(impactReport()))).toEqual(impactReport());
  });

  it.each([
    ['no JSON', '{', 'It is not JSON.'],
    [
      'another version',
      '{"schema":"statecraft.report/1"}',
      'Its schema is statecraft.report/1; this version reads statecraft.report/2.',
    ],
    ['something else', '[]', 'Its schema is undefined; this version reads statecraft.report/2.'],
    ['a missing field', toJson(impactReport()).replace('"sentence"', '"sentenze"'), 'At sentence: '],
  ])('names what is wrong with %s', (_what, text, message) => {
    expect(() => parseReport(text)).toThrow(message);
  });
});
