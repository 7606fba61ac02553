import { once } from 'node:events';
import {
  createRedisStore,
  createTrackedStore,
  redisClientOptions,
  redisSubscriberOptions,
} from '@statecraft/auth-core/redis';
import { Redis } from 'ioredis';

/** Connects to Redis, and opens a store there. Your code owns the connections, so `close` ends them. */
export async function openStore(url: string) {
  // The store refuses a client with other options, for example one that queues commands while Redis is away.
  const client = await connect(new Redis(url, redisClientOptions({ deadlineMs: 1_000 })));
  const store = createRedisStore({ client });
  // Reads the clock of Redis, which decides when sessions expire.
  await store.ready();
  return { store, close: () => client.disconnect() };
}

/** The same with a cache in this process. Redis reports each change of a cached session on the second connection. */
export async function openTrackedStore(url: string) {
  const client = await connect(new Redis(url, redisClientOptions({ deadlineMs: 1_000 })));
  const subscriber = await connect(client.duplicate(redisSubscriberOptions()));
  const store = await createTrackedStore({ client, subscriber });
  const close = async () => {
    await store.close();
    subscriber.disconnect();
    client.disconnect();
  };
  return { store, close };
}

async function connect(client: Redis): Promise<Redis> {
  // Without a listener, a lost connection ends the process. ioredis connects again by itself.
  client.on('error', (error) => console.error(`Redis: ${error.message}`));
  await once(client, 'ready');
  return client;
}
