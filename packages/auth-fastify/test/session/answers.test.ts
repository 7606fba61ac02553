// The session plugin loses no answer and never ends the process: for each way to answer, the client gets what it gets from
// the same app with an empty asynchronous onSend hook in the plugin's place.

import type { SessionStore } from '@statecraft/auth-core';
import { createRedisStore, redisClientOptions } from '@statecraft/auth-core/redis';
import { startRedis } from '@statecraft/infra-dev';
import { Redis } from 'ioredis';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ACTS, type Answers, startAnswers, WAYS } from './answers.ts';
import { memory } from './app.ts';

const unhandled: unknown[] = [];
const collect = (error: unknown) => unhandled.push(error);
let oracle: Answers;

beforeAll(async () => {
  process.on('unhandledRejection', collect);
  process.on('uncaughtException', collect);
  oracle = await startAnswers(undefined);
});

afterAll(async () => {
  await oracle.app.close();
  process.off('unhandledRejection', collect);
  process.off('uncaughtException', collect);
});

async function onRedis(): Promise<{ store: SessionStore; stop: () => Promise<unknown> }> {
  const server = await startRedis();
  const client = new Redis(server.url, { ...redisClientOptions(), lazyConnect: true });
  await client.connect();
  return {
    store: createRedisStore({ client }),
    stop: async () => {
      client.disconnect();
      await server.stop();
    },
  };
}

const STORES = {
  memory: async () => ({ store: memory(), stop: async () => undefined }),
  Redis: onRedis,
} as const;

/** A store that answers later cannot keep Fastify from running what follows an answer that nothing returned. */
const MAY_RUN_MORE = /^(guard-that-forgets|throws-after-it-sent)/;

describe.each(Object.entries(STORES))('with sessions in %s', (_name, open) => {
  let answers: Answers;
  let stop: () => Promise<unknown>;

  beforeAll(async () => {
    const opened = await open();
    answers = await startAnswers(opened.store);
    stop = opened.stop;
  });
  afterAll(async () => {
    await answers.app.close();
    await stop();
  });

  async function signIn(): Promise<string> {
    const answer = await answers.app.inject({ method: 'POST', url: '/login' });
    return String(answer.headers['set-cookie']).split(';')[0] ?? '';
  }

  const cells = WAYS.flatMap((way) => ACTS.map((does) => [way, does] as const));
  it.each(cells)('answers like Fastify: %s, when the handler %s the session', async (way, does) => {
    for (const cookie of [undefined, await signIn()]) {
      const expected = await oracle.ask(way, does, cookie);
      const seen = await answers.ask(way, does, cookie);
      if (MAY_RUN_MORE.test(way)) expect(omitRan(seen)).toEqual(omitRan(expected));
      else expect(seen).toEqual(expected);
    }
    expect((await answers.app.inject('/alive')).body).toBe('alive');
    expect(unhandled).toEqual([]);
  });

  it('warns once, with the route, when a guard answered and the handler ran all the same', async () => {
    const cookie = await signIn();
    answers.warnings.length = 0;
    await answers.ask('guard-that-forgets-to-return', 'changes', cookie);
    expect(answers.warnings).toHaveLength(1);
    expect(answers.warnings[0]).toContain('/guard-that-forgets-to-return');
  });
});

function omitRan(answer: unknown): object {
  const { ran, ...rest } = answer as { ran: unknown };
  return rest;
}
