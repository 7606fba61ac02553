// After a failover the client may still be connected to the old master: Redis does not close connections when it
// demotes a server, and neither does a name that leads to another server now.
//
//   READONLY, or a heartbeat finds a replica ──> a second connection to the same address: a master? ── yes ──> reconnect
//   each LOOK_EVERY heartbeats ──────────────> the same, in case the address leads to another master
//
// While there is no other master, the client keeps its connection, and reads go on. A client that ioredis has given up
// (given-up.ts) connects again at the next heartbeat.

import type { Redis } from 'ioredis';
import { isCluster, type RedisClient } from './client.ts';
import { type GivenUpWatch, watchGivenUp } from './given-up.ts';
import { readServerKind, type ServerKind } from './server.ts';

/** Heartbeats between two looks at the address while the server is a master. */
const LOOK_EVERY = 5;

export interface MasterFollower {
  start(): void;
  /** Looks now if `error` says that the server is a replica. */
  notice(error: unknown): void;
  close(): void;
}

/** @param heartbeatMs between two checks of the server's role, ms */
export function followMaster(client: RedisClient, heartbeatMs: number): MasterFollower {
  // A Cluster client follows its masters by itself.
  if (isCluster(client)) return { start() {}, notice() {}, close() {} };
  const server: Redis = client;
  let timer: NodeJS.Timeout | undefined;
  let watch: GivenUpWatch | undefined;
  let beats = 0;
  let looking: Promise<void> | undefined;
  let lookedAt = Number.NEGATIVE_INFINITY;
  let movedTo: string | undefined;
  let isAmbiguous = false;

  async function beat(): Promise<void> {
    if (watch?.hasGivenUp()) return server.connect();
    if (server.status === 'end') return stop();
    if (server.status !== 'ready') return;
    beats++;
    const { isMaster } = await readServerKind(server);
    if (!isMaster || beats % LOOK_EVERY === 0) await look();
  }

  function look(): Promise<void> {
    lookedAt = performance.now();
    looking ??= moveToMaster().finally(() => {
      looking = undefined;
    });
    return looking;
  }

  async function moveToMaster(): Promise<void> {
    const [current, found] = await Promise.all([readServerKind(server), readServerBehindAddress(server)]);
    // Each connection may lead to another server: behind a proxy, for example. Then only a replica is a reason to move.
    isAmbiguous ||= movedTo !== undefined && current.runId !== movedTo;
    movedTo = undefined;
    // ioredis would give the client up if it were connecting now.
    if (server.status !== 'ready') return;
    if (!found.isMaster || found.runId === current.runId || (current.isMaster && isAmbiguous)) return;
    if (current.isMaster) movedTo = found.runId;
    server.disconnect(true);
  }

  function stop(): void {
    clearInterval(timer);
    timer = undefined;
    watch?.close();
    watch = undefined;
  }

  return {
    start() {
      watch ??= watchGivenUp(server);
      timer ??= setInterval(() => beat().catch(() => undefined), heartbeatMs).unref();
    },
    notice(error) {
      if (timer === undefined || !String(error).includes('READONLY')) return;
      if (performance.now() - lookedAt >= heartbeatMs) look().catch(() => undefined);
    },
    close: stop,
  };
}

async function readServerBehindAddress(client: Redis): Promise<ServerKind> {
  const scout = client.duplicate({
    lazyConnect: true,
    retryStrategy: () => null,
    sentinelRetryStrategy: () => null,
    failoverDetector: false,
  });
  scout.on('error', () => undefined);
  try {
    await scout.connect();
    return await readServerKind(scout);
  } finally {
    scout.disconnect();
  }
}
