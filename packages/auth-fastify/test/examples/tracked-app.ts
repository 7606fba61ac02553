import { once } from 'node:events';
import { createTrackedStore, redisClientOptions, redisSubscriberOptions } from '@statecraft/auth-core/redis';
import { Redis } from 'ioredis';

export async function openTrackedStore(url: string) {
  const client = new Redis(url, redisClientOptions());
  const subscriber = client.duplicate(redisSubscriberOptions());
  for (const connection of [client, subscriber]) connection.on('error', console.error);
  await Promise.all([once(client, 'ready'), once(subscriber, 'ready')]);

  const store = await createTrackedStore({ client, subscriber });
  const close = async () => {
    await store.close();
    subscriber.disconnect();
    client.disconnect();
  };
  return { store, close };
}
