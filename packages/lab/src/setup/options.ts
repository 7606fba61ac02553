// The options that were typed, completed with the sizes of the experiment. Wrong options end the run here.

import { createUsageError } from '../common/errors.ts';
import { describeUnknownName } from '../common/names.ts';
import type { Experiment } from '../contracts/experiment.ts';
import type { ExperimentOptions } from '../contracts/plan.ts';
import type { Side } from '../contracts/report.ts';

/** Inclusive bounds; preflight.ts checks those of the machine. */
const BOUNDS = {
  servers: [1, 100],
  // More could not sign in within the life of a credential.
  users: [1, 1_000_000],
  rate: [1, 100_000],
  seconds: [1, 3_600],
  seed: [0, 2 ** 32 - 1],
} as const;

const DEFAULT_SEED = 1;

/**
 * @throws LabError (64): a number out of its bounds, an unknown mode, a target where faults are needed, or `insecure`
 * without a certificate to accept.
 */
export function resolveOptions(experiment: Experiment, asked: Partial<ExperimentOptions>): ExperimentOptions {
  const full = asked.full ?? false;
  const given = Object.fromEntries(Object.entries(asked).filter(([, value]) => value !== undefined));
  const options: ExperimentOptions = {
    modes: undefined,
    seed: DEFAULT_SEED,
    gateway: 'embedded',
    target: undefined,
    insecure: false,
    ...(full ? experiment.full : experiment.defaults),
    ...given,
    full,
  };
  for (const [name, [least, most]] of Object.entries(BOUNDS)) {
    const value = options[name as keyof typeof BOUNDS];
    if (!Number.isInteger(value) || value < least || value > most)
      throw createUsageError(`--${name} must be a whole number from ${least} to ${most}, and is ${value}.`);
  }
  if (options.target !== undefined && experiment.remote === undefined)
    throw createUsageError(`${experiment.id} does things to servers of its own: leave --target out.`);
  if (options.target === undefined && experiment.needsTarget === true)
    throw createUsageError(`${experiment.id} has no servers of its own: give it --target http://… and --mode.`);
  if (options.insecure && !options.target?.toLowerCase().startsWith('https:'))
    throw createUsageError('--insecure accepts a certificate that is not trusted here: it needs --target https://…');
  selectSides(experiment, options);
  return options;
}

/** All sides of an experiment, those on request last. */
export const listSides = ({ sides, onRequest = [] }: Experiment): Side[] => [...sides, ...onRequest];

/** The sides that were asked for, in the order of the experiment. */
export function selectSides(experiment: Experiment, { modes }: ExperimentOptions): Side[] {
  if (modes === undefined) return [...experiment.sides];
  const all = listSides(experiment);
  const known = all.map(({ id }) => id);
  const unknown = modes.find((mode) => !known.includes(mode));
  if (unknown !== undefined) throw createUsageError(describeUnknownName('mode', unknown, known));
  return all.filter(({ id }) => modes.includes(id));
}
