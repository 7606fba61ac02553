// One server: how long a sign-in and a later request take, and what a restart does to those who are signed in.

import type { ExperimentContext, Lab } from '../context/lab.ts';
import type { Experiment } from '../contracts/experiment.ts';
import type { Cell, PartSummary } from '../contracts/report.ts';
import { drainAndRestart, killAndRestart } from '../faults/restart.ts';
import { callRoll, runClosedLoop } from '../load/load.ts';
import { createPopulation, registerAccounts, signIn } from '../load/population.ts';
import { sides } from '../setup/sides.ts';
import { count, createCells, createSentence, listEvidence, millis } from './cells.ts';

export const restart: Experiment<Lab> = {
  id: 'restart',
  title: 'One server, restarted',
  question: 'How long do a sign-in and a later request take, and what does a restart do to those who are signed in?',
  hypothesis: 'A restart signs everybody out when sessions live in the server’s memory, and nobody otherwise.',
  summary: 'one server: time of a sign-in and of a request, then a restart (SIGTERM, kill -9)',
  sides: sides('jwt', 'memory', 'redis'),
  scenarios: [
    { id: 'times', text: 'Sign in, then ask, one at a time' },
    { id: 'restart', text: 'SIGTERM, start again, ask' },
    { id: 'kill', text: 'kill -9, start again, ask' },
  ],
  defaults: { servers: 1, users: 8, rate: 1, seconds: 1 },
  full: { servers: 1, users: 20, rate: 1, seconds: 1 },
  remote: false,

  async run(lab) {
    for (const { id } of lab.sides) await lab.on(id, restartOne);
  },

  judge(plan, parts) {
    const cells = createCells(plan, parts, cellOf);
    const lost = parts.filter((part) => part.scenario === 'restart' && part.lost.count > 0).map(({ side }) => side);
    const good = `A restart signs everybody out with ${lost.join(', ') || 'no mode here'}, and nobody otherwise.`;
    return {
      sentence: createSentence(cells, good),
      cells,
      checks: [],
      notes: ['Here passwords are hashed at the cost that production has (PASSWORD_COST=12).'],
    };
  },
};

async function restartOne(context: ExperimentContext): Promise<void> {
  const forgets = context.side.id === 'memory';
  context.step('starting one server');
  const fleet = await context.servers(1, { PASSWORD_COST: '12' });
  const [server] = fleet;
  if (server === undefined) throw new Error('One server was asked for.');
  const { users } = context.options;
  const population = createPopulation(context, users, 4);
  const enter = async (part: Parameters<typeof signIn>[1], atOnce?: number) => {
    await registerAccounts(population, [server.url], context.signal);
    await signIn(context, part, population, { at: server.url, ...(atOnce === undefined ? {} : { atOnce }) });
  };
  context.step(`${count(users)} users sign in and ask, one at a time`);
  await context.part('times', async (part) => {
    await enter(part, 1);
    await runClosedLoop(context, part, population, { at: server.url, atOnce: 1, requests: 1_000, warmUp: 200 });
  });
  for (const scenario of ['restart', 'kill'] as const) {
    context.step(scenario === 'restart' ? 'SIGTERM, start again' : 'kill -9, start again');
    await context.part(scenario, async (part) => {
      await enter(part);
      await (scenario === 'restart' ? drainAndRestart : killAndRestart)(part, server, { forgets });
      await callRoll(context, part, population, { at: server.url });
    });
  }
}

function cellOf(part: PartSummary): Omit<Cell, 'scenario' | 'side'> {
  const evidence = listEvidence(part);
  if (part.scenario === 'times') {
    const [signInMs, requestMs] = [part.signInTime.p50, part.serviceTime.p50];
    const known = signInMs !== null && requestMs !== null;
    const text = known ? `sign-in ${millis(signInMs)}, request ${millis(requestMs)} (p50)` : 'unknown';
    return { text, outcome: known ? 'holds' : 'unknown', tone: 'neutral', evidence };
  }
  const { lost, signIns } = part;
  const expected = part.side === 'memory' ? signIns : 0;
  return {
    text: lost.count === 0 ? 'all stay signed in' : `${count(lost.count)} of ${count(signIns)} signed out`,
    outcome: lost.count === expected ? 'holds' : 'broken',
    tone: lost.count === 0 ? 'good' : 'bad',
    lost: lost.count,
    evidence,
  };
}
