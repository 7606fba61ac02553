// More servers join while all users are signed in: who stays signed in, without and with affinity at the gateway.

import type { MarkEvent } from '../contracts/events.ts';
import type { Experiment, ExperimentContext, Judgement, Part, PartSummary, Seen } from '../contracts/experiment.ts';
import { describeAnyFailures, describeLost, judgeFailures } from '../judge/parts.ts';
import { createPopulation } from '../load/population.ts';
import { type Gateway, startGateway } from '../processes/gateway.ts';
import type { ServerProcess } from '../processes/server.ts';
import { pickSides } from '../setup/sides.ts';
import { describeKept } from './crash.ts';
import { type FaultUnderLoad, runUnderFault, SCATTERED } from './under-fault.ts';

export const scale: Experiment = {
  id: 'scale',
  title: 'Scale out',
  question: 'All users are signed in at one server, and more servers join. Who stays signed in?',
  hypothesis:
    'A signed token and a shared store need no affinity; sessions in the memory of a server are lost without it and kept ' +
    'with it.',
  summary: '1 → 3 → 10 servers under load, without and with affinity: who stays signed in',
  sides: pickSides('jwt', 'memory', 'memory+affinity', 'redis', 'redis+tracked'),
  onRequest: pickSides('sqlite', 'postgres'),
  scenarios: [
    { id: 'one', text: '1 server' },
    { id: 'three', text: '1 → 3 servers' },
    { id: 'all', text: '1 → {servers} servers' },
  ],
  defaults: { servers: 10, users: 200, rate: 200, seconds: 3 },
  full: { servers: 10, users: 1_000, rate: 300, seconds: 6 },
  takes: { defaults: 75, full: 138 },

  run: (lab) => lab.onEachSide(scaleUp),
  judgePart: judgeScale,
  summarize: ({ parts }) => `With more servers ${describeKept(parts.filter(({ scenario }) => scenario === 'all'))}.`,
};

async function scaleUp(context: ExperimentContext): Promise<void> {
  const { servers, users } = context.options;
  context.step('starting one server and the gateway');
  const fleet = [...(await context.startServers(1))];
  const gateway = await startGateway(context, fleet);
  const population = createPopulation(context, users);
  const steps = { one: 1, three: Math.min(3, servers), all: servers };
  for (const [scenario, to] of Object.entries(steps)) {
    const more = to - fleet.length;
    if (more > 0) {
      context.step(`starting ${more} more servers`);
      fleet.push(...(await context.startServers(more)));
    }
    await context.runPart(scenario, (part) => scaleOut(part, { fleet: fleet.slice(0, to), gateway, population }));
  }
}

export interface ScaleOut extends Pick<FaultUnderLoad, 'population' | 'rate' | 'seconds'> {
  /** All users sign in at the first; the others join under load. */
  readonly fleet: readonly ServerProcess[];
  readonly gateway: Gateway;
}

export async function scaleOut(part: Part, { fleet, gateway, ...load }: ScaleOut): Promise<void> {
  const to = fleet.length;
  const first = fleet.slice(0, 1);
  await gateway.serve(first);
  await runUnderFault(part, {
    ...load,
    at: gateway.url,
    servers: first,
    label: `scale ${to}`,
    what: `${to} servers`,
    async fault() {
      if (to === 1) return;
      const proof = { servers: to, pids: fleet.map(({ pid }) => pid).join(' ') };
      part.mark({ kind: 'scale', text: `1 → ${to} servers`, proof, ...excuseMovedUsers(part.context) });
      await gateway.serve(fleet);
    },
  });
}

function excuseMovedUsers({ side, options }: ExperimentContext): Pick<MarkEvent, 'excuses'> {
  if (side.id === 'memory') return { excuses: SCATTERED };
  // The cookie of the embedded gateway names the server.
  if (side.id !== 'memory+affinity' || options.gateway !== 'nginx') return {};
  const cause = 'nginx chooses by consistent hash: new servers take over a share of the users, without their sessions';
  return { excuses: { servers: 'all', cause } };
}

export function judgeScale(part: PartSummary, { plan }: Seen): Judgement {
  const moves = part.side === 'memory' || (part.side === 'memory+affinity' && plan.options.gateway === 'nginx');
  const loses = moves && part.scenario !== 'one';
  return {
    text: describeLost(part) + describeAnyFailures(part),
    outcome: judgeFailures(part, part.lost.count > 0 === loses),
    tone: part.lost.count === 0 ? 'good' : 'bad',
  };
}
