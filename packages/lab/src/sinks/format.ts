// Texts that every report format shares.

import { formatCount, formatMs } from '../common/format.ts';
import type { Cell, PartSummary, Report, Verdict } from '../contracts/report.ts';

export const VERDICT_WORDS: Record<Verdict, string> = { holds: 'As expected', broken: 'Broken', unknown: 'Unknown' };
/** Readable without colour. */
export const VERDICT_SIGNS: Record<Verdict, string> = { holds: '✓', broken: '✗', unknown: '?' };

export type Headline = Verdict | 'partial';

/**
 * What a report says first. A lost user can be what a mode promises, so no words praise it. `partial`: as expected, but
 * some columns were not measured; its sign and colour are not those of `holds`.
 */
export function describeVerdict({ verdict, coverage }: Pick<Report, 'verdict' | 'coverage'>): {
  kind: Headline;
  sign: string;
  words: string;
} {
  const { measured, of } = coverage;
  if (verdict === 'holds' && measured < of)
    return { kind: 'partial', sign: '◐', words: `As expected for what was measured: ${measured} of ${of} columns` };
  return { kind: verdict, sign: VERDICT_SIGNS[verdict], words: VERDICT_WORDS[verdict] };
}

/** Milliseconds as seconds of a time axis: `8.0 s`. */
export const formatClock = (ms: number): string => `${(ms / 1_000).toFixed(1)} s`;

export const formatRange = (from: number, to: number | undefined): string =>
  to === undefined ? formatClock(from) : `${formatClock(from)} to ${formatClock(to)}`;

/** ` (pid 4242, signal SIGKILL)`, or nothing where there is no proof. */
export function formatProof(facts: Readonly<Record<string, string | number | null>>): string {
  const known = Object.entries(facts).filter(([, value]) => value !== null);
  if (known.length === 0) return '';
  return ` (${known.map(([name, value]) => `${name.replaceAll('_', ' ')} ${value}`).join(', ')})`;
}

/** With fewer requests, bins and the schedule of the generator say nothing. */
const LOADED_FROM = 50;
export const listLoadedParts = ({ parts }: Report): PartSummary[] =>
  parts.filter(({ responseTime }) => responseTime.count >= LOADED_FROM);

/** A sign, not only a colour, marks a cell that is not as promised. */
export const formatCell = ({ outcome, text }: Cell): string =>
  outcome === 'broken' || outcome === 'unknown' ? `${VERDICT_SIGNS[outcome]} ${text}` : text;

/** The figures of a cell, as far as they were measured. */
export function listCellFigures({ lost, exposureMs, p99Ms, errors }: Cell): [name: string, value: string][] {
  const rows: [string, string | undefined][] = [
    ['users lost', lost === undefined ? undefined : formatCount(lost)],
    ['exposure', exposureMs === undefined ? undefined : formatMs(exposureMs)],
    ['p99', p99Ms === undefined ? undefined : formatMs(p99Ms)],
    ['requests failed', errors === undefined ? undefined : formatCount(errors)],
  ];
  return rows.filter((row): row is [string, string] => row[1] !== undefined);
}

/** The side of a part, as the head of its column names it. */
export const formatSide = ({ sides }: Report, { side }: { side: string }): string =>
  sides.find(({ id }) => id === side)?.text ?? side;

export const formatScenario = ({ scenarios }: Report, { scenario }: { scenario: string }): string =>
  scenarios.find(({ id }) => id === scenario)?.text ?? scenario;

/** The scenario and the side of a part in words. */
export const formatPartName = (report: Report, part: { scenario: string; side: string }): string =>
  `${formatScenario(report, part)}, ${formatSide(report, part)}`;
