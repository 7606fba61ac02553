// A client for the address in REDIS_URL: one server, a master that Sentinels name, or a Cluster.

import { redisClientOptions, redisClusterOptions } from '@statecraft/auth-core/redis';
import { Cluster, Redis } from 'ioredis';
import type { RedisAddress } from './redis-url.ts';

/** A client that begins to connect. `deadlineMs`: within which a command has answered or failed. */
export function openRedis(address: RedisAddress, deadlineMs: number): Redis | Cluster {
  if (address.kind === 'cluster') return openCluster(address, deadlineMs);
  const { hosts, name, db, tls } = address;
  const common = { ...redisClientOptions({ deadlineMs }), ...readLogin(address), db };
  if (address.kind === 'server') return new Redis({ ...common, ...hosts[0], ...(tls && { tls: {} }) });
  return new Redis({
    ...common,
    name: name ?? '',
    sentinels: [...hosts],
    sentinelCommandTimeout: deadlineMs,
    ...(address.sentinelUsername && { sentinelUsername: address.sentinelUsername }),
    ...(address.sentinelPassword && { sentinelPassword: address.sentinelPassword }),
    ...(tls && { tls: {}, sentinelTLS: {}, enableTLSForSentinelMode: true }),
  });
}

function openCluster(address: RedisAddress, deadlineMs: number): Cluster {
  const options = redisClusterOptions({ deadlineMs });
  const { tls } = address;
  return new Cluster([...address.hosts], {
    ...options,
    // The certificates name hosts: looking their addresses up would hide the names (ioredis' README, TLS in a Cluster).
    ...(tls && { dnsLookup: (host, done) => done(null, host) }),
    redisOptions: { ...options.redisOptions, ...readLogin(address), ...(tls && { tls: {} }) },
  });
}

function readLogin({ username, password }: RedisAddress) {
  return { ...(username && { username }), ...(password && { password }) };
}
