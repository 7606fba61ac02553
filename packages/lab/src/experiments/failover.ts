// A master of Redis that Sentinels watch is replaced by its replica, planned or because it was killed. Which
// acknowledged sign-ins and sign-outs are gone afterwards, and for how long do requests fail?

import { startSentinels } from '@statecraft/infra-dev';
import type { Experiment, ExperimentContext, Judgement, Lab, PartSummary, Seen } from '../contracts/experiment.ts';
import { LOSS_WITHIN_MS } from '../faults/failover.ts';
import { hasRecovered } from '../judge/failover.ts';
import { sendToRedis } from '../processes/redis-facts.ts';
import { pickSides } from '../setup/sides.ts';
import { judgeFailover, runFailover, summarizeFailovers } from './failover-load.ts';

interface Setup {
  readonly text: string;
  readonly replicas: number;
  readonly killed?: true;
  /** `min-replicas-to-write 1` */
  readonly minReplicas?: true;
}

const MIN = 'min-replicas-to-write 1';
const SETUPS: Readonly<Record<string, Setup>> = {
  planned: { text: 'Planned: SENTINEL FAILOVER', replicas: 1 },
  kill: { text: 'The master is killed (kill -9)', replicas: 1, killed: true },
  'kill-min-1': { text: `Killed; ${MIN}, one replica`, replicas: 1, killed: true, minReplicas: true },
  'kill-min-2': { text: `Killed; ${MIN}, two replicas`, replicas: 2, killed: true, minReplicas: true },
};

export const failover: Experiment = {
  id: 'failover',
  title: 'Redis fails over (Sentinel)',
  question:
    'A replica replaces the master of Redis. Which sign-ins and sign-outs are lost, and what fails for how long?',
  hypothesis:
    `The servers follow the new master by themselves. Only sign-ins and sign-outs acknowledged within ${LOSS_WITHIN_MS / 1_000} s of the ` +
    `failover can be lost, and no other user is signed out. With ${MIN} and one replica, the new master refuses writes; ` +
    'with two replicas it accepts them.',
  summary: 'the master of Redis replaced, planned and by kill -9: sign-ins lost, sign-outs undone, 503s',
  sides: pickSides('redis', 'redis+tracked'),
  scenarios: Object.entries(SETUPS).map(([id, { text }]) => ({ id, text })),
  defaults: { servers: 2, users: 150, rate: 150, seconds: 6 },
  full: { servers: 2, users: 1_000, rate: 200, seconds: 20 },
  takes: { defaults: 85, full: 196 },
  ownRedis: true,

  countParts: (lab) => listTurns(lab).length,
  run: failEachOver,
  judgePart: judgeSetup,
  summarize,
  notes: () => [
    'Three Sentinels with down-after-milliseconds 500; Redis keeps nothing on disk. Times count from the beginning of the failover: ' +
      'a lost sign-in was acknowledged at that time. A minus means before it.',
  ],
};

function listTurns({ plan, sides }: Pick<Lab, 'plan' | 'sides'>) {
  return sides.flatMap(({ id: side }) =>
    plan.scenarios
      .map(({ id: scenario }) => ({ side, scenario, setup: SETUPS[scenario] as Setup }))
      // What Redis refuses does not depend on the cache.
      .filter(({ setup }) => !setup.minReplicas || side === 'redis'),
  );
}

async function failEachOver(lab: Lab): Promise<void> {
  for (const { side, scenario, setup } of listTurns(lab))
    await lab.onSide(side, (context) => failOver(context, scenario, setup));
}

async function failOver(context: ExperimentContext, scenario: string, setup: Setup): Promise<void> {
  const { text, replicas, killed, minReplicas } = setup;
  context.step(`${text}: starting a master, its replicas and three Sentinels`);
  const group = await startSentinels({ replicas, settings: minReplicas ? ['--min-replicas-to-write', '1'] : [] });
  context.onEnd(() => group.stop());
  const [master, ...others] = group.servers;
  const [sentinel] = group.sentinels;
  if (master === undefined || sentinel === undefined) throw new Error('The Sentinels have no master.');
  await runFailover(context, {
    scenario,
    url: group.url,
    master,
    replicas: others,
    fault: killed ? undefined : { text: 'SENTINEL FAILOVER', begin: () => plan(sentinel.url, group.name) },
  });
}

const plan = (sentinel: string, name: string) => sendToRedis(sentinel, 'SENTINEL', 'FAILOVER', name);

function summarize({ parts }: Seen): string {
  const alone = parts.find(({ scenario }) => scenario === 'kill-min-1')?.failover;
  const sentence = summarizeFailovers({ parts });
  if (alone === undefined || hasRecovered(alone.writes)) return sentence;
  return `${sentence} With ${MIN} and one replica, the new master refused every sign-in and sign-out until the end.`;
}

/** A new master without a replica refuses writes until it has one. */
function judgeSetup(part: PartSummary): Judgement {
  const { minReplicas, replicas } = SETUPS[part.scenario] ?? {};
  return judgeFailover(part, { refusesWrites: minReplicas === true && replicas === 1 });
}
