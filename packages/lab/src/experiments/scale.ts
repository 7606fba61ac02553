// More servers while everybody is signed in: who stays signed in, without and with affinity at the gateway.

import { setTimeout as delay } from 'node:timers/promises';
import type { ExperimentContext, Lab, Part } from '../context/lab.ts';
import type { Experiment, Plan } from '../contracts/experiment.ts';
import type { Cell, PartSummary } from '../contracts/report.ts';
import { callRoll, runOpenLoop } from '../load/load.ts';
import { createPopulation, type Population, registerAccounts, signIn } from '../load/population.ts';
import { createRandom } from '../load/random.ts';
import { type Gateway, startGateway } from '../processes/gateway.ts';
import type { ServerProcess } from '../processes/server.ts';
import { sides } from '../setup/sides.ts';
import {
  count,
  countErrors,
  createCells,
  createSentence,
  describeFailuresToo,
  judgeFailures,
  listEvidence,
} from './cells.ts';

export const scale: Experiment<Lab> = {
  id: 'scale',
  title: 'Scale out',
  question: 'Everybody is signed in at one server, and more servers join. Who stays signed in?',
  hypothesis:
    'A signed token and a shared store need no affinity; sessions in a server’s own memory are lost without it and kept ' +
    'with it.',
  summary: '1 → 3 → 10 servers under load, without and with affinity: who stays signed in',
  sides: sides('jwt', 'memory', 'memory+affinity', 'redis', 'redis+tracked'),
  scenarios: [
    { id: 'one', text: '1 server' },
    { id: 'three', text: '1 → 3 servers' },
    { id: 'all', text: '1 → {servers} servers' },
  ],
  defaults: { servers: 10, users: 200, rate: 200, seconds: 3 },
  full: { servers: 10, users: 1_000, rate: 300, seconds: 6 },
  remote: false,
  // Who is signed out does not hang on some ms.
  latenessBoundMs: 250,

  async run(lab) {
    for (const { id } of lab.sides) await lab.on(id, scaleUp);
  },

  judge(plan, parts) {
    const cells = createCells(plan, parts, (part) => scaleCell(plan, part));
    return { sentence: createSentence(cells, describeSuccess(parts)), cells, checks: [] };
  },
};

async function scaleUp(context: ExperimentContext): Promise<void> {
  const { servers, users } = context.options;
  context.step('starting one server and the gateway');
  const fleet = await context.servers(1);
  const gateway = await startGateway(context, fleet);
  const population = createPopulation(context, users);
  await context.part('one', (part) => scaleOut(context, part, { fleet, gateway, population, to: 1 }));
  for (const [scenario, to] of [
    ['three', Math.min(3, servers)],
    ['all', servers],
  ] as const) {
    context.step(`starting ${to - fleet.length} more servers`);
    fleet.push(...(await context.servers(to - fleet.length)));
    await context.part(scenario, (part) => scaleOut(context, part, { fleet, gateway, population, to }));
  }
}

export interface ScaleOut {
  readonly fleet: readonly ServerProcess[];
  readonly gateway: Gateway;
  readonly population: Population;
  /** Servers, of the fleet's. */
  readonly to: number;
  /** Undefined: as the options say. */
  readonly rate?: number;
  readonly seconds?: number;
}

/** Everybody signs in at the first server; a third into the load the others join. */
export async function scaleOut(context: ExperimentContext, part: Part, scaling: ScaleOut): Promise<void> {
  const { fleet, gateway, population, to, rate, seconds, seed } = { ...context.options, ...scaling };
  await gateway.serve(fleet.slice(0, 1));
  context.step(`signing ${count(population.users)} users in at one server`);
  await registerAccounts(
    population,
    fleet.slice(0, 1).map(({ url }) => url),
    context.signal,
  );
  await signIn(context, part, population, { at: gateway.url });
  await callRoll(context, part, population, { at: gateway.url });
  context.step(`${rate} requests/s for ${seconds} s${to > 1 ? `, and ${to} servers after a third` : ''}`);
  const random = createRandom(seed, `scale ${to}`);
  const load = runOpenLoop(context, part, population, { at: gateway.url, rate, seconds, arrivals: 'poisson', random });
  await Promise.race([load, delay((seconds * 1000) / 3)]);
  if (to > 1) {
    const cause = causeOfLoss(context);
    part.mark({
      kind: 'scale',
      text: `1 → ${to} servers`,
      proof: {
        servers: to,
        pids: fleet
          .slice(0, to)
          .map(({ pid }) => pid)
          .join(' '),
      },
      ...(cause === undefined ? {} : { excuses: { servers: 'all', cause } }),
    });
    await gateway.serve(fleet.slice(0, to));
  }
  await load;
  context.step('roll call: who is still signed in');
  await callRoll(context, part, population, { at: gateway.url });
}

function causeOfLoss({ side, options }: ExperimentContext): string | undefined {
  if (side.id === 'memory') return 'the session is in the memory of another server, and nothing leads the user there';
  // The embedded gateway's cookie names the server.
  if (side.id === 'memory+affinity' && options.gateway === 'nginx')
    return 'nginx chooses by consistent hash: with more servers, their share of the users moves away from its sessions';
  return undefined;
}

export function scaleCell({ options }: Plan, part: PartSummary): Omit<Cell, 'scenario' | 'side'> {
  const { signIns, lost } = part;
  const moved = part.side === 'memory' || (part.side === 'memory+affinity' && options.gateway === 'nginx');
  const loses = moved && part.scenario !== 'one';
  const errors = countErrors(part);
  return {
    text:
      (lost.count === 0 ? 'all stay signed in' : `${count(lost.count)} of ${count(signIns)} signed out`) +
      describeFailuresToo(part),
    outcome: judgeFailures(part, lost.count > 0 === loses),
    tone: lost.count === 0 ? 'good' : 'bad',
    lost: lost.count,
    errors,
    ...(part.responseTime.p99 === null ? {} : { p99Ms: part.responseTime.p99 }),
    evidence: listEvidence(part),
  };
}

function describeSuccess(parts: readonly PartSummary[]): string {
  const all = parts.filter(({ scenario }) => scenario === 'all');
  const kept = all.filter(({ lost }) => lost.count === 0).map(({ side }) => side);
  const lost = all.filter((part) => part.lost.count > 0);
  const losses = lost.map((part) => `${part.side} signs out ${count(part.lost.count)} of ${count(part.signIns)} users`);
  const keeps = kept.length === 0 ? [] : [`${kept.join(', ')} ${kept.length === 1 ? 'keeps' : 'keep'} everybody`];
  return `With more servers ${[...losses, ...keeps].join('; ')}.`;
}
