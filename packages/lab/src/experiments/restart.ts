// One server: how long a sign-in and a later request take, and what a restart does to users who are signed in.

import { formatMs } from '../common/format.ts';
import type { Experiment, ExperimentContext, Judgement, PartSummary } from '../contracts/experiment.ts';
import { drainAndRestart, killAndRestart } from '../faults/end.ts';
import { describeLost } from '../judge/parts.ts';
import { callRoll, runClosedLoop } from '../load/load.ts';
import { createPopulation } from '../load/population.ts';
import { enterUsers, signIn } from '../load/sign-in.ts';
import { pickSides } from '../setup/sides.ts';

const ACCOUNTS = 4;

export const restart: Experiment = {
  id: 'restart',
  title: 'One server, restarted',
  question: 'How long do a sign-in and a later request take, and what does a restart do to users who are signed in?',
  hypothesis:
    'A restart signs all users out if sessions are in the memory of the server, and no user otherwise; the accounts survive it.',
  summary: 'one server: time of a sign-in and of a request, then a restart (SIGTERM, kill -9)',
  sides: pickSides('jwt', 'memory', 'redis'),
  onRequest: pickSides('sqlite', 'postgres'),
  scenarios: [
    { id: 'times', text: 'Sign in, then ask, one at a time' },
    { id: 'restart', text: 'SIGTERM, start again, ask' },
    { id: 'kill', text: 'kill -9, start again, ask' },
  ],
  defaults: { servers: 1, users: 8, rate: 1, seconds: 1 },
  full: { servers: 1, users: 20, rate: 1, seconds: 1 },
  takes: { defaults: 14, full: 18 },

  run: (lab) => lab.onEachSide(restartOne),
  judgePart: judgeRestart,
  summarize({ parts }) {
    const lost = parts.filter(({ scenario, lost }) => scenario === 'restart' && lost.count > 0).map(({ side }) => side);
    return `A restart signs all users out with ${lost.join(', ') || 'no mode here'}, and no user otherwise.`;
  },
  notes: () => ['Passwords are hashed at the cost of a production system here (argon2id, PASSWORD_MEMORY_KIB=19456).'],
};

async function restartOne(context: ExperimentContext): Promise<void> {
  context.step('starting one server');
  const [server] = await context.startServers(1, { env: { PASSWORD_MEMORY_KIB: '19456' } });
  const at = server.url;
  const forgets = context.side.id === 'memory';
  const population = createPopulation(context, context.options.users, ACCOUNTS);
  await context.runPart('times', async (part) => {
    await enterUsers(part, population, { at, parallel: 1 });
    context.step('asking, one at a time');
    await runClosedLoop(part, population, { at, parallel: 1, requests: 1_000, warmUp: 200 });
  });
  for (const [scenario, fault] of Object.entries({ restart: drainAndRestart, kill: killAndRestart })) {
    await context.runPart(scenario, async (part) => {
      // Without a registration: the accounts are those of before the last restart.
      await signIn(part, population, { at });
      context.step(scenario === 'restart' ? 'SIGTERM, start again' : 'kill -9, start again');
      await fault(part, server, { forgets });
      await callRoll(part, population, { at });
    });
  }
}

function judgeRestart(part: PartSummary): Judgement {
  if (part.scenario === 'times') {
    const [signInMs, requestMs] = [part.signInTime.p50, part.serviceTime.p50];
    const known = signInMs !== null && requestMs !== null;
    const text = `sign-in ${formatMs(signInMs)}, request ${formatMs(requestMs)} (p50)`;
    return { text, outcome: known ? 'holds' : 'unknown', tone: 'neutral' };
  }
  const { lost, signIns, side } = part;
  const promised = side === 'memory' ? signIns : 0;
  return {
    text: describeLost(part),
    outcome: lost.count === promised ? 'holds' : 'broken',
    tone: lost.count === 0 ? 'good' : 'bad',
  };
}
