// The report as Markdown, for an issue, a wiki or docs/lab.md, which is made of these pieces.

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
  nameOf,
  number,
  percent,
  plainSpaces,
  proof,
  range,
  VERDICT_SIGNS,
  VERDICT_WORDS,
} from './format.ts';

export function toMarkdown(report: Report): string {
  const sections = [
    `# ${safe(report.title)}`,
    verdictMarkdown(report),
    `**Question.** ${safe(report.question)}\n\n**Hypothesis.** ${safe(report.hypothesis)}`,
    matrixMarkdown(report),
    titled('Checks', checkList(report, CLAIMS)),
    titled('Figures', figuresMarkdown(report)),
    titled('What was done', marks(report)),
    titled('Why this can be believed', [checkList(report, CONTROLS), generators(report)].filter(Boolean).join('\n\n')),
    titled('Notes', report.notes.map((note) => `- ${safe(note)}`).join('\n')),
    titled(
      'Environment',
      environmentRows(report)
        .map(([name, value]) => `- ${name}: ${safe(value)}`)
        .join('\n'),
    ),
    `Again:\n\n${fenced(report.again)}`,
    report.lines.length === 0 ? '' : fenced(report.lines.join('\n')),
  ];
  return plainSpaces(`${sections.filter((section) => section !== '').join('\n\n')}\n`);
}

/** With what is not as it should be, if anything is. */
export function verdictMarkdown(report: Report): string {
  const { verdict, sentence } = report;
  const why = doubts(report).map(
    ({ outcome, text, detail }) => `- ${VERDICT_SIGNS[outcome]} ${safe(text)}: ${safe(detail)}`,
  );
  return [`**${VERDICT_SIGNS[verdict]} ${VERDICT_WORDS[verdict]}.** ${safe(sentence)}`, why.join('\n')]
    .filter((text) => text !== '')
    .join('\n\n');
}

/** One row for each scenario, one column for each side; `brief` leaves out the figures below each cell's words. */
export function matrixMarkdown(report: Report, { brief = false }: { readonly brief?: boolean } = {}): string {
  const rows = report.scenarios.map(({ id, text }) => [
    `**${safe(text)}**`,
    ...report.sides.map((side) => {
      const cell = report.cells.find((one) => one.scenario === id && one.side === side.id);
      if (cell === undefined) return '–';
      const figures = brief ? [] : cellFigures(cell);
      return (
        safe(cellText(cell)) +
        (figures.length === 0 ? '' : `<br>${figures.map(([name, value]) => `${name} ${value}`).join(', ')}`)
      );
    }),
  ]);
  return table(['', ...report.sides.map(({ text }) => safe(text))], rows);
}

/** Latencies, where there were any, and whatever else was measured. */
export function figuresMarkdown(report: Report): string {
  const rows = loaded(report).map((part) => figureRow(report, part));
  const extra = report.parts.flatMap((part) =>
    Object.values(part.figures).map(
      ({ value, unit, text }) => `- ${safe(nameOf(report, part))}: ${safe(text)} ${figure(value, unit)}`,
    ),
  );
  const header = ['response time', 'answers', 'per s', 'p50', 'p99', 'p99.9', 'max'];
  return [rows.length === 0 ? '' : table(header, rows), extra.join('\n')].filter((text) => text !== '').join('\n\n');
}

function figureRow(report: Report, part: PartSummary): string[] {
  const { responseTime: time, rate } = part;
  const times = [time.p50, time.p99, time.p999, time.max].map(duration);
  return [safe(nameOf(report, part)), number(time.count), number(rate.achieved), ...times];
}

function checkList(report: Report, kinds: readonly Check['kind'][]): string {
  return kinds
    .flatMap((kind) => report.checks.filter((check) => check.kind === kind))
    .map(
      ({ outcome, text, detail, kind }) =>
        `- ${VERDICT_SIGNS[outcome]} ${safe(text)}: ${safe(detail)} (${CHECK_KINDS[kind].toLowerCase()})`,
    )
    .join('\n');
}

const marks = (report: Report): string =>
  report.parts
    .flatMap((part) =>
      part.marks.map(
        ({ at, until, text, proof: facts }) =>
          `- ${safe(nameOf(report, part))}, ${range(at, until)}: ${safe(text + proof(facts))}`,
      ),
    )
    .join('\n');

function generators(report: Report): string {
  const parts = loaded(report);
  if (parts.length === 0) return '';
  const rows = parts.map((part) => {
    const { latenessP99, latenessMax, cpu, eventLoopDelayP99, dropped, believable } = part.generator;
    const name = `${believable ? '' : '? '}${safe(nameOf(report, part))}`;
    const times = [duration(latenessP99), duration(latenessMax), percent(cpu), duration(eventLoopDelayP99)];
    return [name, number(part.responseTime.count), ...times, number(dropped)];
  });
  return table(['the generator', 'samples', 'late p99', 'late max', 'CPU', 'loop p99', 'dropped'], rows);
}

const titled = (title: string, text: string): string => (text === '' ? '' : `## ${title}\n\n${text}`);

const fenced = (text: string): string => `\`\`\`\n${text}\n\`\`\``;

function table(header: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  return [line(header), `|${header.map(() => '---').join('|')}|`, ...rows.map(line)].join('\n');
}

/** What Markdown or HTML would take for its own; line breaks would end a row. */
const safe = (text: string): string => text.replace(/[\\`*_[\]<>|]/g, (sign) => `\\${sign}`).replace(/\s*\n\s*/g, ' ');
