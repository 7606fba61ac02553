// The line on which Redis says what was written: a connection of its own, subscribed to the invalidations of a prefix.
//
//   subscriber: CLIENT ID, CLIENT TRACKING ON REDIRECT <itself> BCAST PREFIX <prefix>, SUBSCRIBE __redis__:invalidate
//   message ── a key was written ──> onWritten(key)      null (FLUSHALL), or the line or the client was lost ──> onLost()
//   PING ── its answer proves that every message of before the PING has arrived ──> trusted for another while (a lease)
//
// The tracking is the subscriber's own and not the data connection's: with BCAST it makes no difference who reads, and so
// nothing can be lost but this one connection, whose end we see. (RESP2, because ioredis 6 drops the pushes of RESP3.)

import { once } from 'node:events';
import type { Redis } from 'ioredis';
import { AuthError } from '../../errors.ts';
import { demandSafeClient, isCluster, nodeOptions, type RedisClient, type RedisDeadline } from './client.ts';
import { storeUnavailable } from './failure.ts';

const CHANNEL = '__redis__:invalidate';

export interface Tracking {
  /** Whether all that was written until a moment ago has been told. */
  isTrusted(now: number): boolean;
  /** Whether Redis tells at all. */
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
export function redisSubscriberOptions({ deadlineMs }: RedisDeadline = {}) {
  const line = { protocol: 2, autoResubscribe: false, enableOfflineQueue: false, enableAutoPipelining: false } as const;
  return { ...nodeOptions(deadlineMs), ...line };
}

/** @throws ERR_OPTION_INVALID for a Cluster, and for a subscriber that could miss what Redis says. */
export function demandTrackable(client: RedisClient, subscriber: RedisClient): asserts client is Redis {
  if (isCluster(client) || isCluster(subscriber)) {
    throw new AuthError('ERR_OPTION_INVALID', 'The tracked cache works on one Redis server, not on a Cluster.');
  }
  demandSafeClient(subscriber);
  const { protocol, autoResubscribe } = subscriber.options;
  const wrong = [
    ...(subscriber === client ? ['it must be a connection of its own'] : []),
    // ioredis 5 speaks RESP2 only and has no such option.
    ...(protocol === undefined || protocol === 2 ? [] : ['protocol must be 2']),
    ...(autoResubscribe === false ? [] : ['autoResubscribe must be false']),
  ];
  if (wrong.length === 0) return;
  const advice = 'client.duplicate(redisSubscriberOptions()) gives what is needed.';
  throw new AuthError('ERR_OPTION_INVALID', `The subscriber: ${wrong.join('; ')}. ${advice}`);
}

/** @throws ERR_STORE_UNAVAILABLE when Redis does not answer, or does not know or allow CLIENT TRACKING. */
export async function startTracking(options: TrackingOptions): Promise<Tracking> {
  const { client, subscriber, prefix, heartbeatMs, monotonic, onWritten, onLost } = options;
  /** The run_id of the server that tells; undefined while nobody does. */
  let teller: string | undefined;
  let isOn = false;
  let isAsking = false;
  let trustedUntil = Number.NEGATIVE_INFINITY;
  /** Counts the ends of either connection: what was begun before one does not count after it. */
  let era = 0;
  let retry: NodeJS.Timeout | undefined;

  function lose(): void {
    era++;
    isOn = false;
    trustedUntil = Number.NEGATIVE_INFINITY;
    onLost();
  }

  function loseTeller(): void {
    teller = undefined;
    lose();
  }

  async function listen(): Promise<void> {
    const id = await subscriber.client('ID');
    await subscriber.call('CLIENT', 'TRACKING', 'ON', 'REDIRECT', id, 'BCAST', ...(prefix ? ['PREFIX', prefix] : []));
    const runId = await runIdOf(subscriber);
    await subscriber.subscribe(CHANNEL);
    teller = runId;
    if (client.status === 'ready') await agree(runId);
  }

  /** Both connections must lead to the same server: after a failover one may still lead to the former one. */
  async function agree(runId: string): Promise<void> {
    const begun = era;
    const asked = await runIdOf(client);
    if (begun !== era) return;
    if (asked !== runId) throw new Error('The subscriber is connected to another server than the client.');
    // Every write from here on is told; what was read until now may have missed one.
    onLost();
    isOn = true;
    await beat();
  }

  async function beat(): Promise<void> {
    if (!isOn || isAsking) return;
    const begun = era;
    const sentAt = monotonic();
    isAsking = true;
    try {
      await subscriber.ping();
      if (begun === era) trustedUntil = sentAt + 2 * heartbeatMs;
    } catch {
      // No answer: the trust runs out by itself.
    } finally {
      isAsking = false;
    }
  }

  const onSubscriberReady = () => void listen().catch(startOver);

  function onClientReady(): void {
    // While nobody tells, `listen` is on its way, and looks at the client itself.
    if (teller !== undefined) agree(teller).catch(startOver);
  }

  /** By a new connection, which begins with nothing subscribed; after a moment, in case the reason stays. */
  function startOver(): void {
    clearTimeout(retry);
    retry = setTimeout(() => subscriber.disconnect(true), heartbeatMs).unref();
  }

  function onMessage(_channel: Buffer, keys: unknown): void {
    if (Array.isArray(keys)) for (const key of keys) onWritten(String(key));
    else onLost();
  }

  const heartbeat = setInterval(beat, heartbeatMs).unref();
  function close(): void {
    clearInterval(heartbeat);
    clearTimeout(retry);
    subscriber.off('messageBuffer', onMessage).off('close', loseTeller).off('ready', onSubscriberReady);
    client.off('close', lose).off('ready', onClientReady);
    loseTeller();
  }

  try {
    for (const each of [client, subscriber]) await ready(each);
    subscriber.on('messageBuffer', onMessage).on('close', loseTeller);
    client.on('close', lose);
    await listen();
  } catch (error) {
    // Once subscribed, a connection takes no other command: the next try needs a new one.
    if (teller !== undefined) subscriber.disconnect(true);
    close();
    throw storeUnavailable(error, 'Redis does not tell what is written');
  }
  subscriber.on('ready', onSubscriberReady);
  client.on('ready', onClientReady);

  return {
    isTrusted: (now) => now < trustedUntil,
    get isOn() {
      return isOn;
    },
    close,
  };
}

async function ready(client: Redis): Promise<void> {
  if (client.status === 'wait') await client.connect();
  else if (client.status === 'end') throw new Error('The connection was closed.');
  else if (client.status !== 'ready') await once(client, 'ready');
}

async function runIdOf(client: Redis): Promise<string> {
  return /^run_id:(\w+)/m.exec(await client.info('server'))?.[1] ?? '';
}
