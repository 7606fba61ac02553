// How many parts a run has, and how long it is likely to take: for the progress, before anything is measured.

import type { Lab } from '../contracts/context.ts';
import type { Experiment, PlannedRun } from '../contracts/experiment.ts';

/** The measured time of this size, for the sides of this run; more or fewer seconds of load are added. */
export function estimateRun(experiment: Experiment, { plan, sides }: Pick<Lab, 'plan' | 'sides'>): PlannedRun {
  const { options, scenarios } = plan;
  const size = options.full ? 'full' : 'defaults';
  const parts = experiment.countParts?.({ plan, sides }) ?? sides.length * scenarios.length;
  // A target is one side.
  const share = sides.length / (experiment.needsTarget ? 1 : experiment.sides.length);
  const moreLoad = (options.seconds - experiment[size].seconds) * sides.length * scenarios.length;
  return { parts, seconds: Math.max(1, Math.round(experiment.takes[size] * share + moreLoad)) };
}
