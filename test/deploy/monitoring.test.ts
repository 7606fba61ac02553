// infra/kubernetes/monitoring: Prometheus reads ports that exist, and rules, dashboard and page name metrics that
// exist.

import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  type PostgresServer,
  type RedisServer,
  readSection,
  startPostgres,
  startRedis,
} from '../../infra/dev/src/index.ts';
import { formatAlertTables, readAlertGroups } from '../../scripts/docs/alerts.ts';
import { APP_NAMES, hasRoute, readMetrics } from './apps.ts';
import { findManifest, type Manifest, type Rendered, render, renderMonitoring } from './manifests.ts';
import { findProblems } from './schemas.ts';

const read = (name: string) => readFileSync(new URL(`../../${name}`, import.meta.url), 'utf8');
const dashboard = JSON.parse(read('infra/kubernetes/monitoring/dashboard.json')) as Dashboard;

interface Panel {
  readonly id: number;
  readonly type: string;
  readonly title: string;
  readonly gridPos: { readonly x: number; readonly y: number; readonly w: number; readonly h: number };
  readonly datasource?: { readonly uid: string };
  readonly targets?: readonly { readonly refId: string; readonly expr: string }[];
}
interface Dashboard {
  readonly uid: string;
  readonly panels: readonly Panel[];
}

let manifests: readonly Manifest[];
let overlay: Rendered;
let redis: RedisServer;
let postgres: PostgresServer;
/** The metrics of all apps in all their modes, and those of the gateway. */
let known: Set<string>;

beforeAll(async () => {
  [redis, postgres] = await Promise.all([startRedis(), startPostgres()]);
  [manifests, overlay] = [await renderMonitoring(), await render('redis')];
  const tracked = { SESSION_STORE: 'redis', SESSION_CACHE: 'tracked', REDIS_URL: redis.url };
  const pages = [
    await readMetrics('stateless-api'),
    await readMetrics('stateful-api', tracked),
    await readMetrics('stateful-api', inPostgres()),
    read('infra/nginx/templates/metrics.conf.template'),
    // Prometheus makes it for each target.
    '# TYPE up gauge',
  ];
  known = new Set(pages.flatMap((page) => [...page.matchAll(/# TYPE (\w+)/g)].map(([, name = '']) => name)));
});
afterAll(async () => {
  overlay.remove();
  await Promise.all([redis.stop(), postgres.stop()]);
});

const inPostgres = () => ({
  SESSION_STORE: 'postgres',
  SESSION_DATABASE_URL: postgres.url,
  SESSION_DATABASE_MIGRATE: '1',
});

/** The metrics that a PromQL expression names. */
function listMetrics(expression: string): string[] {
  const plain = expression.replaceAll(/"[^"]*"/g, '').replaceAll(/\{[^}]*\}|\[[^\]]*\]/g, '');
  const withoutLabels = plain.replaceAll(/\b(by|on|ignoring)\s*\([^)]*\)/g, '');
  const names = [...withoutLabels.matchAll(/\b([a-z_][a-z0-9_]*)\b(?!\s*\()/gi)].map(([, name = '']) => name);
  const words = new Set(['and', 'or', 'unless', 'offset', 'by', 'on', 'ignoring', 'h', 'm', 's', 'e8']);
  return names.filter((name) => !words.has(name)).map((name) => name.replace(/_(bucket|count|sum)$/, ''));
}
const findUnknown = (expression: string) => listMetrics(expression).filter((name) => !known.has(name));

it('matches the schemas of Kubernetes and of the Prometheus Operator, without unknown fields', async () => {
  const problems = await Promise.all(manifests.map(findProblems));
  expect(problems.flat()).toEqual([]);
  const kinds = manifests.map(({ kind }) => kind).sort();
  expect(kinds).toEqual(['ConfigMap', 'NetworkPolicy', 'PrometheusRule', 'ServiceMonitor', 'ServiceMonitor']);
});

it('finds a wrong type and an unknown field of a ServiceMonitor', async () => {
  const monitor = manifests.find(({ kind }) => kind === 'ServiceMonitor');
  const spec = monitor?.spec as Monitor;
  const check = (wrong: object) => findProblems({ ...(monitor as Manifest), spec: { ...spec, ...wrong } });
  expect(await check({ endpoints: [{ port: 3 }] })).not.toEqual([]);
  expect(await check({ endpoint: 'x' })).toEqual(['/spec/endpoint: unknown']);
});

it('reads a port of each Service that exists, and the NetworkPolicy admits it', () => {
  const monitors = manifests.filter(({ kind }) => kind === 'ServiceMonitor').map(({ spec }) => spec as Monitor);
  const services = overlay.manifests.filter(({ kind }) => kind === 'Service');
  const { spec } = findManifest(manifests, 'NetworkPolicy', 'monitoring');
  const admitted = JSON.stringify(spec);
  const found: string[] = [];
  for (const { selector, endpoints } of monitors) {
    for (const { metadata, spec: service } of services.filter((one) => isSelected(one, selector))) {
      const { ports } = service as { ports: { name: string; port: number }[] };
      const port = ports.find(({ name }) => name === endpoints[0]?.port);
      found.push(`${metadata.name} ${admitted.includes(`{"port":${port?.port}}`)}`);
    }
  }
  expect(found.sort()).toEqual(['gateway true', 'stateful-api true', 'stateless-api true']);
});

interface Monitor {
  readonly selector: {
    readonly matchLabels?: Readonly<Record<string, string>>;
    readonly matchExpressions?: readonly { readonly key: string; readonly values: readonly string[] }[];
  };
  readonly endpoints: readonly { readonly port: string }[];
}
function isSelected({ metadata }: Manifest, { matchLabels = {}, matchExpressions = [] }: Monitor['selector']): boolean {
  const { labels = {} } = metadata;
  const hasLabels = Object.entries(matchLabels).every(([key, value]) => labels[key] === value);
  return hasLabels && matchExpressions.every(({ key, values }) => values.includes(labels[key] ?? ''));
}

describe('the alerts', () => {
  const rules = readAlertGroups().flatMap(({ rules }) => rules);

  it('name metrics that exist', () => {
    expect(rules.length).toBeGreaterThan(10);
    expect(rules.flatMap(({ expr }) => findUnknown(expr))).toEqual([]);
  });

  it('name checks of /ready that exist', async () => {
    const inRedis = { SESSION_STORE: 'redis', REDIS_URL: redis.url };
    const metrics = (await Promise.all([inRedis, inPostgres()].map((env) => readMetrics('stateful-api', env)))).join(
      '\n',
    );
    const checks = rules.flatMap(({ expr }) => expr.match(/readiness_check{[^}]+}/g) ?? []);
    expect(checks.length).toBeGreaterThan(1);
    expect(checks.filter((check) => !metrics.includes(`${check} 1`))).toEqual([]);
  });

  it('name routes that an app has', async () => {
    const routes = rules.flatMap(({ expr }) => [...expr.matchAll(/route="([^"]+)"/g)].map(([, route = '']) => route));
    expect(routes.length).toBeGreaterThan(3);
    for (const route of new Set(routes)) {
      const found = APP_NAMES.map(async (app) => (await hasRoute(app, route)) || (await hasRoute(app, route, 'POST')));
      expect(`${route} ${(await Promise.all(found)).every(Boolean)}`).toBe(`${route} true`);
    }
  });

  it('have names of their own, a severity, and a text', () => {
    expect(new Set(rules.map(({ alert }) => alert)).size).toBe(rules.length);
    for (const { labels, annotations } of rules) {
      expect(['page', 'ticket']).toContain(labels.severity);
      expect(annotations.summary).not.toBe('');
      expect(annotations.description).not.toBe('');
    }
  });

  it('are the tables of docs/production.md (npm run docs -- alerts writes them)', () => {
    expect(readSection(read('docs/production.md'), 'alerts')).toBe(formatAlertTables().trimEnd());
  });
});

describe('the dashboard', () => {
  const { panels } = dashboard;
  const targets = panels.flatMap((panel) => panel.targets ?? []);

  it('names metrics that exist', () => {
    expect(targets.length).toBeGreaterThan(15);
    const expressions = targets.map(({ expr }) => expr.replaceAll('$__rate_interval', '5m'));
    expect(expressions.flatMap(findUnknown)).toEqual([]);
  });

  it('reads the Prometheus that is chosen above it', () => {
    const sources = panels.filter(({ type }) => type !== 'row').map(({ datasource }) => datasource?.uid);
    expect([...new Set(sources)].join()).toMatch(/^\$\{datasource\}$/);
  });

  it('has panels with ids of their own that do not overlap and fill its 24 columns', () => {
    expect(new Set(panels.map(({ id }) => id)).size).toBe(panels.length);
    const cells = panels.flatMap(({ gridPos: { x, y, w, h } }) =>
      Array.from({ length: w * h }, (_, index) => `${x + (index % w)} ${y + Math.floor(index / w)}`),
    );
    expect(new Set(cells).size).toBe(cells.length);
    const height = Math.max(...panels.map(({ gridPos }) => gridPos.y + gridPos.h));
    expect(cells).toHaveLength(24 * height);
  });

  it('is what Grafana’s sidecar loads', () => {
    const { data = {}, metadata } = findManifest(manifests, 'ConfigMap', 'statecraft-dashboard');
    expect(metadata.labels).toMatchObject({ grafana_dashboard: '1' });
    expect(JSON.parse(data['statecraft.json'] ?? '')).toEqual(dashboard);
  });
});
