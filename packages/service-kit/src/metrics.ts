// GET /metrics in Prometheus' text form. Labels are route patterns, never paths: a path may hold anybody's id.
//
// prom-client's own histogram hashes its labels at every observation (600 ns, 3 % of a bare route). Here each route gets
// its observer at boot, which knows its series: an observation is a comparison or two and an addition (40 ns).

import { performance } from 'node:perf_hooks';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { collectDefaultMetrics, Gauge, Histogram, type MetricValueWithName, Registry } from 'prom-client';
import type { EndingResponse } from './response.ts';

declare module 'fastify' {
  interface FastifyInstance {
    /** This app's own registry: plugins add their counters here. */
    metrics: Registry;
  }
  interface FastifyContextConfig {
    /** By method. */
    [kObservers]?: Readonly<Record<string, Observer>>;
  }
}

const kObservers = Symbol('statecraft.observers');
type Observer = (statusCode: number, ms: number) => void;

/** Upper bounds in seconds: from a session out of memory to a queue of password hashes. */
const BUCKETS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5];
const NAME = 'http_request_duration_seconds';
type Label = 'method' | 'route' | 'status';

interface Series {
  readonly labels: Readonly<Record<Label, string>>;
  /** Per bucket, not yet cumulative; the last one is +Inf. */
  readonly counts: number[];
  sum: number;
}

/** To be called with each request as it begins, in the app's first hook. */
export type Count = (request: FastifyRequest, reply: FastifyReply) => void;

export function countRequests(app: FastifyInstance): Count {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  app.decorate('metrics', registry);
  const all: Series[] = [];
  registerDurations(registry, all);
  observeRoutes(app, all);
  app.get('/metrics', { schema: { hide: true } }, async (_request, reply) => {
    reply.type(registry.contentType);
    return registry.metrics();
  });
  app.addHook('onClose', () => registry.clear());
  return observeAll(registry, all);
}

function registerDurations(registry: Registry, all: readonly Series[]): void {
  const help = 'Time from a request’s headers to the end of its answer.';
  const labelNames: Label[] = ['method', 'route', 'status'];
  const histogram = new Histogram({ name: NAME, help, labelNames, buckets: BUCKETS, registers: [registry] });
  // A registry reads a metric by the one for JSON and by the other for text.
  const get = async () => ({ name: NAME, help, type: 'histogram', aggregator: 'sum', values: all.flatMap(valuesOf) });
  Object.assign(histogram, { get, getForPromString: get });
}

/** In the route's own config, where its requests find it. */
function observeRoutes(app: FastifyInstance, all: Series[]): void {
  app.addHook('onRoute', (route) => {
    const own = [route.method].flat().map((method) => [method, observer(method, route.url, all)]);
    route.config = { ...route.config, [kObservers]: { ...route.config?.[kObservers], ...Object.fromEntries(own) } };
  });
}

/** Of one method of one route. */
function observer(method: string, route: string, all: Series[]): Observer {
  const byStatus: (Series | undefined)[] = [];
  return (statusCode, ms) => {
    let series = byStatus[statusCode];
    if (series === undefined) {
      series = newSeries(method, route, statusCode);
      byStatus[statusCode] = series;
      all.push(series);
    }
    observe(series, ms / 1000);
  };
}

function newSeries(method: string, route: string, statusCode: number): Series {
  const labels = { method, route, status: String(statusCode) };
  return { labels, counts: new Array<number>(BUCKETS.length + 1).fill(0), sum: 0 };
}

function observe(series: Series, seconds: number): void {
  let bucket = 0;
  while (bucket < BUCKETS.length && seconds > (BUCKETS[bucket] ?? 0)) bucket++;
  series.counts[bucket] = (series.counts[bucket] ?? 0) + 1;
  series.sum += seconds;
}

function valuesOf({ labels, counts, sum }: Series): MetricValueWithName<Label>[] {
  let total = 0;
  const buckets = counts.map((count, index) => {
    total += count;
    return { metricName: `${NAME}_bucket`, labels: { ...labels, le: BUCKETS[index] ?? '+Inf' }, value: total };
  });
  return [
    ...buckets,
    { metricName: `${NAME}_sum`, labels, value: sum },
    { metricName: `${NAME}_count`, labels, value: total },
  ];
}

/**
 * Every request from its first hook to the end of its answer; what no route knows is observed as `unmatched`. A request
 * whose client hung up took no time that anybody waited for: it is in flight no longer, and not observed.
 */
function observeAll(registry: Registry, all: Series[]): Count {
  let inFlight = 0;
  const unmatched = new Map<string, Observer>();

  function observerOf(request: FastifyRequest): Observer {
    const { method } = request.raw;
    const own = request.routeOptions.config?.[kObservers]?.[method ?? ''] ?? unmatched.get(method ?? '');
    if (own !== undefined) return own;
    const newcomer = observer(method ?? '', 'unmatched', all);
    unmatched.set(method ?? '', newcomer);
    return newcomer;
  }

  new Gauge({
    name: 'http_requests_in_flight',
    help: 'Requests whose answer has not ended.',
    registers: [registry],
    collect() {
      this.set(inFlight);
    },
  });
  return (request, reply) => {
    const began = performance.now();
    inFlight++;
    atEnd(reply, (whole) => {
      inFlight--;
      if (whole) observerOf(request)(reply.raw.statusCode, performance.now() - began);
    });
  };
}

function atEnd({ raw }: FastifyReply, then: (whole: boolean) => void): void {
  if ('onEnd' in raw) (raw as EndingResponse).onEnd = then;
  // `app.inject` makes its own response objects.
  else raw.once('finish', () => then(true));
}
