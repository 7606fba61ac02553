// How a process learns what was written in Redis: a connection of its own, subscribed to the invalidations of a prefix.
//
//   subscriber: CLIENT ID, CLIENT TRACKING ON REDIRECT <itself> BCAST PREFIX <prefix>, SUBSCRIBE __redis__:invalidate
//   message ── a key was written ──> onWritten(key)      null (FLUSHALL), or a connection was lost ──> onLost()
//   PING ── when it is answered, and the server is a master, all earlier messages have arrived ──> trusted for a while
//                                                                                               (lease.ts)
//
// The subscriber tracks for itself, not for the data connection: with BCAST Redis reports every write, whichever
// connection read the key. So reports can only be lost with this one connection, and its end is noticed. (RESP2,
// because ioredis 6 drops the pushes of RESP3.)

import { once } from 'node:events';
import type { Redis } from 'ioredis';
import { AuthError } from '../../errors.ts';
import {
  checkClient,
  isCluster,
  makeNodeOptions,
  REDIS_CLIENT_DEFAULTS,
  type RedisClient,
  type RedisDeadline,
} from './client.ts';
import { createStoreError } from './failure.ts';
import { watchGivenUp } from './given-up.ts';
import { createLease } from './lease.ts';
import { readServerKind, requireMaster } from './server.ts';

const CHANNEL = '__redis__:invalidate';

export interface Tracking {
  /** Whether all writes until a moment ago were reported. `now`: monotonic ms. */
  isTrusted(now: number): boolean;
  /** Whether Redis reports writes. */
  readonly isOn: boolean;
  close(): void;
}

export interface TrackingOptions {
  readonly client: Redis;
  readonly subscriber: Redis;
  readonly prefix: string;
  readonly heartbeatMs: number;
  readonly monotonic: () => number;
  onWritten(key: string): void;
  onLost(): void;
}

/** Options for the `subscriber` of `createTrackedStore`: `client.duplicate(redisSubscriberOptions())`. */
export function redisSubscriberOptions({ deadlineMs = REDIS_CLIENT_DEFAULTS.deadlineMs }: RedisDeadline = {}) {
  const own = { protocol: 2, autoResubscribe: false, enableOfflineQueue: false, enableAutoPipelining: false } as const;
  // No request waits for this connection, so a timer for each of its few commands costs nothing.
  return { ...makeNodeOptions(deadlineMs), commandTimeout: deadlineMs, ...own };
}

/** @throws ERR_OPTION_INVALID for a Cluster, and for a subscriber that could miss a report */
export function checkTrackable(client: RedisClient, subscriber: RedisClient): asserts client is Redis {
  checkClient(client);
  checkClient(subscriber, 'The subscriber');
  if (isCluster(client) || isCluster(subscriber)) {
    throw new AuthError('ERR_OPTION_INVALID', 'The tracked cache works on one Redis server, not on a Cluster.');
  }
  const { protocol, autoResubscribe } = subscriber.options;
  const wrong = [
    ...(subscriber === client ? ['it must be a connection of its own'] : []),
    ...(protocol === 2 ? [] : ['protocol must be 2']),
    ...(autoResubscribe === false ? [] : ['autoResubscribe must be false']),
  ];
  if (wrong.length === 0) return;
  const advice = 'client.duplicate(redisSubscriberOptions()) gives what is needed.';
  throw new AuthError('ERR_OPTION_INVALID', `The subscriber: ${wrong.join('; ')}. ${advice}`);
}

/** @throws ERR_STORE_UNAVAILABLE when Redis does not answer, or does not know or allow CLIENT TRACKING */
export async function startTracking(options: TrackingOptions): Promise<Tracking> {
  const { client, subscriber, prefix, heartbeatMs, monotonic, onWritten, onLost } = options;
  /** The run_id of the server that reports to the subscriber; undefined while it is not subscribed. */
  let reportingServer: string | undefined;
  let isOn = false;
  const lease = createLease({ ping, heartbeatMs, monotonic });
  /** Counts the losses of either connection: an answer to a question from before a loss does not count after it. */
  let losses = 0;
  let retry: NodeJS.Timeout | undefined;

  /** A replica reports writes late or, without its link to the master, never. */
  async function ping(): Promise<void> {
    const [{ isMaster }] = await Promise.all([readServerKind(client), subscriber.ping()]);
    if (isMaster) return;
    loseSubscriber();
    startOver();
  }

  function lose(): void {
    losses++;
    isOn = false;
    lease.end();
    onLost();
  }

  function loseSubscriber(): void {
    reportingServer = undefined;
    lose();
  }

  async function subscribe(): Promise<void> {
    const id = await subscriber.client('ID');
    const { runId } = await requireMaster(subscriber);
    await subscriber.call('CLIENT', 'TRACKING', 'ON', 'REDIRECT', id, 'BCAST', ...(prefix ? ['PREFIX', prefix] : []));
    await subscriber.subscribe(CHANNEL);
    reportingServer = runId;
    if (client.status === 'ready') await switchOn(runId);
  }

  /** Both connections must lead to the same server: after a failover one may still lead to the old one. */
  async function switchOn(runId: string): Promise<void> {
    const lossesBefore = losses;
    const clientsServer = await requireMaster(client);
    if (lossesBefore !== losses) return;
    if (clientsServer.runId !== runId)
      throw new Error('The subscriber is connected to another server than the client.');
    // Every write from here on is reported. What was read before may have missed one.
    onLost();
    isOn = true;
    await lease.renew();
  }

  const onSubscriberReady = () => void subscribe().catch(startOver);

  function onClientReady(): void {
    // While there is no subscription, `subscribe` is under way and checks the client itself.
    if (reportingServer !== undefined) switchOn(reportingServer).catch(startOver);
  }

  /** Makes a new connection, which begins without a subscription; after a moment, in case the cause remains. */
  function startOver(): void {
    clearTimeout(retry);
    // While it is connecting, `ready` follows by itself.
    retry = setTimeout(() => subscriber.status === 'ready' && subscriber.disconnect(true), heartbeatMs).unref();
  }

  function onMessage(_channel: Buffer, keys: unknown): void {
    if (Array.isArray(keys)) for (const key of keys) onWritten(String(key));
    else onLost();
  }

  const watch = watchGivenUp(subscriber);
  const heartbeat = setInterval(() => {
    if (isOn) lease.renew();
    if (watch.hasGivenUp()) subscriber.connect().catch(() => undefined);
  }, heartbeatMs).unref();
  function close(): void {
    clearInterval(heartbeat);
    watch.close();
    clearTimeout(retry);
    subscriber.off('messageBuffer', onMessage).off('close', loseSubscriber).off('ready', onSubscriberReady);
    client.off('close', lose).off('ready', onClientReady);
    loseSubscriber();
  }

  try {
    for (const connection of [client, subscriber]) await waitUntilReady(connection);
    subscriber.on('messageBuffer', onMessage).on('close', loseSubscriber);
    client.on('close', lose);
    await subscribe();
  } catch (error) {
    // A subscribed connection accepts no other command: the next attempt needs a new one.
    if (reportingServer !== undefined) subscriber.disconnect(true);
    close();
    throw createStoreError(error, 'Redis does not report writes');
  }
  subscriber.on('ready', onSubscriberReady);
  client.on('ready', onClientReady);

  return {
    isTrusted: lease.isHeld,
    get isOn() {
      return isOn;
    },
    close,
  };
}

async function waitUntilReady(client: Redis): Promise<void> {
  if (client.status === 'wait') await client.connect();
  else if (client.status === 'end') throw new Error('The connection was closed.');
  else if (client.status !== 'ready') await once(client, 'ready');
}
