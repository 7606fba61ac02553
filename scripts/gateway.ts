// gateway: both APIs and nginx in front of them, without any container. Ctrl-C ends them together.
//
//   wishes ──> Redis if asked ──> servers ──> nginx -t ──> nginx ──> what to try ──> … ──> Ctrl-C ──> all ended, in turn

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { findOrStartRedis, howToInstall } from '../infra/dev/src/index.ts';
import {
  certificateIn,
  checkGateway,
  type Gateway,
  GatewayError,
  type GatewaySettings,
  mayBind,
  nginxVersion,
  renderGateway,
  requirePort,
  startNginx,
} from '../infra/nginx/src/index.ts';
import { DEMO_PASSWORD } from '../packages/accounts/src/index.ts';
import { type Api, type App, sharedEnv, startApp } from './gateway-apps.ts';
import { type GatewayWishes, readWishes, type Servers, TLS_FOLDER } from './gateway-options.ts';

const ADDRESS = '127.0.0.1';
const ANSWER_MS = 2_000;
/** Long enough to be seen; a year would bind all that this machine serves as localhost to https. */
const HSTS_SECONDS = 300;

const say = (line: string) => void process.stderr.write(`${line}\n`);
/** Ended in reverse, whatever happened. */
const open: (() => Promise<unknown>)[] = [];

let ending = false;

const wishes = readWishes(process.argv.slice(2));
// exit, not exitCode: what was still being started when Ctrl-C came ends with us.
process.exit(typeof wishes === 'number' ? wishes : await main(wishes));

async function main(wishes: GatewayWishes): Promise<number> {
  const interrupted = new Promise<number>((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => resolve(0));
  });
  try {
    return await (wishes.check ? check(wishes) : Promise.race([interrupted, serve(wishes)]));
  } catch (error) {
    say((error as Error).message);
    return error instanceof GatewayError ? error.exitCode : 1;
  } finally {
    ending = true;
    for (const end of open.reverse()) await end();
  }
}

async function check(wishes: GatewayWishes): Promise<number> {
  const warnings = dryRun(wishes, await settingsOf(wishes));
  console.log(warnings || `nginx ${nginxVersion()} finds nothing wrong with the configuration.`);
  return warnings === '' ? 0 : 1;
}

/** Before any server is started: whatever is wrong with the settings, the certificate or nginx itself. */
function dryRun({ stateless, stateful }: GatewayWishes, settings: Settings): string {
  const folder = mkdtempSync(join(tmpdir(), 'statecraft-gateway-'));
  try {
    renderGateway(folder, { ...settings, stateless: placesOf(stateless, 3000), stateful: placesOf(stateful, 3001) });
    return checkGateway(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function placesOf(servers: Servers, port: number): readonly string[] {
  if (typeof servers !== 'number') return servers;
  return Array.from({ length: servers }, (_, index) => `${ADDRESS}:${port + 10 * index}`);
}

/** Resolves when an API has no server left. */
async function serve(wishes: GatewayWishes): Promise<number> {
  const settings = await settingsOf(wishes);
  dryRun(wishes, settings);
  for (const port of [settings.httpPort, settings.httpsPort]) await requirePort(port, ADDRESS);
  const env = sharedEnv(wishes.redis ? await redisUrl() : undefined);
  const [stateless, stateful] = await Promise.all([
    serversOf('stateless', wishes.stateless, env),
    serversOf('stateful', wishes.stateful, env),
  ]);
  const gateway = await startNginx({ ...settings, stateless: stateless.urls, stateful: stateful.urls });
  open.push(() => gateway.stop());
  const store = wishes.redis ? 'redis' : (env.SESSION_STORE ?? 'memory');
  say(
    `stateless: ${describe(stateless)}\nstateful:  ${describe(stateful)}, sessions in ${store}, affinity: ${wishes.affinity}`,
  );
  console.log(introduction(gateway, settings, env));
  await Promise.race([lastOf(stateless.apps), lastOf(stateful.apps)]);
  if (!ending) say('An API has no server left; ending.');
  return 1;
}

type Settings = Omit<GatewaySettings, 'stateless' | 'stateful'> &
  Required<Pick<GatewaySettings, 'httpPort' | 'httpsPort'>>;

async function settingsOf({
  certificate,
  httpPort,
  httpsPort,
  affinity,
  signInsPerSecond,
}: GatewayWishes): Promise<Settings> {
  const https = httpsPort ?? ((await mayBind(443, ADDRESS)) ? 443 : 8443);
  if (https === 8443 && httpsPort === undefined) say('This user may not bind port 443, so HTTPS is on 8443.');
  const files =
    certificate === undefined
      ? certificateIn(TLS_FOLDER)
      : { certificate: resolve(certificate.certificate), key: resolve(certificate.key) };
  return {
    address: ADDRESS,
    httpPort,
    httpsPort: https,
    certificate: files,
    affinity,
    signInsPerSecond,
    hstsSeconds: HSTS_SECONDS,
  };
}

async function redisUrl(): Promise<string> {
  const redis = await findOrStartRedis().catch((error: Error) => {
    throw new GatewayError(1, `${error.message} Start that server, or unset REDIS_URL.`);
  });
  if (redis === undefined)
    throw new GatewayError(3, `--redis needs a Redis server. Set REDIS_URL, or: ${howToInstall('redis-server')}`);
  open.push(() => redis.stop());
  return redis.url;
}

interface Fleet {
  readonly urls: readonly string[];
  /** Ours; empty when they run already. */
  readonly apps: readonly App[];
}

async function serversOf(api: Api, servers: Servers, env: NodeJS.ProcessEnv): Promise<Fleet> {
  if (typeof servers !== 'number') {
    await Promise.all(servers.map((server) => requireServer(api, server)));
    return { urls: servers, apps: [] };
  }
  const numbers = Array.from({ length: servers }, (_, index) => index + 1);
  const apps = await Promise.all(
    numbers.map(async (number) => {
      const app = await startApp(api, number, env);
      open.push(() => app.stop());
      return app;
    }),
  );
  return { urls: apps.map(({ url }) => url), apps };
}

async function requireServer(api: Api, server: string): Promise<void> {
  const url = `http://${server}/health`;
  const problem = await fetch(url, { signal: AbortSignal.timeout(ANSWER_MS) }).then(
    ({ status }) => (status === 200 ? undefined : `answers ${status}`),
    () => 'does not answer',
  );
  if (problem !== undefined)
    throw new GatewayError(
      1,
      `--${api}: ${url} ${problem}. Start a server there: PORT=${server.split(':').at(-1)} npm run server:${api}`,
    );
}

function describe({ urls, apps }: Fleet): string {
  if (apps.length === 0) return urls.join(', ');
  return apps.map(({ name, url, pid }) => `${name} ${url} (pid ${pid})`).join(', ');
}

/** Resolves when the last of them has ended; says so of each, for whoever kills one to see what becomes of its users. */
async function lastOf(apps: readonly App[]): Promise<void> {
  if (apps.length === 0) return new Promise(() => {});
  await Promise.all(
    apps.map(async ({ name, ended }) => {
      const how = await ended;
      if (!ending) say(`${name} ended (${how}); requests go to the others, if there are any.`);
    }),
  );
}

function introduction(
  { folder }: Gateway,
  { httpPort, httpsPort, certificate }: Settings,
  env: NodeJS.ProcessEnv,
): string {
  const https = `https://localhost${httpsPort === 443 ? '' : `:${httpsPort}`}`;
  const users = env.DEMO_USERS === '1' ? `\nalice, bob and carol can sign in; their password is ${DEMO_PASSWORD}.` : '';
  return `
nginx ${nginxVersion()} is in front of both. Try:

  curl http://localhost:${httpPort}/api/stateless/health
  curl -k ${https}/api/stateful/health
  npm run test:client-stateful -- http://localhost:${httpPort}/api/stateful
${users}
Without -k: --cacert ${certificate?.certificate}
Every request, as it passed: ${join(folder, 'logs/access.log')}
Ctrl-C ends all of it.`;
}
