// infra/compose and the apps: every variable is known, every health check has a route, and no service has needless
// rights.

import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { readConfig as readAccountsConfig } from '../../apps/accounts-cli/src/config.ts';
import { APP_NAMES, type Environment, findUnknownVariables, hasRoute, readAppName, readConfig } from './apps.ts';
import { mergeEnvironment, readCompose, readDockerfile } from './compose.ts';
import { findUnknownGatewayVariables, hasGatewayRoute, listGatewayFiles } from './gateway.ts';
import { makeSecrets } from './secrets.ts';

const compose = readCompose('compose.yaml');
const development = readCompose('compose.dev.yaml');
const services = Object.entries(compose.services);
const folder = new URL('../../infra/compose/', import.meta.url);

const secrets = mkdtempSync(join(tmpdir(), 'statecraft-compose-'));
makeSecrets(secrets);
afterAll(() => rmSync(secrets, { recursive: true, force: true }));
const resolveSecrets = (env: Environment): Environment =>
  Object.fromEntries(Object.entries(env).map(([name, value]) => [name, value.replace('/run/secrets', secrets)]));

it('has the gateway, both APIs, the migration, Redis and PostgreSQL, and administration on request', () => {
  const names = ['gateway', 'stateless-api', 'stateful-api', 'migrate', 'accounts', 'redis', 'postgres'];
  expect(services.map(([name]) => name)).toEqual(names);
  expect(services.filter(([, { profiles }]) => profiles).map(([name]) => name)).toEqual(['accounts']);
});

it('gives each secret to a service', () => {
  const given = new Set(services.flatMap(([, { secrets: names = [] }]) => names));
  expect(Object.keys(compose.secrets).filter((name) => !given.has(name))).toEqual([]);
});

it('keeps the number of servers as a setting, so that a plain `up` ends none', () => {
  const text = readFileSync(new URL('compose.yaml', folder), 'utf8');
  expect(text.match(/scale: \$\{\w+_SERVERS:-2\}/g)).toHaveLength(2);
});

describe.each(services)('%s', (_name, service) => {
  it('runs as an unprivileged user, on a read-only file system, without capabilities', () => {
    expect(service.user).toMatch(/^[1-9]\d*:[1-9]\d*$/);
    expect(service).toMatchObject({ read_only: true, cap_drop: ['ALL'], security_opt: ['no-new-privileges:true'] });
    expect([service.privileged, service.cap_add]).toEqual([undefined, undefined]);
  });

  it('has limits for memory, processors and processes', () => {
    expect(service.mem_limit).toMatch(/^\d+m$/);
    expect(service.cpus).toBeGreaterThan(0);
    expect(service.pids_limit).toBeGreaterThan(0);
  });

  it('names its image with a version', () => {
    expect(service.image).toMatch(/:[\w.-]*\d[\w.-]*$/);
  });

  it('takes an image that is built here from no registry', () => {
    if (service.build) expect(service.image).toMatch(/^registry\.invalid\//);
  });

  it('mounts only files of the repository, read-only', () => {
    const paths = (service.volumes ?? []).filter((volume) => volume.startsWith('.'));
    const missing = paths.filter((volume) => !existsSync(new URL(volume.split(':')[0] ?? '', folder)));
    expect(missing).toEqual([]);
    expect(paths.filter((volume) => !volume.endsWith(':ro'))).toEqual([]);
  });

  it('gets each secret that a variable names, and infra/secrets.sh makes it', () => {
    const files = Object.values(service.environment ?? {}).filter((value) => value.startsWith('/run/secrets/'));
    const named = files.map((file) => file.replace('/run/secrets/', ''));
    expect(named.filter((name) => !service.secrets?.includes(name))).toEqual([]);
    for (const name of service.secrets ?? []) {
      expect(compose.secrets[name]?.file).toBe(`./secrets/${name}`);
      expect(`${name} ${existsSync(join(secrets, name))}`).toBe(`${name} true`);
    }
  });
});

it.each(['redis', 'postgres', 'memory'])('starts the stateful API with SESSION_STORE=%s', (store) => {
  const env = { ...mergeEnvironment(compose, development, 'stateful-api'), SESSION_STORE: store };
  expect(readConfig('stateful-api', resolveSecrets(env))).toMatchObject({ SESSION_STORE: store });
});

describe.each(APP_NAMES)('%s', (app) => {
  const { [app]: service } = compose.services;

  it.each([
    ['production', compose],
    ['development', development],
  ])('knows every variable that is set, and starts with them (%s)', (mode, over) => {
    const env = mergeEnvironment(compose, over, app);
    expect(findUnknownVariables(app, env)).toEqual([]);
    const config = readConfig(app, resolveSecrets(env));
    const isOpen = mode === 'development';
    expect(config).toMatchObject({ NODE_ENV: mode, DEMO_USERS: isOpen, DOCS: isOpen, HOST: '0.0.0.0' });
    expect(config.LOG_LEVEL).toBe(isOpen ? 'debug' : 'warn');
    expect(config.PORT).toBe(service?.build?.args.PORT);
  });

  it('is the app that its image names', () => {
    expect(readAppName(service?.image ?? '')).toBe(app);
    expect(service?.build?.args.APP).toBe(app);
  });

  it('starts the command of the image, with the container as its instance id', () => {
    const line = readDockerfile().find((instruction) => instruction.startsWith('CMD ')) ?? 'CMD []';
    const imageCommand: string[] = JSON.parse(line.slice(4));
    expect(service?.command).toEqual(['sh', '-c', `INSTANCE_ID=$$HOSTNAME exec ${imageCommand.join(' ')}`]);
  });

  it('has a grace period longer than SHUTDOWN_TIMEOUT_MS', () => {
    const { SHUTDOWN_TIMEOUT_MS } = readConfig(app, resolveSecrets(service?.environment ?? {}));
    expect(Number(/^(\d+)s$/.exec(service?.stop_grace_period ?? '')?.[1])).toBeGreaterThan(SHUTDOWN_TIMEOUT_MS / 1000);
  });

  it('has the route of the health check in the image', async () => {
    const check = readDockerfile().find((line) => line.startsWith('HEALTHCHECK')) ?? '';
    const [, path = ''] = /\$\{process\.env\.PORT\}([^`]+)`/.exec(check) ?? [];
    expect(path).not.toBe('');
    expect(await hasRoute(app, path)).toBe(true);
    expect(check).not.toMatch(/curl|wget/);
  });
});

it('gives the migration the database of the APIs, in variables that it knows', () => {
  const { environment = {}, command } = compose.services.migrate ?? {};
  expect(readAccountsConfig(resolveSecrets(environment)).address).toMatchObject({ kind: 'postgres', host: 'postgres' });
  for (const app of APP_NAMES)
    expect(compose.services[app]?.environment?.DATABASE_URL_FILE).toBe(environment.DATABASE_URL_FILE);
  expect(command?.slice(-2)).toEqual(['db', 'migrate']);
});

it('gives administration the users and the sessions of the stateful API', () => {
  const { environment = {}, image } = compose.services.accounts ?? {};
  const { environment: ofApi = {} } = compose.services['stateful-api'] ?? {};
  for (const [name, value] of Object.entries(environment)) expect([name, ofApi[name]]).toEqual([name, value]);
  expect(Object.keys(environment)).toContain('SESSION_STORE');
  expect(image).toBe(compose.services.migrate?.image);
});

it('sets only variables that the gateway knows, and checks a route that it has', () => {
  const { environment = {}, healthcheck } = compose.services.gateway ?? {};
  expect(Object.keys(environment).length).toBeGreaterThan(5);
  expect(findUnknownGatewayVariables(Object.keys(environment))).toEqual([]);
  expect(hasGatewayRoute(/GET (\S+) HTTP/.exec(healthcheck?.test?.join(' ') ?? '')?.[1] ?? '')).toBe(true);
});

it('gives the gateway all its files', () => {
  const mounts = (compose.services.gateway?.volumes ?? []).map((volume) => volume.split(':')[1] ?? '');
  const files = listGatewayFiles().map((file) => `/gateway/${file}`);
  expect(files.filter((file) => !mounts.some((mount) => file === mount || file.startsWith(`${mount}/`)))).toEqual([]);
});

it('redirects plain HTTP to HTTPS, except in development', () => {
  expect(compose.services.gateway?.environment).toMatchObject({ GATEWAY_PLAIN_HTTP: 'redirect' });
  expect(mergeEnvironment(compose, development, 'gateway')).toMatchObject({ GATEWAY_PLAIN_HTTP: 'serve' });
});

it('publishes ports of the gateway only; all other services are on an internal network', () => {
  expect(compose.networks.private?.internal).toBe(true);
  const open = services.filter(([, { ports, networks }]) => ports || networks?.includes('public'));
  expect(open.map(([name]) => name)).toEqual(['gateway']);
});

it('publishes the ports for development on this machine only', () => {
  const ports = Object.values(development.services).flatMap((service) => service.ports ?? []);
  expect(ports.length).toBeGreaterThan(0);
  expect(ports.filter((port) => !port.startsWith('127.0.0.1:'))).toEqual([]);
  // Only one container can have a port.
  const open = Object.entries(development.services).filter(([, service]) => service.ports);
  expect(open.filter(([name, { scale }]) => (scale ?? compose.services[name]?.scale ?? 1) !== 1)).toEqual([]);
});

it('starts each service only when the services that it needs are healthy, and the tables are of its version', () => {
  const needs = Object.fromEntries(services.map(([name, { depends_on }]) => [name, Object.keys(depends_on ?? {})]));
  expect(needs).toMatchObject({
    gateway: ['stateless-api', 'stateful-api'],
    'stateless-api': ['migrate'],
    'stateful-api': ['migrate', 'redis'],
    migrate: ['postgres'],
  });
  for (const [name, { condition }] of services.flatMap(([, { depends_on = {} }]) => Object.entries(depends_on)))
    expect([name, condition]).toEqual([
      name,
      name === 'migrate' ? 'service_completed_successfully' : 'service_healthy',
    ]);
  const checked = services.filter(([, { healthcheck, build }]) => healthcheck || build);
  expect(checked).toHaveLength(services.length);
});

it('has only Debian, node and the app in the image, and runs it as an unprivileged user', () => {
  const lines = readDockerfile();
  const last = lines.slice(lines.findLastIndex((line) => line.startsWith('FROM ')));
  expect(last.filter((line) => line.startsWith('COPY'))).toEqual([
    'COPY --from=system / /',
    'COPY --from=fetch /usr/local/bin/node /usr/local/bin/node',
    'COPY --from=build /app /app',
  ]);
  expect(last).toContain('USER 1000:1000');
  const bases = lines.filter((line) => line.startsWith('FROM ')).map((line) => line.split(' ')[1] ?? '');
  expect(bases.filter((base) => !/:|^fetch$|^scratch$/.test(base))).toEqual([]);
});
