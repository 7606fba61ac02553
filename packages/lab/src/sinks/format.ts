// Figures as people read them, alike in every sink. Nothing is computed here but the unit.

import type { Cell, Check, PartSummary, Report, Verdict } from '../contracts/report.ts';

export const VERDICT_WORDS: Record<Verdict, string> = { holds: 'It holds', broken: 'Broken', unknown: 'Unknown' };
/** Readable without colour. */
export const VERDICT_SIGNS: Record<Verdict, string> = { holds: '✓', broken: '✗', unknown: '?' };
export const CHECK_KINDS = {
  ledger: 'The ledger',
  experiment: 'This experiment',
  threshold: 'Thresholds',
  control: 'Controls',
  generator: 'The generator',
} as const;
/** What makes a report believable stands apart from what it claims. */
export const CLAIMS = ['experiment', 'ledger', 'threshold'] as const;
export const CONTROLS = ['control', 'generator'] as const;

const NONE = '–';
/** No line breaks between a figure and its unit; the plain-text sinks put an ordinary space there in the end. */
export const NBSP = '\u00a0';
export const plainSpaces = (text: string): string => text.replaceAll(NBSP, ' ');

const plain = (value: number, digits: number): string =>
  value.toLocaleString('en-US', { maximumFractionDigits: digits, useGrouping: true });

/** Three digits are as many as a measurement on a shared machine bears. */
const rounded = (value: number): string => plain(value, value === 0 || value >= 100 ? 0 : value >= 10 ? 1 : 2);

export const number = (value: number | null | undefined): string => (value == null ? NONE : plain(value, 0));

/** Milliseconds with a unit: `0.42 ms`, `12.3 ms`, `1.24 s`, `2 min 5 s`. */
export function duration(ms: number | null | undefined): string {
  if (ms == null) return NONE;
  if (ms < 1_000) return `${rounded(ms)}${NBSP}ms`;
  if (ms < 120_000) return `${rounded(ms / 1_000)}${NBSP}s`;
  const seconds = Math.round(ms / 1_000);
  return `${Math.floor(seconds / 60)}${NBSP}min${NBSP}${seconds % 60}${NBSP}s`;
}

/** Milliseconds in the seconds of a time axis: `8.0 s`. */
export const clock = (ms: number): string => `${(ms / 1_000).toFixed(1)}${NBSP}s`;

export function bytes(value: number | null | undefined): string {
  if (value == null) return NONE;
  const units = ['bytes', 'KiB', 'MiB', 'GiB', 'TiB'];
  const power = value < 1 ? 0 : Math.min(units.length - 1, Math.floor(Math.log2(value) / 10));
  return `${rounded(value / 1024 ** power)}${NBSP}${units[power]}`;
}

export const percent = (share: number): string => `${rounded(share * 100)}${NBSP}%`;

/** A value with the unit that it was measured in. */
export function figure(value: number, unit: string): string {
  if (unit === 'bytes' || unit === 'byte') return bytes(value);
  if (unit === 'ms') return duration(value);
  return unit === '' ? rounded(value) : `${rounded(value)}${NBSP}${unit}`;
}

export const range = (from: number, to: number | undefined): string =>
  to === undefined ? clock(from) : `${clock(from)} to ${clock(to)}`;

/** ` (pid 4242, signal SIGKILL)`, or nothing where there is no proof. */
export function proof(facts: Readonly<Record<string, string | number | null>>): string {
  const told = Object.entries(facts).filter(([, value]) => value !== null);
  if (told.length === 0) return '';
  return ` (${told.map(([name, value]) => `${name.replaceAll('_', ' ')} ${value}`).join(', ')})`;
}

/** Where somebody asked once or twice, bins and the generator's schedule say nothing. */
const LOADED_FROM = 50;
export const loaded = ({ parts }: Report): PartSummary[] =>
  parts.filter(({ responseTime }) => responseTime.count >= LOADED_FROM);

/** Why the verdict is not "it holds": said right below it, wherever else it stands. */
export const doubts = ({ checks }: Report): Check[] => checks.filter(({ outcome }) => outcome !== 'holds');

/** What differs from the promise is marked with a sign, not by colour alone. */
export const cellText = ({ outcome, text }: Cell): string =>
  outcome === 'broken' || outcome === 'unknown' ? `${VERDICT_SIGNS[outcome]} ${text}` : text;

/** What a cell was measured by, as far as it was. */
export function cellFigures({ lost, exposureMs, p99Ms, errors }: Cell): [name: string, value: string][] {
  const rows: [string, string | undefined][] = [
    ['lost', lost === undefined ? undefined : number(lost)],
    ['exposure', exposureMs === undefined ? undefined : duration(exposureMs)],
    ['p99', p99Ms === undefined ? undefined : duration(p99Ms)],
    ['errors', errors === undefined ? undefined : number(errors)],
  ];
  return rows.filter((row): row is [string, string] => row[1] !== undefined);
}

/** The part's side as its column's head says it. */
export const sideText = ({ sides }: Report, { side }: { side: string }): string =>
  sides.find(({ id }) => id === side)?.text ?? side;

/** The part's scenario and side in words. */
export const nameOf = (report: Report, part: { scenario: string; side: string }): string =>
  `${report.scenarios.find(({ id }) => id === part.scenario)?.text ?? part.scenario}, ${sideText(report, part)}`;

/** The environment as rows of a list; what was not there is left out. */
export function environmentRows({ environment, durationMs, seed }: Report): [name: string, value: string][] {
  const limits = Object.entries(environment.limits).map(([name, value]) => `${name.replaceAll('_', ' ')} ${value}`);
  const rows: [string, string | undefined][] = [
    ['Measured', `${environment.measuredAt.replace(/\.\d+Z$/, 'Z')}, in ${duration(durationMs)}`],
    ['CPU', `${environment.cpu}, ${environment.cores} cores`],
    ['Memory', bytes(environment.memoryBytes)],
    ['System', environment.platform],
    ['Node', environment.node],
    ['Redis', environment.redis],
    ['nginx', environment.nginx],
    ['Gateway', environment.gateway],
    ['Pinned', environment.pinned],
    ['Limits', limits.length === 0 ? undefined : limits.join(', ')],
    ['Commit', environment.commit],
    ['Lockfile', environment.lockfile],
    ['Seed', String(seed)],
  ];
  return rows.filter((row): row is [string, string] => row[1] !== undefined);
}
