// GET /health: the process runs. GET /ready: it can serve requests; a load balancer asks this before it sends any. The
// outcome of every check is also a metric, `readiness_check`.

import type { FastifyInstance } from 'fastify';
import { Gauge } from 'prom-client';
import { createFailure, errorResponse, formatError } from './errors.ts';
import './metrics.ts';

interface ReadinessCheckOptions {
  /** Whether /ready answers 503 if the check fails. If not, the check only shows in its body. Default true. */
  readonly required?: boolean;
}

declare module 'fastify' {
  interface FastifyInstance {
    /**
     * Adds a check to /ready and to the metric `readiness_check`. It fails if `check` throws, or takes longer than a
     * second. It runs once at a time: requests that arrive meanwhile get the same outcome.
     */
    addReadinessCheck(name: string, check: () => Promise<unknown>, options?: ReadinessCheckOptions): void;
    /** The process is about to end: /ready answers 503, and every answer ends its connection. */
    drain(): void;
  }
}

const CHECK_TIMEOUT_MS = 1_000;

const status = { type: 'string' } as const;
const checks = { type: 'object', description: 'ok or failed, by name', additionalProperties: { type: 'string' } };
const HEALTH = {
  summary: 'Answers that the process is alive.',
  tags: ['service'],
  response: { 200: { type: 'object', properties: { status } } },
};
const READY = {
  summary: 'Answers whether the server can serve requests.',
  tags: ['service'],
  response: {
    200: { type: 'object', properties: { status, checks } },
    // The general schema of errors has no `checks`: Fastify would leave them out.
    503: { type: 'object', required: errorResponse.required, properties: { ...errorResponse.properties, checks } },
  },
};

/** Adds /health and /ready, `app.addReadinessCheck` and `app.drain`. */
export function exposeReadiness(app: FastifyInstance, onDrain: () => void): void {
  const checks: Check[] = [];
  let draining = false;
  app.decorate('addReadinessCheck', (name, check, { required = true } = {}) => {
    checks.push({ name, required, run: shareRuns(() => runCheck(check)) });
  });
  app.decorate('drain', () => {
    draining = true;
    onDrain();
  });
  app.get('/health', { schema: HEALTH }, () => ({ status: 'ok' }));
  app.get('/ready', { schema: READY }, async (_request, reply) => {
    const outcomes = await runChecks(checks);
    const failed = outcomes.some(({ required, outcome }) => required && outcome === 'failed');
    const shown = Object.fromEntries(outcomes.map(({ name, outcome }) => [name, outcome]));
    if (!draining && !failed) return { status: 'ready', checks: shown };
    const failure = createFailure(draining ? 'ERR_DRAINING' : 'ERR_NOT_READY');
    return reply.code(503).send({ ...formatError(failure), checks: shown });
  });
  measureChecks(app, checks);
}

function measureChecks({ metrics }: FastifyInstance, checks: readonly Check[]): void {
  new Gauge({
    name: 'readiness_check',
    help: '1 if the check of /ready succeeds, else 0.',
    labelNames: ['check'],
    registers: [metrics],
    async collect() {
      for (const { name, outcome } of await runChecks(checks)) this.set({ check: name }, outcome === 'ok' ? 1 : 0);
    },
  });
}

type Outcome = 'ok' | 'failed';

interface Check {
  readonly name: string;
  readonly required: boolean;
  run(): Promise<Outcome>;
}

function runChecks(checks: readonly Check[]) {
  return Promise.all(checks.map(async ({ name, required, run }) => ({ name, required, outcome: await run() })));
}

function shareRuns<T>(run: () => Promise<T>): () => Promise<T> {
  let running: Promise<T> | undefined;
  return () => {
    running ??= run().finally(() => {
      running = undefined;
    });
    return running;
  };
}

async function runCheck(check: () => Promise<unknown>): Promise<Outcome> {
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
