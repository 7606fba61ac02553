// The shape of most experiments: all users sign in, a load runs, a fault happens a third into it, and a roll call ends
// it.

import { setTimeout as delay } from 'node:timers/promises';
import type { ExperimentContext, Part } from '../contracts/experiment.ts';
import { callRoll, type OpenLoopOptions, runOpenLoop } from '../load/load.ts';
import { createPopulation, type Population } from '../load/population.ts';
import { enterUsers } from '../load/sign-in.ts';
import { startGateway } from '../processes/gateway.ts';
import type { ServerProcess } from '../processes/server.ts';

export interface FaultUnderLoad extends Pick<OpenLoopOptions, 'at' | 'label' | 'rate' | 'seconds'> {
  /** The servers that get the accounts. */
  readonly servers: readonly ServerProcess[];
  readonly population: Population;
  /** For the user: "kill -9 jwt-1". */
  readonly what: string;
  /** Called a third into the load. */
  fault(): unknown;
  /** Called two thirds into the load. */
  heal?(): unknown;
}

export async function runUnderFault(part: Part, options: FaultUnderLoad): Promise<void> {
  const { context } = part;
  const { at, servers, population, what, fault, heal } = options;
  const { rate, seconds } = { ...context.options, ...options };
  const urls = servers.map(({ url }) => url);
  await enterUsers(part, population, { at }, urls);
  await callRoll(part, population, { at });
  context.step(`${rate} requests/s for ${seconds} s; after a third: ${what}`);
  const load = runOpenLoop(part, population, options);
  const waitForThird = () => Promise.race([load, delay((seconds * 1000) / 3)]);
  await waitForThird();
  await fault();
  await waitForThird();
  await heal?.();
  await load;
  await callRoll(part, population, { at });
}

/** The servers of the options, a gateway before them, and users who are not signed in yet. */
export async function startFleet(context: ExperimentContext) {
  const { servers, users } = context.options;
  context.step(`starting ${servers} servers and the gateway`);
  const fleet = await context.startServers(servers);
  const gateway = await startGateway(context, fleet);
  return { fleet, gateway, population: createPopulation(context, users) };
}

/** Sessions in memory without affinity: a request reaches the server with the session by chance only. */
export const SCATTERED = {
  servers: 'all',
  cause: 'the session is in the memory of one server, and nothing leads the user there',
} as const;

export function markScattered(part: Part): void {
  part.mark({ kind: 'scattered', text: 'no affinity', proof: {}, at: 0, excuses: SCATTERED });
}
