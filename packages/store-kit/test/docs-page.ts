// Writes the generated parts of docs/stores.md from results. Runs nothing, prints nothing.

import { replaceSection } from '@statecraft/infra-dev';
import { type Check, type CheckResult, POWERS, sessionStoreChecks } from '../src/index.ts';
import type { Mutant } from './mutants/base.ts';

export interface Outcomes {
  /** By the name of the store. */
  readonly stores: Readonly<Record<string, readonly CheckResult[]>>;
  /** Which mutants their check caught. */
  readonly caught: ReadonlySet<Mutant>;
  readonly mutants: readonly Mutant[];
}

/** Returns the page with new generated parts. */
export function writeParts(page: string, outcomes: Outcomes): string {
  const parts = { powers: formatPowers(), table: formatTable(outcomes), mutants: formatMutants(outcomes) };
  return Object.entries(parts).reduce((text, [name, part]) => replaceSection(text, name, part), page);
}

const formatPowers = (): string =>
  [
    '| `without` | what it is | checks that need it |',
    '|---|---|---|',
    ...Object.entries(POWERS).map(formatPower),
  ].join('\n');

function formatPower([power, text]: [string, string]): string {
  const needing = sessionStoreChecks.filter(({ needs = [] }) => needs.some((need) => need === power));
  return `| \`${power}\` | ${text} | ${needing.map(({ id }) => id).join(', ') || 'parts of some'} |`;
}

function formatTable({ stores, mutants, caught }: Outcomes): string {
  const names = Object.keys(stores);
  const rows = sessionStoreChecks.map((check) => {
    const own = mutants.filter(({ caughtBy }) => caughtBy === check.id);
    const count = `${own.filter((mutant) => caught.has(mutant)).length} of ${own.length}`;
    const outcomes = names.map((name) => formatCell(stores[name] ?? [], check));
    const cells = [check.invariant, check.text, ...outcomes, count];
    return `| ${cells.join(' | ')} |`;
  });
  return [
    `| | what every session store must keep | ${names.join(' | ')} | broken stores caught |`,
    `|--:|---|${':-:|'.repeat(names.length)}:-:|`,
    ...rows,
  ].join('\n');
}

function formatCell(results: readonly CheckResult[], { id }: Check): string {
  const outcome = results.find((result) => result.id === id)?.outcome;
  return outcome === 'passed' ? 'passes' : outcome === 'skipped' ? '–¹' : '**fails**';
}

function formatMutants({ mutants }: Outcomes): string {
  const sections = sessionStoreChecks.map(({ id, invariant }) => {
    const names = mutants.filter(({ caughtBy }) => caughtBy === id).map(({ name }) => `  - ${name}`);
    return [`- ${invariant}, \`${id}\``, ...names].join('\n');
  });
  return sections.join('\n');
}
