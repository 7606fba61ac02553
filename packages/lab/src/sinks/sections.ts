// Everything of a report below its matrix, as lists and tables: the formats differ only in how they draw them.

import { formatBytes, formatCount, formatFigure, formatMs, formatPercent } from '../common/format.ts';
import type { Check, PartSummary, Report, Verdict } from '../contracts/report.ts';
import { formatFailures, formatLost } from '../judge/failover.ts';
import { formatPartName, formatProof, formatRange, formatScenario, listLoadedParts } from './format.ts';

export interface Section {
  readonly id: 'checks' | 'failover' | 'figures' | 'marks' | 'belief' | 'notes' | 'environment';
  readonly title: string;
  readonly items: readonly Item[];
  readonly table?: Table;
}

export interface Item {
  readonly outcome?: Verdict;
  readonly text: string;
}

export interface Table {
  readonly head: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

const CHECK_KINDS: Record<Check['kind'], string> = {
  experiment: 'this experiment',
  ledger: 'the ledger',
  threshold: 'thresholds',
  control: 'controls',
  generator: 'the generator',
};
/** What a report claims, and what makes it believable. */
const CLAIMS: readonly Check['kind'][] = ['experiment', 'ledger', 'threshold'];
const CONTROLS: readonly Check['kind'][] = ['control', 'generator'];

/** Without those that are empty. */
export function createSections(report: Report): Section[] {
  const sections: Section[] = [
    { id: 'checks', title: 'Checks', items: listChecks(report, CLAIMS) },
    createFailoverSection(report),
    createFiguresSection(report),
    { id: 'marks', title: 'What was done', items: listMarks(report) },
    {
      id: 'belief',
      title: 'Why this can be believed',
      items: listChecks(report, CONTROLS),
      ...createTable(GENERATOR_HEAD, listGeneratorRows(report)),
    },
    { id: 'notes', title: 'Notes', items: report.notes.map((text) => ({ text })) },
    { id: 'environment', title: 'Environment', items: listEnvironment(report) },
  ];
  return sections.filter(({ items, table }) => items.length > 0 || table !== undefined);
}

/** Latencies of loaded parts, and the other figures of all parts. */
export function createFiguresSection(report: Report): Section {
  const rows = listLoadedParts(report).map((part) => [
    formatPartName(report, part),
    ...[part.responseTime.count, part.rate.achieved].map(formatCount),
    ...[part.responseTime.p50, part.responseTime.p99, part.responseTime.p999, part.responseTime.max].map(formatMs),
  ]);
  const items = report.parts.flatMap((part) =>
    Object.values(part.figures).map(({ value, unit, text }) => ({
      text: `${formatPartName(report, part)}: ${text} ${formatFigure(value, unit)}`,
    })),
  );
  const head = ['response time', 'answers', 'per s', 'p50', 'p99', 'p99.9', 'max'];
  return { id: 'figures', title: 'Figures', items, ...createTable(head, rows) };
}

const FAILOVER_HEAD = [
  'since it began',
  'sign-ins lost',
  'sign-outs undone',
  'sign-ins, sign-outs failed',
  'reads failed',
  'users affected',
];

/** What each failover cost; empty without one. */
export function createFailoverSection(report: Report): Section {
  const rows = report.parts.flatMap(({ failover, ...part }) => {
    if (failover === undefined) return [];
    const { signIns, signOuts, writes, reads, users } = failover;
    const affected = users.failed === 0 ? '0' : `${formatCount(users.failed)} of ${formatCount(users.asked)}`;
    const cells = [formatLost(signIns), formatLost(signOuts), formatFailures(writes), formatFailures(reads), affected];
    const name = report.sides.length > 1 ? formatPartName(report, part) : formatScenario(report, part);
    return [[name, ...cells]];
  });
  return { id: 'failover', title: 'What the failover cost', items: [], ...createTable(FAILOVER_HEAD, rows) };
}

const createTable = (head: readonly string[], rows: Table['rows']): { table?: Table } =>
  rows.length === 0 ? {} : { table: { head, rows } };

/** Why the verdict is not "as expected": shown directly below it. */
export const listDoubts = ({ checks }: Report): Item[] =>
  checks
    .filter(({ outcome }) => outcome !== 'holds')
    .map(({ outcome, text, detail }) => ({ outcome, text: `${text}: ${detail}` }));

function listChecks({ checks }: Report, kinds: readonly Check['kind'][]): Item[] {
  return kinds
    .flatMap((kind) => checks.filter((check) => check.kind === kind))
    .map(({ outcome, text, detail, kind }) => ({ outcome, text: `${text}: ${detail} (${CHECK_KINDS[kind]})` }));
}

const listMarks = (report: Report): Item[] =>
  report.parts.flatMap((part) =>
    part.marks.map(({ at, until, text, proof }) => ({
      text: `${formatPartName(report, part)}, ${formatRange(at, until)}: ${text}${formatProof(proof)}`,
    })),
  );

const GENERATOR_HEAD = ['the generator', 'samples', 'late p99', 'late max', 'CPU', 'loop p99', 'dropped'];

const listGeneratorRows = (report: Report): string[][] =>
  listLoadedParts(report).map((part: PartSummary) => {
    const { latenessP99, latenessMax, cpu, eventLoopDelayP99, dropped, believable } = part.generator;
    return [
      `${believable ? '' : '? '}${formatPartName(report, part)}`,
      formatCount(part.responseTime.count),
      formatMs(latenessP99),
      formatMs(latenessMax),
      formatPercent(cpu),
      formatMs(eventLoopDelayP99),
      formatCount(dropped),
    ];
  });

function listEnvironment({ environment, durationMs, seed }: Report): Item[] {
  const limits = Object.entries(environment.limits).map(([name, value]) => `${name.replaceAll('_', ' ')} ${value}`);
  const facts: readonly (readonly [string, string | undefined])[] = [
    ['Measured', `${environment.measuredAt.replace(/\.\d+Z$/, 'Z')}, in ${formatMs(durationMs)}`],
    ['CPU', `${environment.cpu}, ${environment.cores} cores`],
    ['Memory', formatBytes(environment.memoryBytes)],
    ['System', environment.platform],
    ['Node', environment.node],
    ['Redis', environment.redis],
    ['PostgreSQL', environment.postgres],
    ['nginx', environment.nginx],
    ['Gateway', environment.gateway],
    ['Pinned', environment.pinned],
    ['Limits', limits.length === 0 ? undefined : limits.join(', ')],
    ['Commit', environment.commit],
    ['Lockfile', environment.lockfile],
    ['Seed', String(seed)],
  ];
  return facts.flatMap(([name, value]) => (value === undefined ? [] : [{ text: `${name}: ${value}` }]));
}
