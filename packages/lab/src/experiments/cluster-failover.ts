// A Redis Cluster of three masters, each with a replica. One master is replaced, planned or because it was killed.
// Which users does it affect, for how long, and what is lost?

import { type RedisServer, startCluster } from '@statecraft/infra-dev';
import type { Experiment, ExperimentContext, Lab } from '../contracts/experiment.ts';
import { LOSS_WITHIN_MS } from '../faults/failover.ts';
import { sendToRedis } from '../processes/redis-facts.ts';
import { pickSides } from '../setup/sides.ts';
import { judgeFailover, runFailover, summarizeFailovers } from './failover-load.ts';

interface Setup {
  readonly text: string;
  readonly killed?: true;
  readonly settings?: readonly string[];
}

const SETUPS: Readonly<Record<string, Setup>> = {
  planned: { text: 'Planned: CLUSTER FAILOVER of one master' },
  kill: { text: 'One master is killed (kill -9)', killed: true },
  'kill-partial': {
    text: 'Killed; partial coverage allowed',
    killed: true,
    settings: ['--cluster-require-full-coverage', 'no'],
  },
};

export const clusterFailover: Experiment = {
  id: 'cluster-failover',
  title: 'Redis Cluster: one master fails over',
  question: 'A replica replaces one of three masters of a Redis Cluster. Which users does it affect, and for how long?',
  hypothesis:
    'The servers follow the new master by themselves. Only sign-ins and sign-outs acknowledged within ' +
    `${LOSS_WITHIN_MS / 1_000} s of the failover can be lost, and no other user is signed out.`,
  summary: 'one of three masters of a Redis Cluster replaced: users affected, for how long, what is lost',
  sides: pickSides('redis'),
  scenarios: Object.entries(SETUPS).map(([id, { text }]) => ({ id, text })),
  defaults: { servers: 2, users: 150, rate: 150, seconds: 9 },
  full: { servers: 2, users: 1_000, rate: 200, seconds: 20 },
  takes: { defaults: 42, full: 81 },
  ownRedis: true,

  run: failEachOver,
  judgePart: (part) => judgeFailover(part),
  summarize: summarizeFailovers,
  notes: () => [
    'Three masters, each with a replica, cluster-node-timeout 1000. By default, every master refuses all commands while a part of ' +
      'the keys has no master; with cluster-require-full-coverage no ("partial coverage allowed") the others go on. The sessions of one ' +
      'account are one key, at one master.',
  ],
};

async function failEachOver(lab: Lab): Promise<void> {
  for (const { id: side } of lab.sides)
    for (const { id: scenario } of lab.plan.scenarios)
      await lab.onSide(side, (context) => failOver(context, scenario, SETUPS[scenario] as Setup));
}

async function failOver(context: ExperimentContext, scenario: string, setup: Setup): Promise<void> {
  const { text, killed, settings = [] } = setup;
  context.step(`${text}: starting three masters, each with a replica`);
  const cluster = await startCluster({ replicas: 1, settings });
  context.onEnd(() => cluster.stop());
  const [master] = cluster.nodes;
  if (master === undefined) throw new Error('The Cluster has no nodes.');
  const replica = await findReplica(master, cluster.nodes);
  await runFailover(context, {
    scenario,
    url: cluster.url,
    master,
    replicas: [replica],
    fault: killed
      ? undefined
      : { text: 'CLUSTER FAILOVER', begin: () => sendToRedis(replica.url, 'CLUSTER', 'FAILOVER') },
  });
}

async function findReplica(master: RedisServer, nodes: readonly RedisServer[]): Promise<RedisServer> {
  const id = String(await sendToRedis(master.url, 'CLUSTER', 'MYID'));
  const replicas = String(await sendToRedis(master.url, 'CLUSTER', 'REPLICAS', id));
  const found = nodes.find(({ port }) => replicas.includes(`:${port}@`));
  if (found === undefined) throw new Error(`The master on port ${master.port} has no replica.`);
  return found;
}
