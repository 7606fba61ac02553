import { once } from 'node:events';
import { createRedisStore, redisClientOptions } from '@statecraft/auth-core/redis';
import { sessionPlugin } from '@statecraft/auth-fastify';
import Fastify from 'fastify';
import { Redis } from 'ioredis';

export async function buildOnRedis(url: string) {
  const app = Fastify();
  const client = new Redis(url, redisClientOptions({ deadlineMs: 1_000 }));
  client.on('error', (error) => app.log.warn(error, 'The connection to Redis failed.'));
  app.addHook('onClose', () => client.disconnect());
  await once(client, 'ready');

  const store = createRedisStore({ client });
  await store.ready();
  await app.register(sessionPlugin, { store });

  app.post('/login', async (request) => {
    await request.signIn({ userId: '1', username: 'ada', roles: [] });
    return { ok: true };
  });
  app.get('/me', { onRequest: app.requirePrincipal }, (request) => ({ hello: request.principal?.username }));
  app.get('/ready', async () => {
    await client.hlen('sess:');
    return { redis: 'ok' };
  });
  return app;
}
