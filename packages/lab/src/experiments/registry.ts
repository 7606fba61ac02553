// Every experiment there is, in the order in which `pnpm lab` lists them.

import type { Experiment } from '../contracts/experiment.ts';
import { usageError } from '../errors.ts';
import type { Lab } from '../lab.ts';
import { unknownName } from '../nearest.ts';
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
export function experimentOf(id: string): Experiment<Lab> {
  const experiment = EXPERIMENTS[id];
  if (experiment === undefined) throw usageError(unknownName('experiment', id, Object.keys(EXPERIMENTS)));
  return experiment;
}
