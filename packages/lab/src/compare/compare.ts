// Reports of one experiment, side by side: before and after a change, this machine and another one, a class.
//
//   reports ── compareReports ──> Comparison ──> text, JSON, Markdown, HTML

import { createUsageError } from '../common/errors.ts';
import { formatCount } from '../common/format.ts';
import type { Cell, Environment, Report, Scenario, Side } from '../contracts/report.ts';
import { describeDifferences, type NamedReport } from './differences.ts';

const COMPARISON_SCHEMA = 'statecraft.comparison/1';

interface ComparedFigure {
  readonly scenario: string;
  readonly side: string;
  readonly name: string;
  readonly text: string;
  readonly value: number;
  readonly unit: string;
}

interface ComparedRun extends Pick<Report, 'verdict' | 'coverage' | 'sentence' | 'seed' | 'again' | 'durationMs'> {
  readonly name: string;
  readonly environment: Environment;
  readonly cells: readonly Cell[];
  readonly figures: readonly ComparedFigure[];
}

export interface Comparison {
  readonly schema: typeof COMPARISON_SCHEMA;
  readonly experiment: string;
  readonly title: string;
  readonly question: string;
  /** What makes the runs less comparable: sizes, seeds, machines, versions. A sentence each. */
  readonly differences: readonly string[];
  /** Those of all runs, in the order in which they first occur. */
  readonly scenarios: readonly Scenario[];
  readonly sides: readonly Side[];
  readonly runs: readonly ComparedRun[];
}

/** @throws LabError (64) for fewer than two runs, and for runs of different experiments. */
export function compareReports(reports: readonly NamedReport[]): Comparison {
  const [first] = reports;
  if (first === undefined || reports.length < 2)
    throw createUsageError(`A comparison needs two runs or more, and has ${formatCount(reports.length)}.`);
  const other = reports.find(({ report }) => report.experiment !== first.report.experiment);
  if (other !== undefined)
    throw createUsageError(
      `Only runs of one experiment can be compared: ${first.name} is of ${first.report.experiment}, ${other.name} of ${other.report.experiment}.`,
    );
  const { experiment, title, question } = first.report;
  return {
    schema: COMPARISON_SCHEMA,
    experiment,
    title,
    question,
    differences: describeDifferences(reports),
    scenarios: collectById(reports.flatMap(({ report }) => report.scenarios)),
    sides: collectById(reports.flatMap(({ report }) => report.sides)).map(({ id, text }) => ({ id, text })),
    runs: reports.map(pickRun),
  };
}

const collectById = <T extends { readonly id: string }>(items: readonly T[]): T[] =>
  items.filter(({ id }, index) => items.findIndex((other) => other.id === id) === index);

function pickRun({ name, report }: NamedReport): ComparedRun {
  const { verdict, coverage, sentence, seed, again, durationMs, environment, cells, parts } = report;
  const figures = parts.flatMap(({ scenario, side, figures: own }) =>
    Object.entries(own).map(([figure, { text, value, unit }]) => ({ scenario, side, name: figure, text, value, unit })),
  );
  return { name, verdict, coverage, sentence, seed, again, durationMs, environment, cells, figures };
}
