// How the kit opens our stores. The tests run it on them, and the table of docs/stores.md comes from them.

import { Session } from 'node:inspector/promises';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Command, Redis } from 'ioredis';
import type { Clock } from '../../src/index.ts';
import { createMemoryStore } from '../../src/stores/memory.ts';
import {
  createRedisStore,
  createTrackedStore,
  redisClientOptions,
  redisSubscriberOptions,
} from '../../src/stores/redis.ts';
import type { Gate, SessionStoreHarness } from '../../src/testing/index.ts';
import { connectTo, ttls } from '../redis-fixture.ts';

const MAX_SESSIONS_PER_USER = 20;

export const memoryHarness: SessionStoreHarness = {
  without: ['shared', 'keyTtls'],
  maxSessionsPerUser: MAX_SESSIONS_PER_USER,
  open({ clock }) {
    const store = createMemoryStore({ clock, maxSessionsPerUser: MAX_SESSIONS_PER_USER, sweepEveryMs: 0 });
    return { stores: [store], dump: dumpMaps, size: () => store.stats().sessions, close: () => store.close() };
  },
};

/** A server of one's own: it is emptied for each check. */
export function redisHarness(url: () => string): SessionStoreHarness {
  return {
    without: ['sweep'],
    maxSessionsPerUser: MAX_SESSIONS_PER_USER,

    async open({ clock, gates }) {
      const admin = await connectTo(url());
      await admin.flushall();
      const clients = [await gated(url(), gates[0]), await gated(url(), gates[1])] as const;
      const storeOn = (client: Redis) => createRedisStore({ client, clock, maxSessionsPerUser: MAX_SESSIONS_PER_USER });
      return {
        stores: [storeOn(clients[0]), storeOn(clients[1])],
        dump: () => dump(admin),
        ttls: () => ttls(admin),
        size: () => sizeOf(admin),
        abort: (instance) => clients[instance].disconnect(true),
        stall: () => stall(admin),
        close: () => {
          for (const client of [admin, ...clients]) client.disconnect();
        },
      };
    },
  };
}

/** The tracked cache over it: what another instance wrote is told a moment later. */
export function trackedHarness(url: () => string): SessionStoreHarness {
  const { open: _, ...redis } = redisHarness(url);
  return {
    ...redis,
    readsMayLag: { ms: 50 },

    async open({ clock, gates }) {
      const admin = await connectTo(url());
      await admin.flushall();
      const sides = [await tracked(url(), clock, gates[0]), await tracked(url(), clock, gates[1])] as const;
      return {
        stores: [sides[0].store, sides[1].store],
        dump: () => dump(admin),
        ttls: () => ttls(admin),
        size: () => sizeOf(admin),
        abort(instance) {
          for (const client of sides[instance].clients) client.disconnect(true);
        },
        stall: () => stall(admin),
        settle: async () => void (await Promise.all(sides.map(allTold))),
        async close() {
          admin.disconnect();
          for (const { store, clients } of sides) {
            await store.close();
            for (const client of clients) client.disconnect();
          }
        },
      };
    },
  };
}

async function tracked(url: string, clock: Clock, gate: Gate) {
  const client = await gated(url, gate, { answers: true });
  const subscriber = await connectTo(url, redisSubscriberOptions());
  const store = await createTrackedStore({ client, subscriber, clock, maxSessionsPerUser: MAX_SESSIONS_PER_USER });
  return { store, subscriber, clients: [client, subscriber] };
}

/** An answer to PING comes after all that was told before it; without a connection there is nothing kept to be wrong. */
async function allTold({ store, subscriber }: Awaited<ReturnType<typeof tracked>>): Promise<void> {
  while (store.stats().tracking) {
    const answered = await subscriber.ping().catch(() => undefined);
    if (answered !== undefined) return;
    await nextTurn();
  }
}

async function sizeOf(admin: Redis): Promise<number> {
  const keys = await admin.keys('*');
  const sizes = await Promise.all(keys.map((key) => admin.hlen(key)));
  return sizes.reduce((sum, size) => sum + size, 0);
}

/** Longer than the stores wait for an answer. */
async function stall(admin: Redis): Promise<void> {
  const { commandTimeout } = redisClientOptions({ deadlineMs: DEADLINE_MS });
  await admin.call('CLIENT', 'PAUSE', 1.2 * commandTimeout);
}

/** Twice the default, so that a machine with other work to do is not taken for a server that is down. */
const DEADLINE_MS = 4_000;
const OURS = new Set(['hget', 'hgetall', 'hdel', 'evalsha', 'eval']);

/**
 * A client that asks the gate before it writes one of the store's commands to its connection; with `answers` also before
 * it hands out what came back, so that a read can be overtaken on its way home.
 */
async function gated(url: string, gate: Gate, { answers = false } = {}): Promise<Redis> {
  const client = await connectTo(url, redisClientOptions({ deadlineMs: DEADLINE_MS }));
  const send = client.sendCommand.bind(client);
  client.sendCommand = (command, stream) => {
    const isOurs = OURS.has(command.name);
    if (isOurs && answers) holdAnswer(command, gate);
    const turn = isOurs ? gate.pass() : undefined;
    if (turn === undefined) return send(command, stream);
    // What the server answers arrives through the command's own promise.
    const goOn = () => Promise.resolve(send(command, stream)).catch(() => undefined);
    turn.then(goOn, (error: Error) => command.reject(error));
    return command.promise;
  };
  return client;
}

function holdAnswer(command: Command, gate: Gate): void {
  const { resolve } = command;
  command.resolve = (answer) => {
    const turn = gate.pass();
    if (turn === undefined) return resolve(answer);
    turn.then(
      () => resolve(answer),
      (error: Error) => command.reject(error),
    );
  };
}

async function dump(admin: Redis): Promise<Buffer[]> {
  const keys = await admin.keys('*');
  const hashes = await Promise.all(
    keys.map(async (key) => [await admin.hkeysBuffer(key), await admin.hvalsBuffer(key)]),
  );
  return [...keys.map((key) => Buffer.from(key)), ...hashes.flat(2)];
}

/** Every Map of this process in which a session id stands, as text: where the store keeps its sessions, and its indexes. */
async function dumpMaps(): Promise<string> {
  const inspector = new Session();
  inspector.connect();
  try {
    const prototype = await inspector.post('Runtime.evaluate', { expression: 'Map.prototype' });
    const prototypeObjectId = prototype.result.objectId ?? '';
    const { objects } = await inspector.post('Runtime.queryObjects', { prototypeObjectId });
    const { result, exceptionDetails } = await inspector.post('Runtime.callFunctionOn', {
      objectId: objects.objectId ?? '',
      functionDeclaration: `function () {
        const isId = (text) => typeof text === 'string' && /^[\\w-]{59}$/.test(text);
        // The prototypes of classes that extend Map inherit from it and are none.
        const maps = this.filter((object) => Object.getPrototypeOf(object) === Map.prototype && object.constructor === Map);
        return JSON.stringify(maps.map((map) => [...map]).filter((entries) => entries.flat().some(isId)));
      }`,
      returnByValue: true,
    });
    if (exceptionDetails !== undefined) throw new Error(exceptionDetails.exception?.description ?? 'The dump failed.');
    return String(result.value);
  } finally {
    inspector.disconnect();
  }
}
