// A comparison as tables that every format draws: one of the runs, one for each scenario, one for each figure. Runs are
// rows, so that a class of thirty fits as well as two.

import { formatFigure } from '../common/format.ts';
import { describeVerdict, formatCell, listCellFigures } from '../sinks/format.ts';
import type { Table } from '../sinks/sections.ts';
import type { Comparison } from './compare.ts';

export interface TitledTable extends Table {
  readonly title: string;
}

/** What to keep in mind when reading the tables. */
export const listNotes = ({ differences }: Comparison): readonly string[] =>
  differences.length === 0 ? ['The runs have the same sizes, seed, machine and versions.'] : differences;

export const createComparisonTables = (comparison: Comparison): TitledTable[] => [
  createRunTable(comparison),
  ...comparison.scenarios.map(({ id, text }) => createScenarioTable(comparison, id, text)),
  ...createFigureTables(comparison),
];

function createRunTable({ runs }: Comparison): TitledTable {
  const rows = runs.map(({ name, verdict, coverage, seed, environment: { measuredAt, cpu, cores, node } }) => {
    const { sign, words } = describeVerdict({ verdict, coverage });
    return [name, `${sign} ${words}`, measuredAt.slice(0, 10), String(seed), `${cpu}, ${cores} cores`, node];
  });
  return { title: 'The runs', head: ['run', 'verdict', 'measured', 'seed', 'machine', 'Node'], rows };
}

function createScenarioTable({ runs, sides }: Comparison, scenario: string, title: string): TitledTable {
  const rows = runs.map(({ name, cells }) => [
    name,
    ...sides.map((side) => {
      const cell = cells.find((one) => one.scenario === scenario && one.side === side.id);
      if (cell === undefined) return '–';
      const figures = listCellFigures(cell).map((pair) => pair.join(' '));
      return [formatCell(cell), ...(figures.length === 0 ? [] : [figures.join(', ')])].join('; ');
    }),
  ]);
  return { title, head: ['run', ...sides.map(({ text }) => text)], rows };
}

/** Of the figures that at least two runs have. */
function createFigureTables({ runs, sides, scenarios }: Comparison): TitledTable[] {
  return scenarios.flatMap((scenario) => {
    const all = runs.flatMap(({ figures }) => figures.filter((figure) => figure.scenario === scenario.id));
    const names = [...new Set(all.map(({ name }) => name))].filter(
      (name) => runs.filter(({ figures }) => figures.some((figure) => figure.name === name)).length > 1,
    );
    return names.map((name) => {
      const own = all.filter((figure) => figure.name === name);
      const used = sides.filter(({ id }) => own.some(({ side }) => side === id));
      const rows = runs.map((run) => [
        run.name,
        ...used.map(({ id }) => {
          const figure = run.figures.find(
            (one) => one.name === name && one.side === id && one.scenario === scenario.id,
          );
          return figure === undefined ? '–' : formatFigure(figure.value, figure.unit);
        }),
      ]);
      return {
        title: `${scenario.text}: ${own[0]?.text ?? name}`,
        head: ['run', ...used.map(({ text }) => text)],
        rows,
      };
    });
  });
}
