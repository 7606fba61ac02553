// The cells of the matrix scenario × side, and the sentence over all of them.

import type { Experiment, Seen } from '../contracts/experiment.ts';
import type { Cell, Verdict } from '../contracts/report.ts';
import { countErrors, findPart, listEvidence } from './parts.ts';

/** A cell without a part is "not measured". */
export function createCells(experiment: Experiment, seen: Seen): Cell[] {
  const { plan, parts } = seen;
  return plan.scenarios.flatMap(({ id: scenario }) =>
    plan.sides.map(({ id: side }): Cell => {
      const part = findPart(parts, side, scenario);
      if (part === undefined)
        return { scenario, side, text: 'not measured', outcome: null, tone: 'neutral', evidence: [] };
      const { evidence = [], ...judgement } = experiment.judgePart(part, seen);
      const { p99 } = part.responseTime;
      return {
        scenario,
        side,
        ...judgement,
        lost: part.lost.count,
        errors: countErrors(part),
        ...(p99 === null ? {} : { p99Ms: p99 }),
        evidence: [...listEvidence(part), ...evidence],
      };
    }),
  );
}

/** `success` where every cell holds; otherwise the cells with the worst outcome. */
export function createSentence(cells: readonly Cell[], success: () => string): string {
  const pick = (outcome: Verdict) => cells.filter((cell) => cell.outcome === outcome);
  const list = (some: readonly Cell[]) => some.map((cell) => `${cell.side}, ${cell.scenario}: ${cell.text}`).join('; ');
  if (pick('broken').length > 0) return `Not as promised: ${list(pick('broken'))}.`;
  if (pick('unknown').length > 0) return `Unknown: ${list(pick('unknown'))}.`;
  return pick('holds').length === 0 ? 'Nothing was measured.' : success();
}

/** "jwt: all stay signed in; memory: 3 of 9 signed out" */
export const listCells = (cells: readonly Cell[]): string =>
  cells.map(({ side, text }) => `${side}: ${text}`).join('; ');
