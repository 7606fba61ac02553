// The client that the store is given: the options that it must have.

import type { Cluster, ClusterOptions, Redis, RedisOptions } from 'ioredis';
import { AuthError } from '../../errors.ts';

/** A connected ioredis client: of one server, or of a Cluster. */
export type RedisClient = Redis | Cluster;

const MAX_RETRIES = 3;
/** ms that a connection may be silent beyond the deadline, before the client replaces it. */
const SILENCE_MS = 2_000;

/** How long an operation may take. */
export interface RedisDeadline {
  /** ms within which every operation of the store has answered or thrown. Default 2,000. */
  readonly deadlineMs?: number;
}

/** The default options of `redisClientOptions`, in ms. */
export const REDIS_CLIENT_DEFAULTS = { deadlineMs: 2_000, retryMs: 50, maxRetryMs: 1_000 } as const;

/** ms before the next attempt to connect. */
const retry = (times: number) => Math.min(times * REDIS_CLIENT_DEFAULTS.retryMs, REDIS_CLIENT_DEFAULTS.maxRetryMs);

/**
 * Options for `new Redis(url, redisClientOptions())` that `createRedisStore` accepts, and with `sentinels` and `name`
 * also for Sentinels. The client queues nothing while the server is away and sends nothing twice. A connection that is
 * silent for 2 s more than the deadline is replaced, so commands without an answer do not pile up. The store keeps the
 * deadline itself, with one timer for all operations; ioredis' commandTimeout is not set. The commands of one turn of
 * the event loop leave in one write (auto-pipelining).
 */
export function redisClientOptions({ deadlineMs = REDIS_CLIENT_DEFAULTS.deadlineMs }: RedisDeadline = {}) {
  return {
    ...makeNodeOptions(deadlineMs),
    enableOfflineQueue: false,
    enableAutoPipelining: true,
    retryStrategy: retry,
    // With Sentinels: the client leaves the old master as soon as they have chosen a new one.
    failoverDetector: true,
  } satisfies RedisOptions;
}

/**
 * The same for `new Cluster(nodes, redisClusterOptions())`. A command waits while the connection to its node is made;
 * the store's deadline limits this. A lost connection is made again, so that no command goes to a replica instead.
 */
export function redisClusterOptions({ deadlineMs = REDIS_CLIENT_DEFAULTS.deadlineMs }: RedisDeadline = {}) {
  return {
    enableOfflineQueue: true,
    // ioredis sends a command again when its connection was lost in the middle, unless this is 0.
    retryDelayOnFailover: 0,
    scaleReads: 'master',
    clusterNodeRetryStrategy: retry,
    // ms; a promoted replica is found by this, because the commands for its slots wait for the old master.
    slotsRefreshInterval: 1_000,
    redisOptions: makeNodeOptions(deadlineMs),
  } satisfies ClusterOptions;
}

export function makeNodeOptions(deadlineMs: number) {
  if (!(deadlineMs >= 1)) throw new AuthError('ERR_OPTION_INVALID', 'deadlineMs must be at least 1.');
  return {
    autoResendUnfulfilledCommands: false,
    maxRetriesPerRequest: 0,
    connectTimeout: Math.max(deadlineMs, 1_000),
    socketTimeout: deadlineMs + SILENCE_MS,
  } satisfies RedisOptions;
}

/**
 * @returns the deadline of the store's operations, ms: the client's commandTimeout if it has one, else what
 * `redisClientOptions` was given
 * @throws ERR_OPTION_INVALID for a client that is not ioredis', and for options that would let a command wait for ever,
 * run twice or read stale data; the message names each of them
 */
export function checkClient(client: RedisClient, name = 'The Redis client'): number {
  if (typeof client?.hgetBuffer !== 'function' || typeof client.options !== 'object') {
    const advice = 'Make one with new Redis(url, redisClientOptions()).';
    throw new AuthError('ERR_OPTION_INVALID', `${name} must be a client of ioredis. ${advice}`);
  }
  const node: Partial<RedisOptions> = isCluster(client) ? (client.options.redisOptions ?? {}) : client.options;
  const { maxRetriesPerRequest } = node;
  const deadlineMs = readDeadline(node);
  const wrong = [
    ...(deadlineMs > 0 ? [] : [`socketTimeout must be above ${SILENCE_MS} ms, or commandTimeout a number of ms`]),
    ...(node.autoResendUnfulfilledCommands === false ? [] : ['autoResendUnfulfilledCommands must be false']),
    ...(typeof maxRetriesPerRequest === 'number' && maxRetriesPerRequest <= MAX_RETRIES
      ? []
      : [`maxRetriesPerRequest must be at most ${MAX_RETRIES}`]),
    ...(client.options.keyPrefix || node.keyPrefix ? ["keyPrefix must be empty (use the store's prefix)"] : []),
    ...(isCluster(client) ? findWrongClusterOptions(client.options) : findWrongServerOptions(client.options)),
  ];
  if (wrong.length > 0) {
    const advice = `redisClientOptions() and redisClusterOptions() give what is needed.`;
    throw new AuthError('ERR_OPTION_INVALID', `${name}: ${wrong.join('; ')}. ${advice}`);
  }
  return deadlineMs;
}

/** In ms; 0 for a client that would wait for an answer for ever. */
function readDeadline({ commandTimeout, socketTimeout = 0 }: Partial<RedisOptions>): number {
  return commandTimeout ?? Math.max(0, socketTimeout - SILENCE_MS);
}

function findWrongServerOptions({ enableOfflineQueue, sentinels, role, failoverDetector }: RedisOptions): string[] {
  return [
    ...(enableOfflineQueue === false ? [] : ['enableOfflineQueue must be false']),
    ...(!sentinels || role === 'master' ? [] : ["role must be 'master'"]),
    ...(!sentinels || failoverDetector ? [] : ['failoverDetector must be true']),
  ];
}

function findWrongClusterOptions({ retryDelayOnFailover, scaleReads }: ClusterOptions): string[] {
  return [
    ...(retryDelayOnFailover === 0 ? [] : ['retryDelayOnFailover must be 0']),
    ...(scaleReads === 'master' ? [] : ["scaleReads must be 'master'"]),
  ];
}

/**
 * ioredis queues commands without a limit while a Cluster is not connected, and sends them to a replica if it has no
 * connection to a master.
 * @throws Error
 */
export function checkConnected(client: RedisClient): void {
  if (!isCluster(client)) return;
  if (client.status === 'ready' && client.nodes('master').length > 0) return;
  throw new Error(`The Cluster is not connected (${client.status}).`);
}

export function isCluster(client: RedisClient): client is Cluster {
  return client.isCluster;
}
