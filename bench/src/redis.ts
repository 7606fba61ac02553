// The Redis of a run: its own server, on the generator's core, counted by what Redis itself says.

import { startRedis } from '@statecraft/infra-dev';
import { Redis } from 'ioredis';

/** Calls by command name, as `INFO commandstats` has them. */
export type CommandCounts = Readonly<Record<string, number>>;

export interface BenchRedis {
  readonly url: string;
  readonly version: string;
  empty(): Promise<void>;
  resetCounts(): Promise<void>;
  counts(): Promise<CommandCounts>;
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
    resetCounts: async () => void (await client.config('RESETSTAT')),
    counts: async () => parseCommandStats(await client.info('commandstats')),
    async stop() {
      client.disconnect();
      await server.stop();
    },
  };
}

function parseCommandStats(info: string): CommandCounts {
  const lines = [...info.matchAll(/^cmdstat_(\S+?):calls=(\d+)/gm)];
  return Object.fromEntries(
    lines.map(([, name = '', calls]) => [name, Number(calls)] as const).filter(([name]) => !NOT_COUNTED.test(name)),
  );
}

export function perRequest(counts: CommandCounts, requests: number): CommandCounts {
  return Object.fromEntries(Object.entries(counts).map(([name, calls]) => [name, calls / requests]));
}

export const commandsIn = (counts: CommandCounts): number => Object.values(counts).reduce((sum, one) => sum + one, 0);
