// GET /health: the process is alive. GET /ready: it is able to serve, which a balancer asks before it sends anybody here.

import type { FastifyInstance } from 'fastify';
import { bodyOf, errorResponse, known } from './errors.ts';

declare module 'fastify' {
  interface FastifyInstance {
    /** Adds to /ready; `check` throws when what it looks at cannot serve, or is late: it has CHECK_TIMEOUT_MS. */
    addReadinessCheck(name: string, check: () => Promise<unknown>): void;
    /** From now on /ready answers 503: the process is about to end. */
    drain(): void;
  }
}

const CHECK_TIMEOUT_MS = 1_000;

const status = { type: 'string' } as const;
// Said here, because the schema of every other error knows no checks and would leave them out.
const checks = { type: 'object', description: 'ok or failed, by name', additionalProperties: { type: 'string' } };
const HEALTH = { tags: ['service'], response: { 200: { type: 'object', properties: { status } } } };
const READY = {
  tags: ['service'],
  response: {
    200: { type: 'object', properties: { status, checks } },
    503: { type: 'object', required: errorResponse.required, properties: { ...errorResponse.properties, checks } },
  },
};

export function answerReadiness(app: FastifyInstance, onDrain: () => void): void {
  const checks = new Map<string, () => Promise<unknown>>();
  let draining = false;
  app.decorate('addReadinessCheck', (name, check) => void checks.set(name, check));
  app.decorate('drain', () => {
    draining = true;
    onDrain();
  });
  app.get('/health', { schema: HEALTH }, () => ({ status: 'ok' }));
  app.get('/ready', { schema: READY }, async (_request, reply) => {
    const results = await Promise.all(
      [...checks].map(async ([name, check]) => [name, await outcomeOf(check)] as const),
    );
    const outcomes = Object.fromEntries(results);
    if (draining) return reply.code(503).send({ ...bodyOf(known('ERR_DRAINING')), checks: outcomes });
    if (results.every(([, outcome]) => outcome === 'ok')) return { status: 'ready', checks: outcomes };
    return reply.code(503).send({ ...bodyOf(known('ERR_NOT_READY')), checks: outcomes });
  });
}

async function outcomeOf(check: () => Promise<unknown>): Promise<'ok' | 'failed'> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error('too late')), CHECK_TIMEOUT_MS);
  });
  try {
    await Promise.race([check(), late]);
    return 'ok';
  } catch {
    return 'failed';
  } finally {
    clearTimeout(timer);
  }
}
