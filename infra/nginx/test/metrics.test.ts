// GATEWAY_METRICS_PORT: figures for Prometheus, on a port of their own.

import { freePort } from '@statecraft/infra-dev';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Gateway, startNginx } from '../src/index.ts';
import { startUpstream, type Upstream } from './upstream.ts';

let upstream: Upstream;
let gateway: Gateway;
let url: string;
const held: (() => void)[] = [];

beforeAll(async () => {
  upstream = await startUpstream('one', (_request, answer) => held.push(() => answer.end()) > 0);
  const metricsPort = await freePort();
  url = `http://127.0.0.1:${metricsPort}`;
  gateway = await startNginx({ stateless: [upstream.url], stateful: [upstream.url], metricsPort, workers: 2 });
});

afterAll(async () => {
  await gateway.stop();
  await upstream.stop();
});

async function readMetrics(): Promise<Record<string, number>> {
  const lines = (await (await fetch(`${url}/metrics`)).text()).split('\n').filter((line) => /^\w/.test(line));
  return Object.fromEntries(lines.map((line) => line.split(' ')).map(([name = '', value]) => [name, Number(value)]));
}

it('counts the connections that wait for an answer', async () => {
  const before = await readMetrics();
  const open = [fetch(`${gateway.url}/api/stateful/x`), fetch(`${gateway.url}/api/stateful/y`)];
  await expect.poll(() => held.length).toBe(2);
  const during = await readMetrics();
  const { nginx_connections_writing: writing = 0, nginx_connections_active: active = 0 } = before;
  expect(during.nginx_connections_writing).toBe(writing + 2);
  expect(during.nginx_connections_active).toBeGreaterThanOrEqual(active + 2);
  for (const finish of held) finish();
  await Promise.all(open);
});

it('tells how many connections all workers can have', async () => {
  const { nginx_connections_limit: limit = 0 } = await readMetrics();
  expect(limit).toBeGreaterThan(100);
  expect(limit % 2).toBe(0);
});

it('has the type of Prometheus, and the status of nginx for an exporter', async () => {
  const { headers } = await fetch(`${url}/metrics`);
  expect(headers.get('content-type')).toBe('text/plain; version=0.0.4; charset=utf-8');
  expect(await (await fetch(`${url}/status`)).text()).toMatch(/^Active connections: \d+/);
});

it('is not reachable on the public ports, and has nothing else', async () => {
  const urls = [`${gateway.url}/metrics`, `${gateway.url}/status`, `${url}/health`, `${url}/api/stateful/x`];
  expect(await Promise.all(urls.map(async (one) => (await fetch(one)).status))).toEqual([404, 404, 404, 404]);
});
