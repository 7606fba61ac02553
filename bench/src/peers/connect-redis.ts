// connect-redis over node-redis, as its readme shows.

import { RedisStore } from 'connect-redis';
import { createClient } from 'redis';

export async function openConnectRedis(url: string): Promise<RedisStore> {
  const client = createClient({ url });
  client.on('error', (error: Error) => process.stderr.write(`${error.message}\n`));
  await client.connect();
  return new RedisStore({ client, prefix: 'sess:' });
}
