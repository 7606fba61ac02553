// All experiments, in the order of the list of `npm run lab`.

import { createUsageError } from '../common/errors.ts';
import { describeUnknownName } from '../common/names.ts';
import type { Experiment } from '../contracts/experiment.ts';
import { capacity } from './capacity.ts';
import { clockStep } from './clock-step.ts';
import { clusterFailover } from './cluster-failover.ts';
import { crash } from './crash.ts';
import { databaseOutage } from './database-outage.ts';
import { failover } from './failover.ts';
import { impact } from './impact.ts';
import { load } from './load.ts';
import { pause } from './pause.ts';
import { race } from './race.ts';
import { redisOutage } from './redis-outage.ts';
import { redisRestart } from './redis-restart.ts';
import { restart } from './restart.ts';
import { revocation } from './revocation.ts';
import { rollingDeploy } from './rolling-deploy.ts';
import { scale } from './scale.ts';
import { slowRedis } from './slow-redis.ts';
import { stolenCookie } from './stolen-cookie.ts';
import { twoRequests } from './two-requests.ts';
import { watch } from './watch.ts';

const ALL = [
  impact,
  twoRequests,
  restart,
  scale,
  crash,
  pause,
  rollingDeploy,
  clockStep,
  load,
  revocation,
  stolenCookie,
  race,
  redisOutage,
  redisRestart,
  failover,
  clusterFailover,
  slowRedis,
  databaseOutage,
  capacity,
  watch,
];

/** By id. */
export const EXPERIMENTS: Readonly<Record<string, Experiment>> = Object.fromEntries(
  ALL.map((experiment) => [experiment.id, experiment]),
);

/** @throws LabError (64) with similar names. */
export function findExperiment(id: string): Experiment {
  const experiment = Object.hasOwn(EXPERIMENTS, id) ? EXPERIMENTS[id] : undefined;
  if (experiment === undefined) throw createUsageError(describeUnknownName('experiment', id, Object.keys(EXPERIMENTS)));
  return experiment;
}
