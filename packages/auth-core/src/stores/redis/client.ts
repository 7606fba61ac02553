// The client that the store is given: which options it must have, and how a script is run on it.

import type { Cluster, ClusterOptions, Redis, RedisOptions } from 'ioredis';
import { AuthError } from '../../errors.ts';
import type { Script } from './scripts.ts';

export type RedisClient = Redis | Cluster;

/** With auto-pipelining, a command waits for the answers to the batch before it, and then for its own. */
const TIMEOUTS_PER_COMMAND = 2;
const MOST_RETRIES = 3;

export interface RedisDeadline {
  /** ms within which every operation of the store has answered or thrown. Default 2,000. */
  readonly deadlineMs?: number;
}

export const REDIS_CLIENT_DEFAULTS = { deadlineMs: 2_000, retryMs: 50, longestRetryMs: 1_000 } as const;

/**
 * Options for `new Redis(url, redisClientOptions())` that `createRedisStore` accepts. The client queues nothing while the
 * server is away and sends nothing twice. Every command has a deadline, and a silent connection is replaced. The commands
 * of one turn of the event loop leave in one write (auto-pipelining).
 */
export function redisClientOptions({ deadlineMs = REDIS_CLIENT_DEFAULTS.deadlineMs }: RedisDeadline = {}) {
  return {
    ...nodeOptions(deadlineMs),
    enableOfflineQueue: false,
    enableAutoPipelining: true,
    retryStrategy: (times: number) =>
      Math.min(times * REDIS_CLIENT_DEFAULTS.retryMs, REDIS_CLIENT_DEFAULTS.longestRetryMs),
  } satisfies RedisOptions;
}

/** The same for `new Cluster(nodes, redisClusterOptions())`. */
export function redisClusterOptions({ deadlineMs = REDIS_CLIENT_DEFAULTS.deadlineMs }: RedisDeadline = {}) {
  return {
    enableOfflineQueue: false,
    // ioredis sends a command again when its connection was lost in the middle, unless this is 0.
    retryDelayOnFailover: 0,
    scaleReads: 'master',
    redisOptions: nodeOptions(deadlineMs),
  } satisfies ClusterOptions;
}

export function nodeOptions(deadlineMs: number = REDIS_CLIENT_DEFAULTS.deadlineMs) {
  const commandTimeout = Math.floor(deadlineMs / TIMEOUTS_PER_COMMAND);
  if (!(commandTimeout >= 1)) {
    throw new AuthError('ERR_OPTION_INVALID', `deadlineMs must be at least ${TIMEOUTS_PER_COMMAND}.`);
  }
  return {
    autoResendUnfulfilledCommands: false,
    maxRetriesPerRequest: 0,
    commandTimeout,
    connectTimeout: Math.max(deadlineMs, 1_000),
    socketTimeout: Math.max(2 * deadlineMs, 2_000),
  } satisfies RedisOptions;
}

/**
 * @returns the longest that an operation takes, in ms: it follows from the client's commandTimeout.
 * @throws ERR_OPTION_INVALID, naming every option that would let a command wait for ever, run twice or read stale data.
 */
export function demandSafeClient(client: RedisClient): number {
  const node: Partial<RedisOptions> = isCluster(client) ? (client.options.redisOptions ?? {}) : client.options;
  const { commandTimeout, maxRetriesPerRequest } = node;
  const wrong = [
    ...(typeof commandTimeout === 'number' && commandTimeout > 0 ? [] : ['commandTimeout must be a number of ms']),
    ...(node.autoResendUnfulfilledCommands === false ? [] : ['autoResendUnfulfilledCommands must be false']),
    ...(typeof maxRetriesPerRequest === 'number' && maxRetriesPerRequest <= MOST_RETRIES
      ? []
      : [`maxRetriesPerRequest must be at most ${MOST_RETRIES}`]),
    ...(client.options.enableOfflineQueue === false ? [] : ['enableOfflineQueue must be false']),
    ...(client.options.keyPrefix || node.keyPrefix ? ["keyPrefix must be empty (use the store's prefix)"] : []),
    ...(isCluster(client) ? wrongInCluster(client.options) : []),
  ];
  if (wrong.length > 0) {
    const advice = `redisClientOptions() and redisClusterOptions() give what is needed.`;
    throw new AuthError('ERR_OPTION_INVALID', `The Redis client: ${wrong.join('; ')}. ${advice}`);
  }
  return (commandTimeout ?? 0) * TIMEOUTS_PER_COMMAND;
}

function wrongInCluster({ retryDelayOnFailover, scaleReads }: ClusterOptions): string[] {
  return [
    ...(retryDelayOnFailover === 0 ? [] : ['retryDelayOnFailover must be 0']),
    ...(scaleReads === 'master' ? [] : ["scaleReads must be 'master'"]),
  ];
}

export function isCluster(client: RedisClient): client is Cluster {
  return client.isCluster;
}

export type Argument = string | number | Buffer;

/** Runs a script by its SHA. The server refuses an unknown SHA before it does anything, so sending the text is safe. */
export async function runScript(client: RedisClient, script: Script, key: string, args: Argument[]): Promise<unknown> {
  try {
    return await client.evalsha(script.sha, 1, key, ...args);
  } catch (error) {
    if (!isUnknownScript(error)) throw error;
    return client.eval(script.lua, 1, key, ...args);
  }
}

/** The same for a script that answers bytes. */
export async function fetchByScript(client: RedisClient, script: Script, key: string, args: Argument[]) {
  const { evalshaBuffer, evalBuffer } = client as RedisClient & BufferScripts;
  try {
    return await evalshaBuffer.call(client, script.sha, 1, key, ...args);
  } catch (error) {
    if (!isUnknownScript(error)) throw error;
    return evalBuffer.call(client, script.lua, 1, key, ...args);
  }
}

/** ioredis has a method with the suffix `Buffer` for every command; its types leave these two out. */
interface BufferScripts {
  evalshaBuffer(sha: string, keys: number, key: string, ...args: Argument[]): Promise<unknown>;
  evalBuffer(lua: string, keys: number, key: string, ...args: Argument[]): Promise<unknown>;
}

function isUnknownScript(error: unknown): boolean {
  return error instanceof Error && error.message.startsWith('NOSCRIPT');
}

/** The outcome of `work`, or a rejection after `ms`: for operations that may take more than one command. */
export async function settleWithin<T>(ms: number, work: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error('Operation timed out')), ms);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}
