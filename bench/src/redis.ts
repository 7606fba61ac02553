// The Redis of a run: its own server, on the generator's core, counted by what Redis itself says.

import { startRedis } from '@statecraft/infra-dev';
import { Redis } from 'ioredis';

/** Calls by command name, as `INFO commandstats` has them. */
export type CommandCounts = Readonly<Record<string, number>>;

export interface BenchRedis {
  readonly url: string;
  readonly version: string;
  empty(): Promise<void>;
  /** CONFIG SET. */
  configure(name: string, value: number): Promise<void>;
  resetCounts(): Promise<void>;
  counts(): Promise<CommandCounts>;
  /** MEMORY USAGE of every key, summed. */
  bytes(): Promise<number>;
  /** Bytes that Redis has taken for its data (used_memory). */
  used(): Promise<number>;
  stop(): Promise<void>;
}

/** What the bench itself sends, and what a client sends once for a connection. */
const NOT_COUNTED = /^(info|config\||client\||hello|ping|flushall|select)/;

export async function openRedis(): Promise<BenchRedis> {
  const server = await startRedis();
  const client = new Redis(server.url);
  const [, version = 'unknown'] = /redis_version:(\S+)/.exec(await client.info('server')) ?? [];
  return {
    url: server.url,
    version,
    empty: async () => void (await client.flushall()),
    configure: async (name, value) => void (await client.config('SET', name, value)),
    resetCounts: async () => void (await client.config('RESETSTAT')),
    counts: async () => parseCommandStats(await client.info('commandstats')),
    bytes: () => bytesOfAllKeys(client),
    used: async () => Number(/used_memory:(\d+)/.exec(await client.info('memory'))?.[1]),
    async stop() {
      client.disconnect();
      await server.stop();
    },
  };
}

async function bytesOfAllKeys(client: Redis): Promise<number> {
  const keys = await client.keys('*');
  const sizes = await Promise.all(keys.map((key) => client.memory('USAGE', key, 'SAMPLES', 0)));
  return sizes.reduce<number>((sum, size) => sum + Number(size), 0);
}

function parseCommandStats(info: string): CommandCounts {
  const lines = [...info.matchAll(/^cmdstat_(\S+?):calls=(\d+)/gm)];
  return Object.fromEntries(
    lines.map(([, name = '', calls]) => [name, Number(calls)] as const).filter(([name]) => !NOT_COUNTED.test(name)),
  );
}

export function commandsPerRequest(counts: readonly CommandCounts[], requests: number): CommandCounts {
  const names = new Set(counts.flatMap((one) => Object.keys(one)));
  const all = (name: string) => counts.reduce((sum, one) => sum + (one[name] ?? 0), 0);
  return Object.fromEntries([...names].map((name) => [name, all(name) / requests]));
}

export const commandsIn = (counts: CommandCounts): number => Object.values(counts).reduce((sum, one) => sum + one, 0);
