// Every experiment there is, in the order in which `pnpm lab` lists them.

import type { Experiment } from '../contracts/experiment.ts';
import { usageError } from '../errors.ts';
import type { Lab } from '../lab.ts';
import { unknownName } from '../nearest.ts';
import { crash } from './crash.ts';
import { scale } from './scale.ts';
import { twoRequests } from './two-requests.ts';

export const EXPERIMENTS: Readonly<Record<string, Experiment<Lab>>> = {
  'two-requests': twoRequests,
  scale,
  crash,
};

/** @throws LabError (64) with the nearest names. */
export function experimentOf(id: string): Experiment<Lab> {
  const experiment = EXPERIMENTS[id];
  if (experiment === undefined) throw usageError(unknownName('experiment', id, Object.keys(EXPERIMENTS)));
  return experiment;
}
