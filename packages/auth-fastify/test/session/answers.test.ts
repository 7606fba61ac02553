// The session plugin loses no answer and never ends the process: for each way to answer, the client gets what it gets
// from the same app with an empty asynchronous onSend hook in the plugin's place.

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

/**
 * While an answer waits for a store that answers later, Fastify still runs the error handler of a handler that throws.
 */
const mayRunMore = (store: string, way: string) => store === 'Redis' && way === 'throws-after-it-sent';

describe.each(Object.entries(STORES))('with sessions in %s', (name, open) => {
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
      if (mayRunMore(name, way)) expect(omitRan(seen)).toEqual(omitRan(expected));
      else expect(seen).toEqual(expected);
    }
    expect((await answers.app.inject('/alive')).body).toBe('alive');
    expect(unhandled).toEqual([]);
  });

  it('does not run the handler after a guard that answered and forgot to return', async () => {
    const cookie = await signIn();
    answers.warnings.length = 0;
    expect(await answers.ask('guard-that-forgets-to-return', 'changes', cookie)).toMatchObject({
      status: 403,
      ran: [],
    });
    // Where the store answers a value, Fastify itself knows that the answer was sent.
    const expected = name === 'Redis' ? [expect.stringContaining('POST /guard-that-forgets-to-return')] : [];
    expect(answers.warnings).toEqual(expected);
  });
});

function omitRan(answer: unknown): object {
  const { ran, ...rest } = answer as { ran: unknown };
  return rest;
}
