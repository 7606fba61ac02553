// Every experiment there is, in the order in which `pnpm lab` lists them.

import { createUsageError } from '../common/errors.ts';
import { describeUnknownName } from '../common/names.ts';
import type { Lab } from '../context/lab.ts';
import type { Experiment } from '../contracts/experiment.ts';
import { capacity } from './capacity.ts';
import { clockStep } from './clock-step.ts';
import { crash } from './crash.ts';
import { impact } from './impact.ts';
import { load } from './load.ts';
import { pauseOne } from './pause.ts';
import { race } from './race.ts';
import { redisOutage } from './redis-outage.ts';
import { redisRestart } from './redis-restart.ts';
import { restart } from './restart.ts';
import { revocation } from './revocation.ts';
import { rollingDeploy } from './rolling-deploy.ts';
import { scale } from './scale.ts';
import { slowRedis } from './slow-redis.ts';
import { twoRequests } from './two-requests.ts';
import { watch } from './watch.ts';

export const EXPERIMENTS: Readonly<Record<string, Experiment<Lab>>> = {
  impact,
  'two-requests': twoRequests,
  restart,
  scale,
  crash,
  pause: pauseOne,
  'rolling-deploy': rollingDeploy,
  'clock-step': clockStep,
  load,
  revocation,
  race,
  'redis-outage': redisOutage,
  'redis-restart': redisRestart,
  'slow-redis': slowRedis,
  capacity,
  watch,
};

/** @throws LabError (64) with the nearest names. */
export function findExperiment(id: string): Experiment<Lab> {
  const experiment = EXPERIMENTS[id];
  if (experiment === undefined) throw createUsageError(describeUnknownName('experiment', id, Object.keys(EXPERIMENTS)));
  return experiment;
}
