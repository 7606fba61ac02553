// GET /metrics in Prometheus' text format. Labels are route patterns, never paths: a path may contain a user's id.

import type { FastifyInstance } from 'fastify';
import { collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import type { Requests } from './requests.ts';

declare module 'fastify' {
  interface FastifyInstance {
    /** This app's own registry. Plugins register their metrics here. */
    metrics: Registry;
  }
}

/** Upper bounds in seconds: from a session that is read from memory to a queue of password hashes. */
const BUCKETS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5];

/** Adds GET /metrics and `app.metrics`. */
export function exposeMetrics(app: FastifyInstance, requests: Requests): void {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  measureRequests(registry, requests);
  app.decorate('metrics', registry);
  app.get('/metrics', { schema: { hide: true } }, async (_request, reply) => {
    reply.type(registry.contentType);
    return registry.metrics();
  });
  app.addHook('onClose', () => registry.clear());
}

function measureRequests(registry: Registry, requests: Requests): void {
  const durations = new Histogram({
    name: 'http_request_duration_seconds',
    help: 'Time from a request’s headers to the end of its answer.',
    labelNames: ['method', 'route', 'status'],
    buckets: BUCKETS,
    registers: [registry],
  });
  // An aborted request says how long its client waited, not how long the server takes.
  requests.onEnd(({ request, status, ms, aborted }) => {
    if (aborted || status === undefined) return;
    const { method, routeOptions } = request;
    durations.observe({ method, route: routeOptions.url ?? 'unmatched', status }, ms / 1000);
  });
  new Gauge({
    name: 'http_requests_in_flight',
    help: 'Requests whose answer has not ended.',
    registers: [registry],
    collect() {
      this.set(requests.open.size);
    },
  });
}
