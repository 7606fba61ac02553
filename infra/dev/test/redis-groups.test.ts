// Sentinels and Clusters that the tests of other packages start.

import { execFileSync } from 'node:child_process';
import { expect, it, onTestFinished } from 'vitest';
import { findExecutable, startCluster, startSentinels } from '../src/index.ts';

const ask = (port: number, ...command: string[]) =>
  execFileSync(findExecutable('redis-cli') ?? 'valkey-cli', ['-p', String(port), ...command], { encoding: 'utf8' });

it('three Sentinels agree on the master, and the other server is its replica', async () => {
  const group = await startSentinels();
  onTestFinished(() => group.stop());
  const [master, replica] = group.servers.map(({ port }) => port) as [number, number];
  for (const { port } of group.sentinels) {
    expect(ask(port, 'sentinel', 'get-master-addr-by-name', group.name)).toContain(String(master));
  }
  expect(ask(replica, 'info', 'replication')).toContain('role:slave');
});

it.each([
  [0, 3],
  [1, 6],
])('a Cluster with %d replicas for each master has %d nodes and serves every slot', async (replicas, size) => {
  const cluster = await startCluster({ replicas });
  onTestFinished(() => cluster.stop());
  expect(cluster.nodes).toHaveLength(size);
  for (const { port } of cluster.nodes) expect(ask(port, 'cluster', 'info')).toContain('cluster_slots_ok:16384');
});

it('a group has as many replicas as asked for, and its servers get the settings', async () => {
  const group = await startSentinels({ replicas: 2, settings: ['--min-replicas-to-write', '1'] });
  onTestFinished(() => group.stop());
  expect(group.servers).toHaveLength(3);
  const [master = 0, ...replicas] = group.servers.map(({ port }) => port);
  expect(ask(master, 'info', 'replication')).toContain('connected_slaves:2');
  for (const port of replicas) expect(ask(port, 'config', 'get', 'min-replicas-to-write')).toMatch(/\b1\b/);
});
