// The generated parts of docs/stores.md, from what came out. Runs nothing, prints nothing.

import { type Check, type CheckResult, POWERS, sessionStoreChecks } from '../../src/testing/index.ts';
import type { Mutant } from './mutants/base.ts';

export interface Outcomes {
  readonly memory: readonly CheckResult[];
  readonly redis: readonly CheckResult[];
  /** Which mutants their check caught. */
  readonly caught: ReadonlySet<Mutant>;
  readonly mutants: readonly Mutant[];
}

/** The page, with its generated parts written anew. */
export function stepInto(page: string, outcomes: Outcomes): string {
  const parts = { powers: powers(), table: table(outcomes), mutants: mutantList(outcomes) };
  return Object.entries(parts).reduce((text, [name, part]) => {
    const [start, end] = [`<!-- generated:${name} -->\n`, `<!-- /generated:${name} -->`];
    const [before, rest] = split(text, start);
    const [, after] = split(rest, end);
    return `${before}${start}${part}\n${end}${after}`;
  }, page);
}

function split(text: string, at: string): [string, string] {
  const index = text.indexOf(at);
  if (index < 0) throw new Error(`docs/stores.md has no ${at}`);
  return [text.slice(0, index), text.slice(index + at.length)];
}

const powers = (): string =>
  ['| `without` | what it is | checks that need it |', '|---|---|---|', ...Object.entries(POWERS).map(powerRow)].join(
    '\n',
  );

function powerRow([power, text]: [string, string]): string {
  const needing = sessionStoreChecks.filter(({ needs = [] }) => needs.some((need) => need === power));
  return `| \`${power}\` | ${text} | ${needing.map(({ id }) => id).join(', ') || 'parts of some'} |`;
}

function table({ memory, redis, mutants, caught }: Outcomes): string {
  const rows = sessionStoreChecks.map((check) => {
    const mine = mutants.filter(({ caughtBy }) => caughtBy === check.id);
    const of = `${mine.filter((mutant) => caught.has(mutant)).length} of ${mine.length}`;
    return `| ${check.invariant} | ${check.text} | ${cell(memory, check)} | ${cell(redis, check)} | ${of} |`;
  });
  return [
    '| | what every session store keeps | memory | Redis | broken stores caught |',
    '|--:|---|:-:|:-:|:-:|',
    ...rows,
  ].join('\n');
}

function cell(results: readonly CheckResult[], { id }: Check): string {
  const outcome = results.find((result) => result.id === id)?.outcome;
  return outcome === 'passed' ? 'passes' : outcome === 'skipped' ? '–¹' : '**fails**';
}

function mutantList({ mutants }: Outcomes): string {
  const sections = sessionStoreChecks.map(({ id, invariant }) => {
    const names = mutants.filter(({ caughtBy }) => caughtBy === id).map(({ name }) => `  - ${name}`);
    return [`- ${invariant}, \`${id}\``, ...names].join('\n');
  });
  return sections.join('\n');
}
