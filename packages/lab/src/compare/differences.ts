// What differs between runs besides their results.

import { formatBytes, formatCount } from '../common/format.ts';
import type { Report } from '../contracts/report.ts';

export interface NamedReport {
  /** Short, and unlike the others. */
  readonly name: string;
  readonly report: Report;
}

/** More groups or names than this are counted, not listed. */
const LISTED = 3;

/** `again` has every option that was typed, among them the sizes. */
const readOptions = ({ again, experiment }: Report): string => {
  const [, options = ''] = again.split(` run ${experiment}`);
  return options.replace(/ --seed \S+/, '').trim() || 'default sizes';
};

const FACTS: Readonly<Record<string, (report: Report) => string | undefined>> = {
  'Sizes and options': readOptions,
  Seeds: ({ seed }) => String(seed),
  Machines: ({ environment: { cpu, cores, memoryBytes } }) => `${cpu}, ${cores} cores, ${formatBytes(memoryBytes)}`,
  Systems: ({ environment }) => environment.platform,
  'Versions of Node': ({ environment }) => environment.node,
  'Versions of Redis': ({ environment }) => environment.redis,
  Gateways: ({ environment }) => environment.gateway,
  Commits: ({ environment }) => environment.commit,
};

export function describeDifferences(reports: readonly NamedReport[]): string[] {
  const scenarios = new Set(reports.flatMap(({ report }) => report.scenarios.map(({ id }) => id)));
  const rows = [...scenarios].map((id): [string, (report: Report) => string | undefined] => [
    `Sizes in the row "${id}"`,
    (report) => report.scenarios.find((scenario) => scenario.id === id)?.text,
  ]);
  return [...rows, ...Object.entries(FACTS)].flatMap(([what, read]) => describeDifference(what, read, reports) ?? []);
}

/** "Seeds differ: 7 (before); 8 (after)." Undefined where all runs that have the fact agree. */
function describeDifference(
  what: string,
  read: (report: Report) => string | undefined,
  reports: readonly NamedReport[],
): string | undefined {
  const groups = new Map<string, string[]>();
  for (const { name, report } of reports) {
    const value = read(report);
    if (value !== undefined) groups.set(value, [...(groups.get(value) ?? []), name]);
  }
  if (groups.size < 2) return undefined;
  if (groups.size > LISTED) return `${what} differ: ${formatCount(groups.size)} different ones.`;
  return `${what} differ: ${[...groups].map(([value, names]) => `${value} (${formatNames(names)})`).join('; ')}.`;
}

const formatNames = (names: readonly string[]): string =>
  names.length > LISTED ? `${formatCount(names.length)} runs` : names.join(', ');
