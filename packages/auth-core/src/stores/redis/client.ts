// The client that the store is given: which options it must have, and how a script is run on it.

import { type Cluster, type ClusterOptions, Command, type Redis, type RedisOptions } from 'ioredis';
import { AuthError } from '../../errors.ts';
import type { Script } from './scripts.ts';

export type RedisClient = Redis | Cluster;

/** HGET, EVALSHA, EVAL, HGET: a read of an expired session that somebody touches, just after the server lost its scripts. */
const MOST_COMMANDS = 4;
const MOST_RETRIES = 3;

export interface RedisDeadline {
  /** ms within which every operation of the store has answered or thrown. Default 2,000. */
  readonly deadlineMs?: number;
}

export const REDIS_CLIENT_DEFAULTS = { deadlineMs: 2_000, retryMs: 50, longestRetryMs: 1_000 } as const;

/**
 * Options for `new Redis(url, redisClientOptions())` that `createRedisStore` accepts: nothing is queued while the
 * server is away, nothing is sent twice, every command has a deadline, and a connection that went silent is replaced.
 */
export function redisClientOptions({ deadlineMs = REDIS_CLIENT_DEFAULTS.deadlineMs }: RedisDeadline = {}) {
  return {
    ...nodeOptions(deadlineMs),
    enableOfflineQueue: false,
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
  const commandTimeout = Math.floor(deadlineMs / MOST_COMMANDS);
  if (!(commandTimeout >= 1))
    throw new AuthError('ERR_OPTION_INVALID', `deadlineMs must be at least ${MOST_COMMANDS}.`);
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
  // ioredis sends one automatic pipeline at a time, so a command may wait for the one before it to time out.
  return (commandTimeout ?? 0) * MOST_COMMANDS * (client.options.enableAutoPipelining ? 2 : 1);
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

/** Runs a script by its SHA. The server refuses a SHA it does not know before doing anything, so sending the text is safe. */
export async function runScript(client: RedisClient, script: Script, key: string, args: Argument[]): Promise<unknown> {
  try {
    return await client.evalsha(script.sha, 1, key, ...args);
  } catch (error) {
    if (!isUnknownScript(error)) throw error;
    return client.eval(script.lua, 1, key, ...args);
  }
}

/** The same for a script that answers bytes. (ioredis' `callBuffer` loses the name when it pipelines by itself.) */
export async function fetchByScript(client: RedisClient, script: Script, key: string, args: Argument[]) {
  const send = (name: string, text: string): Promise<unknown> => {
    const command = new Command(name, [text, 1, key, ...args], { replyEncoding: null });
    return Promise.resolve(client.sendCommand(command));
  };
  try {
    return (await send('evalsha', script.sha)) as Buffer[];
  } catch (error) {
    if (!isUnknownScript(error)) throw error;
    return (await send('eval', script.lua)) as Buffer[];
  }
}

function isUnknownScript(error: unknown): boolean {
  return error instanceof Error && error.message.startsWith('NOSCRIPT');
}
