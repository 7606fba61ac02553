// The Redis store against the conformance kit: two instances, two connections, a real server.

import { type RedisServer, startRedis } from '@statecraft/infra-dev';
import type { Redis } from 'ioredis';
import { afterAll, beforeAll, describe, it } from 'vitest';
import { createRedisStore } from '../src/stores/redis.ts';
import { checkSessionStore, type Gate } from '../src/testing/index.ts';
import { connectTo, ttls } from './redis-fixture.ts';

const MAX_SESSIONS_PER_USER = 20;
const OURS = new Set(['hget', 'hgetall', 'hdel', 'evalsha', 'eval']);

let server: RedisServer;
beforeAll(async () => {
  server = await startRedis();
});
afterAll(() => server.stop());

checkSessionStore({
  name: 'The Redis store',
  describe,
  it,
  without: ['sweep'],
  maxSessionsPerUser: MAX_SESSIONS_PER_USER,

  async open({ clock, gates }) {
    const admin = await connectTo(server.url);
    await admin.flushall();
    const clients = [await gated(gates[0]), await gated(gates[1])] as const;
    const storeOn = (client: Redis) => createRedisStore({ client, clock, maxSessionsPerUser: MAX_SESSIONS_PER_USER });
    return {
      stores: [storeOn(clients[0]), storeOn(clients[1])],
      dump: () => dump(admin),
      ttls: () => ttls(admin),
      size: async () => {
        const keys = await admin.keys('*');
        const sizes = await Promise.all(keys.map((key) => admin.hlen(key)));
        return sizes.reduce((sum, size) => sum + size, 0);
      },
      abort: (instance) => clients[instance].disconnect(true),
      close: () => {
        for (const client of [admin, ...clients]) client.disconnect();
      },
    };
  },
});

/** A client that asks the gate before it writes one of the store's commands to its connection. */
async function gated(gate: Gate): Promise<Redis> {
  const client = await connectTo(server.url);
  const send = client.sendCommand.bind(client);
  client.sendCommand = (command, stream) => {
    const turn = OURS.has(command.name) ? gate.pass() : undefined;
    if (turn === undefined) return send(command, stream);
    // What the server answers arrives through the command's own promise.
    const goOn = () => Promise.resolve(send(command, stream)).catch(() => undefined);
    turn.then(goOn, (error: Error) => command.reject(error));
    return command.promise;
  };
  return client;
}

async function dump(admin: Redis): Promise<Buffer[]> {
  const keys = await admin.keys('*');
  const hashes = await Promise.all(keys.map((key) => admin.hgetallBuffer(key)));
  const words = hashes.flatMap((hash) => Object.entries(hash).flat());
  return [...keys, ...words].map((word) => Buffer.from(word as string));
}
