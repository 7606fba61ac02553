// The shape of the three Redis experiments: everybody is signed in, the load runs, something befalls Redis a third into it.

import { setTimeout as delay } from 'node:timers/promises';
import type { ExperimentContext, Part } from '../context/lab.ts';
import { callRoll, runOpenLoop } from '../load/load.ts';
import { createPopulation, registerAccounts, signIn } from '../load/population.ts';
import { createRandom } from '../load/random.ts';
import type { ServerProcess } from '../processes/server.ts';
import { count } from './cells.ts';

export interface UnderFault {
  readonly fleet: readonly ServerProcess[];
  readonly what: string;
  /** Called a third into the load. */
  fault(part: Part): Promise<void>;
  /** Called two thirds into it. */
  heal?(part: Part): Promise<void>;
}

export async function underFault(
  context: ExperimentContext,
  part: Part,
  { fleet, what, fault, heal }: UnderFault,
): Promise<void> {
  const { users, rate, seconds, seed } = context.options;
  const at = fleet.map(({ url }) => url);
  const population = createPopulation(context, users);
  context.step(`signing ${count(users)} users in`);
  await registerAccounts(population, at, context.signal);
  await signIn(context, part, population, { at });
  await callRoll(context, part, population, { at });
  context.step(`${rate} requests/s for ${seconds} s; after a third, ${what}`);
  const random = createRandom(seed, what);
  const load = runOpenLoop(context, part, population, { at, rate, seconds, arrivals: 'poisson', random });
  const third = () => Promise.race([load, delay((seconds * 1000) / 3)]);
  await third();
  await fault(part);
  await third();
  await heal?.(part);
  await load;
  context.step('roll call: who is still signed in');
  await callRoll(context, part, population, { at });
}
