// GET /health: the process is alive. GET /ready: it is able to serve, which a balancer asks before it sends anybody here.

import type { FastifyInstance } from 'fastify';

declare module 'fastify' {
  interface FastifyInstance {
    /** Adds to /ready; `check` throws when what it looks at cannot serve. */
    addReadinessCheck(name: string, check: () => Promise<unknown>): void;
    /** From now on /ready answers 503: the process is about to end. */
    drain(): void;
  }
}

const CHECK_TIMEOUT_MS = 1_000;

export function answerReadiness(app: FastifyInstance): void {
  const checks = new Map<string, () => Promise<unknown>>();
  let draining = false;
  app.decorate('addReadinessCheck', (name, check) => void checks.set(name, check));
  app.decorate('drain', () => {
    draining = true;
  });
  app.get('/health', { schema: { tags: ['service'] } }, () => ({ status: 'ok' }));
  app.get('/ready', { schema: { tags: ['service'] } }, async (_request, reply) => {
    const results = await Promise.all([...checks].map(async ([name, check]) => [name, await answers(check)] as const));
    const ready = !draining && results.every(([, ok]) => ok);
    reply.code(ready ? 200 : 503);
    const status = ready ? 'ready' : draining ? 'draining' : 'unavailable';
    return { status, checks: Object.fromEntries(results.map(([name, ok]) => [name, ok ? 'ok' : 'failed'])) };
  });
}

async function answers(check: () => Promise<unknown>): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error('too late')), CHECK_TIMEOUT_MS);
  });
  try {
    await Promise.race([check(), late]);
    return true;
  } catch {
    return false;
  } finally {
    clearTimeout(timer);
  }
}
