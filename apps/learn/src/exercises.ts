// The exercises, in the order of the course.

import type { Exercise } from './exercise.ts';
import { addEndpoint } from './exercises/add-endpoint.ts';
import { design } from './exercises/design.ts';
import { predictCrash } from './exercises/predict-crash.ts';
import { readAToken } from './exercises/read-a-token.ts';
import { repairBenchmark } from './exercises/repair-benchmark.ts';
import { repairSessions } from './exercises/repair-sessions.ts';
import { repairTokens } from './exercises/repair-tokens.ts';
import { rotateKey } from './exercises/rotate-key.ts';
import { routeSticky } from './exercises/route-sticky.ts';
import { showSessionLoss } from './exercises/show-session-loss.ts';
import { surviveSlowStore } from './exercises/survive-slow-store.ts';
import { writeStore } from './exercises/write-store.ts';

export const EXERCISES: readonly Exercise[] = [
  readAToken,
  showSessionLoss,
  addEndpoint,
  predictCrash,
  routeSticky,
  repairSessions,
  repairTokens,
  repairBenchmark,
  surviveSlowStore,
  writeStore,
  rotateKey,
  design,
];

/** The number that the learner types: the one in the folder's name. */
export function readNumber(exercise: Exercise): number {
  return Number.parseInt(exercise.name, 10);
}
