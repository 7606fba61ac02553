// GET /metrics: what a Prometheus server reads.

import { EventEmitter, once } from 'node:events';
import { connect } from 'node:net';
import type { FastifyInstance } from 'fastify';
import { Counter } from 'prom-client';
import { expect, it } from 'vitest';
import { showFigures } from '../src/index.ts';
import { listenOnFreePort, openService, type Setup } from './service.ts';

const routes = (app: FastifyInstance) => {
  app.get('/users/:id', ({ params }) => params);
  app.get('/denied/:id', () => {
    throw Object.assign(new Error('No.'), { statusCode: 401, code: 'ERR_NO' });
  });
};

async function readMetrics(urls: readonly string[], setup: Setup = { routes }): Promise<string> {
  const { app } = await openService(setup);
  for (const url of urls) await app.inject(url);
  const answer = await app.inject('/metrics');
  expect(answer.headers['content-type']).toMatch(/^text\/plain; version=0\.0\.4/);
  return answer.body;
}

const readCounts = (text: string) =>
  Object.fromEntries(
    [...text.matchAll(/^http_request_duration_seconds_count\{(.*)\} (\d+)$/gm)].map(([, labels, count]) => [
      labels,
      Number(count),
    ]),
  );

it('requests are counted by method, route pattern and status', async () => {
  expect(readCounts(await readMetrics(['/users/1', '/users/2', '/denied/1']))).toEqual({
    'method="GET",route="/users/:id",status="200"': 2,
    'method="GET",route="/denied/:id",status="401"': 1,
  });
});

it('a request that a hook refused is counted under its route, and HEAD is counted beside GET', async () => {
  const { app } = await openService({
    routes: (app) => {
      app.addHook('onRequest', (request, _reply, done) => done(request.headers.no ? new Error('No.') : undefined));
      app.get('/users/:id', ({ params }) => params);
      app.route({ method: ['PUT', 'DELETE'], url: '/users/:id', handler: () => ({}) });
    },
  });
  const { url } = await listenOnFreePort(app);
  await fetch(`${url}/users/1`, { headers: { no: '1' } });
  for (const method of ['GET', 'HEAD', 'DELETE']) await fetch(`${url}/users/1`, { method });
  const answer = await fetch(`${url}/metrics`);
  expect(readCounts(await answer.text())).toEqual({
    'method="GET",route="/users/:id",status="500"': 1,
    'method="GET",route="/users/:id",status="200"': 1,
    'method="HEAD",route="/users/:id",status="200"': 1,
    'method="DELETE",route="/users/:id",status="200"': 1,
  });
});

it('a request is no longer in flight after its client hung up, and its duration is not counted', async () => {
  const events = new EventEmitter();
  const { app } = await openService({
    routes: (app) => {
      app.get('/slow', async (request) => {
        events.emit('reached', request.raw.socket);
        await once(events, 'finish');
        return {};
      });
    },
  });
  const { url, port } = await listenOnFreePort(app);
  const reached = once(events, 'reached');
  const client = connect(port, '127.0.0.1').on('error', () => undefined);
  client.write('GET /slow HTTP/1.1\r\nhost: x\r\n\r\n');
  const [socket] = await reached;
  client.destroy();
  await once(socket, 'close');
  events.emit('finish');
  const scrape = async () => (await fetch(`${url}/metrics`)).text();
  await expect.poll(scrape).toMatch(/^http_requests_in_flight 1$/m);
  expect(await scrape()).not.toContain('route="/slow"');
});

it('no label contains a path, a query or an id', async () => {
  const text = await readMetrics(['/users/canary', '/denied/canary?canary=1', '/none/canary', '/canary/%']);
  expect(text).not.toContain('canary');
});

it('a URL that cannot be decoded is counted as unmatched', async () => {
  expect(readCounts(await readMetrics(['/users/%zz']))).toEqual({ 'method="GET",route="unmatched",status="400"': 1 });
});

it('all paths without a route are counted under one label', async () => {
  const paths = Array.from({ length: 50 }, (_, index) => `/none/${index}`);
  expect(readCounts(await readMetrics(paths))).toEqual({ 'method="GET",route="unmatched",status="404"': 50 });
});

it('the histogram has cumulative buckets and a sum', async () => {
  const text = await readMetrics(['/users/1', '/users/2', '/users/3']);
  const buckets = [...text.matchAll(/_bucket\{.*le="([^"]+)".*\} (\d+)/g)].map(([, le, n]) => [le, Number(n)] as const);
  const values = buckets.map(([, value]) => value);
  expect(values).toEqual([...values].sort((a, b) => a - b));
  expect(buckets.at(-1)).toEqual(['+Inf', 3]);
  expect(buckets.map(([le]) => le)).toContain('0.005');
  expect(text).toMatch(/http_request_duration_seconds_sum\{.*\} 0\.\d+/);
  expect(text).toContain('# TYPE http_request_duration_seconds histogram');
});

it('the gauge shows how many requests are in flight', async () => {
  const events = new EventEmitter();
  const { app } = await openService({
    routes: (app) => {
      app.get('/slow', async () => {
        events.emit('reached');
        await once(events, 'finish');
        return {};
      });
    },
  });
  const reached = once(events, 'reached');
  const slow = app.inject('/slow').then((answer) => answer.statusCode);
  await reached;
  // The request for /metrics itself is in flight, too.
  expect((await app.inject('/metrics')).body).toMatch(/^http_requests_in_flight 2$/m);
  events.emit('finish');
  expect(await slow).toBe(200);
  expect((await app.inject('/metrics')).body).toMatch(/^http_requests_in_flight 1$/m);
});

it('the metrics of the process and those of plugins are shown', async () => {
  const text = await readMetrics([], {
    routes: (app) => {
      const counter = new Counter({ name: 'sign_ins_total', help: 'Sign-ins.', registers: [app.metrics] });
      counter.inc(3);
    },
  });
  expect(text).toMatch(/^process_resident_memory_bytes \d+/m);
  expect(text).toMatch(/^nodejs_eventloop_lag_p99_seconds/m);
  expect(text).toMatch(/^sign_ins_total 3$/m);
});

it('each app has its own metrics', async () => {
  await readMetrics(['/users/1']);
  expect(readCounts(await readMetrics([]))).toEqual({});
});

it('figures are read when /metrics is requested', async () => {
  const figures = { hit: 1, miss: 2 };
  const read = () => figures;
  const { app } = await openService({
    routes(app) {
      showFigures(app, [
        { name: 'reads_total', help: 'Reads.', type: 'counter', label: 'outcome', read },
        { name: 'entries', help: 'Entries.', type: 'gauge', read: () => 7 },
      ]);
    },
  });
  await app.inject('/metrics');
  figures.hit = 5;
  const { body } = await app.inject('/metrics');
  expect(body).toMatch(
    /^# TYPE reads_total counter\nreads_total\{outcome="hit"\} 5\nreads_total\{outcome="miss"\} 2$/m,
  );
  expect(body).toMatch(/^# TYPE entries gauge\nentries 7$/m);
});
