// One of several servers hangs for a while and goes on: who waits, who is refused meanwhile, and is everybody back?

import { setTimeout as delay } from 'node:timers/promises';
import type { ExperimentContext, Lab } from '../context/lab.ts';
import type { Experiment } from '../contracts/experiment.ts';
import type { Cell, PartSummary } from '../contracts/report.ts';
import { pause, resume } from '../faults/pause.ts';
import { callRoll, runOpenLoop } from '../load/load.ts';
import { createPopulation, registerAccounts, signIn } from '../load/population.ts';
import { createRandom } from '../load/random.ts';
import { startGateway } from '../processes/gateway.ts';
import { sides } from '../setup/sides.ts';
import { count, countErrors, createCells, createSentence, describeFailures, listEvidence } from './cells.ts';

export const pauseOne: Experiment<Lab> = {
  id: 'pause',
  title: 'One server hangs',
  question: 'One of the servers hangs for a while and goes on. Who waits, who is refused meanwhile, is everybody back?',
  hypothesis:
    'The gateway leaves the hung server out; users of its memory are refused until it goes on, others only wait; ' +
    'afterwards everybody is signed in.',
  summary: 'one of three servers hangs (SIGSTOP) under load and goes on: who waits, who is refused meanwhile',
  sides: sides('jwt', 'memory+affinity', 'redis', 'redis+tracked'),
  scenarios: [{ id: 'pause', text: 'One of {servers} servers hangs for a third of {seconds} s' }],
  defaults: { servers: 3, users: 150, rate: 100, seconds: 9 },
  full: { servers: 3, users: 500, rate: 200, seconds: 15 },
  remote: false,
  latenessBoundMs: 250,

  async run(lab) {
    for (const { id } of lab.sides) await lab.on(id, hangOne);
  },

  judge(plan, parts) {
    const cells = createCells(plan, parts, cellOf);
    const good = parts.map((part) => `${part.side}: ${cellOf(part).text}`).join('; ');
    return { sentence: createSentence(cells, `While one server hangs, ${good}.`), cells, checks: [] };
  },
};

async function hangOne(context: ExperimentContext): Promise<void> {
  const { servers, users, rate, seconds, seed } = context.options;
  context.step(`starting ${servers} servers and the gateway`);
  const fleet = await context.servers(servers);
  const [victim] = fleet;
  if (victim === undefined) throw new Error('There is no server to pause.');
  const gateway = await startGateway(context, fleet);
  const population = createPopulation(context, users);
  await context.part('pause', async (part) => {
    context.step(`signing ${count(users)} users in`);
    const urls = fleet.map(({ url }) => url);
    await registerAccounts(population, urls, context.signal);
    await signIn(context, part, population, { at: gateway.url });
    await callRoll(context, part, population, { at: gateway.url });
    context.step(`${rate} requests/s for ${seconds} s; ${victim.name} hangs for the second third`);
    const random = createRandom(seed, 'pause');
    const load = runOpenLoop(context, part, population, {
      at: gateway.url,
      rate,
      seconds,
      arrivals: 'poisson',
      random,
    });
    const third = () => Promise.race([load, delay((seconds * 1000) / 3)]);
    await third();
    pause(part, victim, { forgets: context.side.affinity });
    await third();
    resume(part, victim);
    await load;
    context.step('roll call: who is still signed in');
    await callRoll(context, part, population, { at: gateway.url });
  });
}

function cellOf(part: PartSummary): Omit<Cell, 'scenario' | 'side'> {
  const { lost, signIns, outcomes } = part;
  const back = part.bins.at(-1)?.users.signedIn === signIns;
  const errors = countErrors(part);
  const who = lost.count === 0 ? 'nobody refused' : `${count(lost.count)} of ${count(signIns)} refused meanwhile`;
  // A pause that nobody felt proves nothing about one that is felt.
  const forgetful = part.side === 'memory+affinity';
  const right = back && (forgetful ? lost.count > 0 : lost.count === 0);
  return {
    text: `${who}; ${describeFailures(part)}; ${back ? 'everybody back' : 'NOT everybody back'}`,
    outcome: outcomes.ok === 0 ? 'unknown' : right ? 'holds' : 'broken',
    tone: lost.count === 0 && errors === 0 ? 'good' : 'bad',
    lost: lost.count,
    errors,
    ...(part.responseTime.p99 === null ? {} : { p99Ms: part.responseTime.p99 }),
    evidence: listEvidence(part),
  };
}
