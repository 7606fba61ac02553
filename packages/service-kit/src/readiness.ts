// GET /health: the process runs. GET /ready: it can serve requests; a load balancer asks this before it sends any.

import type { FastifyInstance } from 'fastify';
import { createFailure, errorResponse, formatError } from './errors.ts';

declare module 'fastify' {
  interface FastifyInstance {
    /** Adds a check to /ready. It fails if `check` throws, or takes longer than a second. */
    addReadinessCheck(name: string, check: () => Promise<unknown>): void;
    /** The process is about to end: /ready answers 503, and every answer ends its connection. */
    drain(): void;
  }
}

const CHECK_TIMEOUT_MS = 1_000;

const status = { type: 'string' } as const;
const checks = { type: 'object', description: 'ok or failed, by name', additionalProperties: { type: 'string' } };
const HEALTH = { tags: ['service'], response: { 200: { type: 'object', properties: { status } } } };
const READY = {
  tags: ['service'],
  response: {
    200: { type: 'object', properties: { status, checks } },
    // The general schema of errors has no `checks`: Fastify would leave them out.
    503: { type: 'object', required: errorResponse.required, properties: { ...errorResponse.properties, checks } },
  },
};

/** Adds /health and /ready, `app.addReadinessCheck` and `app.drain`. */
export function exposeReadiness(app: FastifyInstance, onDrain: () => void): void {
  const checks = new Map<string, () => Promise<unknown>>();
  let draining = false;
  app.decorate('addReadinessCheck', (name, check) => void checks.set(name, check));
  app.decorate('drain', () => {
    draining = true;
    onDrain();
  });
  app.get('/health', { schema: HEALTH }, () => ({ status: 'ok' }));
  app.get('/ready', { schema: READY }, async (_request, reply) => {
    const running = [...checks].map(async ([name, check]) => [name, await runCheck(check)] as const);
    const outcomes = Object.fromEntries(await Promise.all(running));
    const failed = Object.values(outcomes).includes('failed');
    if (!draining && !failed) return { status: 'ready', checks: outcomes };
    const failure = createFailure(draining ? 'ERR_DRAINING' : 'ERR_NOT_READY');
    return reply.code(503).send({ ...formatError(failure), checks: outcomes });
  });
}

async function runCheck(check: () => Promise<unknown>): Promise<'ok' | 'failed'> {
  let timer: NodeJS.Timeout | undefined;
  const timeout = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error('The check took too long.')), CHECK_TIMEOUT_MS);
  });
  try {
    await Promise.race([check(), timeout]);
    return 'ok';
  } catch {
    return 'failed';
  } finally {
    clearTimeout(timer);
  }
}
