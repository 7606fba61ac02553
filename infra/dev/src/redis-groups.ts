// Several Redis servers that belong together: a master with replicas and Sentinels, or a Cluster.

import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import { findExecutable } from './executables.ts';
import { freePort } from './ports.ts';
import { type RedisServer, startRedis, startServer } from './redis.ts';

export interface RedisSentinels {
  /** The name that the Sentinels give the master. */
  readonly name: string;
  /** The first one began as the master. */
  readonly servers: readonly RedisServer[];
  readonly sentinels: readonly RedisServer[];
  /** `redis-sentinel://host:port,host:port/name` */
  readonly url: string;
  stop(): Promise<void>;
}

export interface RedisCluster {
  readonly nodes: readonly RedisServer[];
  /** `redis-cluster://host:port,host:port` */
  readonly url: string;
  stop(): Promise<void>;
}

/** `settings` are arguments of redis-server for every server that keeps data: `['--min-replicas-to-write', '1']`. */
export interface RedisGroupOptions {
  /** Replicas of each master. */
  readonly replicas?: number;
  readonly settings?: readonly string[];
}

const NAME = 'sessions';
const READY_MS = 20_000;

/**
 * A master with `replicas` replicas (default 1) and three Sentinels, which replace a master that is silent for half a
 * second.
 */
export async function startSentinels({ replicas = 1, settings = [] }: RedisGroupOptions = {}): Promise<RedisSentinels> {
  const group = openGroup();
  try {
    const master = await group.add(startRedis(settings));
    const servers = [master];
    const replicaOf = ['--replicaof', '127.0.0.1', String(master.port)];
    while (servers.length <= replicas) servers.push(await group.add(startRedis([...settings, ...replicaOf])));
    const sentinels: RedisServer[] = [];
    for (let count = 0; count < 3; count++) sentinels.push(await group.add(startSentinel(group.folder, master.port)));
    for (const { port } of sentinels) await waitUntilWatching(port, replicas);
    const url = `redis-sentinel://${listAddresses(sentinels)}/${NAME}`;
    return { name: NAME, servers, sentinels, url, stop: group.stop };
  } catch (error) {
    await group.stop();
    throw error;
  }
}

/** One Sentinel. It watches `masterPort` under the name `sessions`. */
export async function startSentinel(folder: string, masterPort: number): Promise<RedisServer> {
  const port = await freePort();
  const file = join(folder, `sentinel-${port}.conf`);
  const lines = [
    'bind 127.0.0.1',
    `port ${port}`,
    `sentinel monitor ${NAME} 127.0.0.1 ${masterPort} 2`,
    `sentinel down-after-milliseconds ${NAME} 500`,
    `sentinel failover-timeout ${NAME} 3000`,
  ];
  writeFileSync(file, `${lines.join('\n')}\n`);
  return startServer(port, [file, '--sentinel']);
}

/**
 * Three masters that share the slots, each with `replicas` replicas (default 0). The masters are the first three nodes.
 */
export async function startCluster({ replicas = 0, settings = [] }: RedisGroupOptions = {}): Promise<RedisCluster> {
  const group = openGroup();
  try {
    const nodes: RedisServer[] = [];
    for (let count = 0; count < 3 * (1 + replicas); count++)
      nodes.push(await group.add(startNode(group.folder, count, settings)));
    const addresses = nodes.map(({ port }) => `127.0.0.1:${port}`);
    const options = ['--cluster-replicas', String(replicas), '--cluster-yes'];
    await runCli(['--cluster', 'create', ...addresses, ...options]);
    for (const { port } of nodes) await waitFor(port, ['cluster', 'info'], /cluster_state:ok/);
    return { nodes, url: `redis-cluster://${listAddresses(nodes)}`, stop: group.stop };
  } catch (error) {
    await group.stop();
    throw error;
  }
}

function startNode(folder: string, index: number, settings: readonly string[]): Promise<RedisServer> {
  const enabled = ['--cluster-enabled', 'yes', '--cluster-config-file', `nodes-${index}.conf`];
  return startRedis([...enabled, '--cluster-node-timeout', '1000', '--dir', folder, ...settings]);
}

function openGroup() {
  const folder = mkdtempSync(join(tmpdir(), 'redis-group-'));
  const servers: RedisServer[] = [];
  return {
    folder,
    async add(starting: Promise<RedisServer>): Promise<RedisServer> {
      const server = await starting;
      servers.push(server);
      return server;
    },
    async stop(): Promise<void> {
      await Promise.all(servers.map((server) => server.stop()));
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

const listAddresses = (servers: readonly RedisServer[]) => servers.map(({ port }) => `127.0.0.1:${port}`).join(',');

/** Until it is in contact with the replicas and both other Sentinels. */
async function waitUntilWatching(port: number, replicas: number): Promise<void> {
  await waitFor(port, ['sentinel', 'ckquorum', NAME], /^OK 3/);
  await waitFor(port, ['info', 'sentinel'], new RegExp(`slaves=${replicas},sentinels=3`));
}

async function waitFor(port: number, command: readonly string[], expected: RegExp): Promise<void> {
  const deadline = Date.now() + READY_MS;
  for (;;) {
    const answer = await runCli(['-p', String(port), ...command]).catch(String);
    if (expected.test(answer)) return;
    if (Date.now() > deadline) throw new Error(`Redis on port ${port} is not ready: ${answer.slice(0, 500)}`);
    await delay(50);
  }
}

async function runCli(args: readonly string[]): Promise<string> {
  const program = findExecutable('redis-cli') ?? findExecutable('valkey-cli') ?? 'redis-cli';
  const { stdout } = await promisify(execFile)(program, args);
  return stdout;
}
