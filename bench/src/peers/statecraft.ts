// Ours without passwords and without HTTP for a million sign-ins: the same service, plugins, strategy and store as
// apps/*, whole product configuration, with POST /sign-in as a peer has it and POST /seed for as many sessions as asked.
// MODE: jwt, memory, redis. What it costs to sign somebody in, and what many sessions cost, is measured here.

import { createSessionStrategy, encodeSessionData, type SessionStore, type UserSessions } from '@statecraft/auth-core';
import { createMemoryStore } from '@statecraft/auth-core/memory';
import { createRedisClock, createRedisStore, redisClientOptions } from '@statecraft/auth-core/redis';
import { jwtPlugin, sessionPlugin } from '@statecraft/auth-fastify';
import { createService } from '@statecraft/service-kit';
import { Redis } from 'ioredis';
import { answer, demand, listen, personIn } from './person.ts';
import { somebody } from './somebody.ts';

const AT_ONCE = 200;
/** Seeding fills Redis as fast as it goes; a command that waits is no failure here. */
const DEADLINE_MS = 20_000;

const mode = process.env.MODE ?? 'memory';
const app = await createService({ name: mode, description: 'The bench.', instanceId: 'bench', logLevel: 'warn' });

if (mode === 'jwt') await withTokens();
else await withSessions(await openStore());

app.get('/auth/me', { ...answer, onRequest: app.requirePrincipal }, ({ principal }) => ({
  user: demand(principal ? { id: principal.userId, username: principal.username, roles: principal.roles } : undefined),
}));
await listen(app);

async function withTokens(): Promise<void> {
  const keys = { secret: process.env.JWT_SECRET ?? '' };
  await app.register(jwtPlugin, { keys, issuer: 'statecraft', audience: 'statecraft-api', ttlSeconds: 900 });
  app.post('/sign-in', async (request, reply) => {
    const { id: userId, username, roles } = personIn(request);
    reply.header('cache-control', 'no-store');
    return { token: app.tokens.issue({ userId, username, roles }).accessToken };
  });
}

async function withSessions(store: SessionStore & UserSessions): Promise<void> {
  const strategy = createSessionStrategy({ store });
  await app.register(sessionPlugin, { strategy, cookie: { secure: false } });
  app.post('/sign-in', async (request) => {
    const { id: userId, username, roles } = personIn(request);
    await request.signIn({ userId, username, roles });
    return {};
  });

  /** One session each for `count` users, with data of about `bytes`. Answers their tokens in that order, one a line. */
  app.post('/seed', async (request) => {
    const { from, count, bytes } = request.body as { from: number; count: number; bytes: number };
    const tokens: string[] = [];
    const one = async (at: number) => {
      const user = somebody(at);
      const { token } = await strategy.issue({ userId: user.id, data: dataOf(user, bytes) });
      tokens[at - from] = token;
    };
    for (let at = from; at < from + count; at += AT_ONCE) {
      const more = Math.min(AT_ONCE, from + count - at);
      await Promise.all(Array.from({ length: more }, (_, next) => one(at + next)));
    }
    return tokens.join('\n');
  });
}

function dataOf(user: object, bytes: number): string {
  const bare = JSON.stringify({ user, note: '' }).length;
  // In one piece, as a parser gives a text: V8 would keep a tree of two.
  return encodeSessionData({ user, note: Buffer.alloc(Math.max(0, bytes - bare), 'x').toString() });
}

async function openStore(): Promise<SessionStore & UserSessions> {
  if (mode === 'memory') return createMemoryStore({ maxSessions: 2_000_000, maxBytes: 8 * 1024 ** 3 });
  const client = new Redis(process.env.REDIS_URL ?? '', redisClientOptions({ deadlineMs: DEADLINE_MS }));
  client.on('error', (error: Error) => process.stderr.write(`${error.message}\n`));
  await new Promise((resolve) => client.once('ready', resolve));
  return createRedisStore({ client, clock: await createRedisClock(client) });
}
