// The report on a terminal, or in a file: the verdict first, the line to run it again last. Colour helps, and is never
// needed: a sign stands before everything that it would say.

import { styleText } from 'node:util';
import type { Check, PartSummary, Report } from '../contracts/report.ts';
import {
  CHECK_KINDS,
  CLAIMS,
  CONTROLS,
  cellFigures,
  cellText,
  doubts,
  duration,
  environmentRows,
  figure,
  loaded,
  NBSP,
  nameOf,
  number,
  percent,
  plainSpaces,
  proof,
  range,
  VERDICT_SIGNS,
  VERDICT_WORDS,
} from './format.ts';
import { type TextCell, textTable, wrap } from './table.ts';

export interface TextOptions {
  /** Columns; default 100. */
  readonly width?: number;
  /** Default false. Whoever prints knows whether it is a terminal, and what NO_COLOR says. */
  readonly colour?: boolean;
  /** Lines of whoever prints, such as where the files are: below the report, above the lines that stand to the letter. */
  readonly after?: readonly string[];
}

type Style = Parameters<typeof styleText>[0];
type Paint = (style: Style, text: string) => string;

interface Context {
  readonly report: Report;
  readonly width: number;
  readonly paint: Paint;
  readonly after: readonly string[];
}

const COLOURS = { holds: 'green', broken: 'red', unknown: 'yellow' } as const;

export function toText(report: Report, { width = 100, colour = false, after = [] }: TextOptions = {}): string {
  const paint: Paint = (style, text) => (colour ? styleText(style, text, { validateStream: false }) : text);
  const context: Context = { report, width: Math.max(40, width), paint, after };
  const sections = [head, matrix, claims, figures, marks, belief, notes, environment, end];
  const lines = sections.map((section) => section(context)).filter((section) => section.length > 0);
  return plainSpaces(`${lines.map((section) => section.join('\n')).join('\n\n')}\n`);
}

function head({ report, width, paint }: Context): string[] {
  const word = `${VERDICT_SIGNS[report.verdict]} ${VERDICT_WORDS[report.verdict]}.`;
  const [first = '', ...rest] = wrap(`${word} ${report.sentence}`, width);
  return [
    first.replace(word, paint(['bold', COLOURS[report.verdict]], word)),
    ...rest,
    ...doubts(report).flatMap(({ outcome, text, detail }) =>
      indented(`${VERDICT_SIGNS[outcome]} ${text}: ${detail}`, width),
    ),
    '',
    ...wrap(`${report.title}: ${report.question}`, width).map((line) => paint('dim', line)),
  ];
}

/** One row for each scenario, one column for each side; a list where the terminal is too narrow for that. */
function matrix({ report, width, paint }: Context): string[] {
  const { sides, scenarios } = report;
  const cellAt = (scenario: string, side: string): TextCell => {
    const cell = report.cells.find((one) => one.scenario === scenario && one.side === side);
    if (cell === undefined) return { text: '–' };
    const style =
      cell.outcome === 'broken' ? 'red' : ({ good: 'green', bad: 'yellow', neutral: 'dim' } as const)[cell.tone];
    const figures = cellFigures(cell)
      .map((pair) => pair.join(NBSP))
      .join(', ');
    return {
      text: `${cellText(cell)}
${figures}`.trim(),
      paint: (line) => paint(style, line),
    };
  };
  const header = ['', ...sides.map(({ text }) => text)].map((text) => ({
    text,
    paint: (line: string) => paint('bold', line),
  }));
  const rows = scenarios.map(({ id, text }) => [{ text }, ...sides.map((side) => cellAt(id, side.id))]);
  const table = textTable([header, ...rows], width);
  if (table !== undefined) return table;
  return scenarios.flatMap((scenario) => [
    paint('bold', scenario.text),
    ...sides.flatMap((side) => {
      const { text, paint: painted = (line: string) => line } = cellAt(scenario.id, side.id);
      return [
        `  ${side.text}:`,
        ...text
          .split('\n')
          .flatMap((line) => wrap(line, width - 4))
          .map((line) => `    ${painted(line)}`),
      ];
    }),
  ]);
}

const BELIEF = 'Why this can be believed';

const claims = (context: Context): string[] => checkLines(context, 'Checks', CLAIMS);

function checkLines({ report, width, paint }: Context, title: string, kinds: readonly Check['kind'][]): string[] {
  const checks = kinds.flatMap((kind) => report.checks.filter((check) => check.kind === kind));
  if (checks.length === 0) return [];
  const line = ({ outcome, text, detail, kind }: Check): string[] => {
    const [first = '', ...rest] = wrap(`${text}: ${detail} (${CHECK_KINDS[kind].toLowerCase()})`, width - 4);
    return [`  ${paint(COLOURS[outcome], VERDICT_SIGNS[outcome])} ${first}`, ...rest.map((more) => `    ${more}`)];
  };
  return [paint('bold', title), ...checks.flatMap(line)];
}

function figures({ report, width, paint }: Context): string[] {
  const rows = loaded(report).map((part) => figureRow(report, part));
  const extra = report.parts.flatMap((part) =>
    Object.values(part.figures).flatMap(({ value, unit, text }) =>
      indented(`${nameOf(report, part)}: ${text} ${figure(value, unit)}`, width),
    ),
  );
  if (rows.length === 0) return extra.length === 0 ? [] : [paint('bold', 'Figures'), ...extra];
  const header = ['', 'answers', 'per s', 'p50', 'p99', 'p99.9', 'max'].map((text) => ({ text }));
  const title = wrap('Figures: response time from the intended moment to the last byte', width);
  return [...title.map((line) => paint('bold', line)), ...plainTable([header, ...rows], width), ...extra];
}

function figureRow(report: Report, part: PartSummary): TextCell[] {
  const { responseTime: time, rate } = part;
  const texts = [number(time.count), number(rate.achieved), ...[time.p50, time.p99, time.p999, time.max].map(duration)];
  return [nameOf(report, part), ...texts].map((text) => ({ text }));
}

function marks({ report, width, paint }: Context): string[] {
  const lines = report.parts.flatMap((part) =>
    part.marks.flatMap(({ at, until, text, proof: facts }) => {
      return indented(`${nameOf(report, part)}, ${range(at, until)}: ${text}${proof(facts)}`, width);
    }),
  );
  return lines.length === 0 ? [] : [paint('bold', 'What was done'), ...lines];
}

function belief(context: Context): string[] {
  const { report, width, paint } = context;
  const checks = checkLines(context, BELIEF, CONTROLS);
  const parts = loaded(report);
  if (parts.length === 0) return checks;
  const header = ['the generator', 'samples', 'late p99', 'late max', 'CPU', 'loop p99', 'dropped'].map((text) => ({
    text,
  }));
  const rows = parts.map((part) => generatorRow(report, part));
  return [...(checks.length === 0 ? [paint('bold', BELIEF)] : checks), ...plainTable([header, ...rows], width)];
}

function generatorRow(report: Report, part: PartSummary): TextCell[] {
  const { latenessP99, latenessMax, cpu, eventLoopDelayP99, dropped, believable } = part.generator;
  return [
    `${believable ? '' : '? '}${nameOf(report, part)}`,
    number(part.responseTime.count),
    duration(latenessP99),
    duration(latenessMax),
    percent(cpu),
    duration(eventLoopDelayP99),
    number(dropped),
  ].map((text) => ({ text }));
}

/** Two spaces before the first line, four before what follows. */
const indented = (text: string, width: number): string[] =>
  wrap(text, width - 4).map((line, index) => `${index === 0 ? '  ' : '    '}${line}`);

/** Rows without lines between them; one after the other where they do not fit. */
const plainTable = (rows: readonly (readonly TextCell[])[], width: number): string[] =>
  textTable(rows, width, false) ?? rows.flatMap((row) => wrap(row.map(({ text }) => text).join('; '), width));

function notes({ report, width, paint }: Context): string[] {
  if (report.notes.length === 0) return [];
  return [
    paint('bold', 'Notes'),
    ...report.notes.flatMap((note) =>
      wrap(note, width - 4).map((line, index) => `${index === 0 ? '  ' : '    '}${line}`),
    ),
  ];
}

function environment({ report, width, paint }: Context): string[] {
  const rows = environmentRows(report);
  const column = Math.max(...rows.map(([name]) => name.length)) + 2;
  return [
    paint('bold', 'Environment'),
    ...rows.flatMap(([name, value]) =>
      wrap(value, width - column - 2).map((line, index) => `  ${(index === 0 ? name : '').padEnd(column)}${line}`),
    ),
  ];
}

/** The lines that the course wants to the letter come last, so that `tail` finds them. */
function end({ report, paint, after }: Context): string[] {
  const again = `Again: ${paint('bold', report.again)}`;
  const files = after.length === 0 ? [] : ['', ...after];
  return [again, ...files, ...(report.lines.length === 0 ? [] : ['', ...report.lines])];
}
