// npm run gateway: both APIs and nginx in front of them, without containers. Ctrl-C ends all of them.
//
//   options ──> nginx -t ──> Redis if wanted ──> servers ──> nginx ──> what to try ──> … ──> Ctrl-C ──> end all, in turn

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { findOrFetchProgram, findOrStartRedis, formatCommand, howToInstall, NGINX } from '@statecraft/infra-dev';
import { ensureCertificate } from './certificate.ts';
import { GatewayError } from './errors.ts';
import { type GatewayCommand, readGatewayCommand, TLS_FOLDER } from './gateway-options.ts';
import { type Api, readSharedEnv, requireServer, type Server, type Servers, startServer } from './gateway-servers.ts';
import { type Gateway, startNginx } from './nginx.ts';
import { canBind, requirePort } from './ports.ts';
import { checkGateway, readNginxVersion, renderGateway } from './render.ts';
import type { GatewaySettings } from './settings.ts';

const ADDRESS = '127.0.0.1';
/** Long enough to be noticed. A year would force HTTPS on everything that this machine serves as localhost. */
const HSTS_SECONDS = 300;
/** The apps' demo users (packages/accounts); a test compares it. */
const DEMO_PASSWORD = 'keep-me-signed-in';

const say = (line: string) => void process.stderr.write(`${line}\n`);
/** What has been started. It ends in reverse order, also after an error. */
const started: { stop(): Promise<unknown> }[] = [];
let isEnding = false;

async function runGateway(command: GatewayCommand): Promise<number> {
  const interrupted = new Promise<number>((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => resolve(0));
  });
  try {
    // Without nginx, the first step that needs it says how to install it.
    await findOrFetchProgram(NGINX, { say }).catch(() => undefined);
    return await (command.check ? check(command) : Promise.race([interrupted, serve(command)]));
  } catch (error) {
    say((error as Error).message);
    return error instanceof GatewayError ? error.exitCode : 1;
  } finally {
    isEnding = true;
    for (const thing of started.reverse()) await thing.stop();
  }
}

async function check(command: GatewayCommand): Promise<number> {
  const warnings = testConfiguration(command, await completeSettings(command));
  console.log(warnings || `nginx ${readNginxVersion()} finds nothing wrong with the configuration.`);
  return warnings === '' ? 0 : 1;
}

type Settings = Omit<GatewaySettings, 'stateless' | 'stateful'> &
  Required<Pick<GatewaySettings, 'httpPort' | 'httpsPort'>>;

async function completeSettings({
  httpPort,
  affinity,
  signInsPerSecond,
  ...command
}: GatewayCommand): Promise<Settings> {
  const httpsPort = command.httpsPort ?? ((await canBind(443, ADDRESS)) ? 443 : 8443);
  if (httpsPort === 8443 && command.httpsPort === undefined)
    say('This user may not bind port 443, so HTTPS is on port 8443.');
  const own = command.certificate;
  const certificate =
    own === undefined
      ? ensureCertificate(TLS_FOLDER)
      : { certificate: resolve(own.certificate), key: resolve(own.key) };
  return { address: ADDRESS, httpPort, httpsPort, certificate, affinity, signInsPerSecond, hstsSeconds: HSTS_SECONDS };
}

/**
 * Finds mistakes in the settings, the certificate or nginx before any server starts. @returns the warnings of nginx.
 */
function testConfiguration({ stateless, stateful }: GatewayCommand, settings: Settings): string {
  const folder = mkdtempSync(join(tmpdir(), 'statecraft-gateway-'));
  try {
    const servers = { stateless: inventPlaces(stateless, 3000), stateful: inventPlaces(stateful, 3001) };
    renderGateway(folder, { ...settings, ...servers });
    return checkGateway(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** The servers that run, or as many addresses as there will be servers. */
function inventPlaces(servers: Servers, port: number): readonly string[] {
  if (typeof servers !== 'number') return servers;
  return Array.from({ length: servers }, (_, index) => `${ADDRESS}:${port + 10 * index}`);
}

/** Resolves when an API has no server left. */
async function serve(command: GatewayCommand): Promise<number> {
  const settings = await completeSettings(command);
  testConfiguration(command, settings);
  for (const port of [settings.httpPort, settings.httpsPort]) await requirePort(port, ADDRESS);
  const env = readSharedEnv(command.redis ? await openRedis() : undefined);
  const [stateless, stateful] = await Promise.all([
    openFleet('stateless', command.stateless, env),
    openFleet('stateful', command.stateful, env),
  ]);
  const gateway = await startNginx({ ...settings, stateless: stateless.urls, stateful: stateful.urls });
  started.push(gateway);
  const store = command.redis ? 'redis' : (env.SESSION_STORE ?? 'memory');
  say(`stateless: ${describeFleet(stateless)}`);
  say(`stateful:  ${describeFleet(stateful)}, sessions in ${store}, affinity: ${command.affinity}`);
  console.log(formatIntroduction(gateway, settings, env));
  await Promise.race([waitForLast(stateless.own), waitForLast(stateful.own)]);
  if (!isEnding) say('An API has no server left; the gateway ends.');
  return 1;
}

async function openRedis(): Promise<string> {
  const redis = await findOrStartRedis().catch((error: Error) => {
    throw new GatewayError(1, `${error.message} Start that server, or unset REDIS_URL.`);
  });
  if (redis === undefined)
    throw new GatewayError(3, `--redis needs a Redis server. Set REDIS_URL, or: ${howToInstall('redis-server')}`);
  started.push(redis);
  return redis.url;
}

interface Fleet {
  readonly urls: readonly string[];
  /** Those that this command started; empty if they ran already. */
  readonly own: readonly Server[];
}

async function openFleet(api: Api, servers: Servers, env: NodeJS.ProcessEnv): Promise<Fleet> {
  if (typeof servers !== 'number') {
    await Promise.all(servers.map((server) => requireServer(api, server)));
    return { urls: servers, own: [] };
  }
  const own = await Promise.all(
    Array.from({ length: servers }, async (_, index) => {
      const server = await startServer(api, index + 1, env);
      started.push(server);
      return server;
    }),
  );
  return { urls: own.map(({ url }) => url), own };
}

function describeFleet({ urls, own }: Fleet): string {
  if (own.length === 0) return urls.join(', ');
  return own.map(({ name, url, pid }) => `${name} ${url} (pid ${pid})`).join(', ');
}

/** Resolves when the last of them has ended, and prints the end of each: a user may kill one to see what happens. */
async function waitForLast(servers: readonly Server[]): Promise<void> {
  if (servers.length === 0) return new Promise(() => {});
  await Promise.all(
    servers.map(async ({ name, ended }) => {
      const how = await ended;
      if (!isEnding) say(`${name} ended (${how}); requests go to the others, if there are any.`);
    }),
  );
}

function formatIntroduction({ folder }: Gateway, settings: Settings, { DEMO_USERS }: NodeJS.ProcessEnv): string {
  const http = `http://localhost:${settings.httpPort}`;
  const https = `https://localhost${settings.httpsPort === 443 ? '' : `:${settings.httpsPort}`}`;
  const users = DEMO_USERS === '1' ? `\nalice, bob and carol can sign in; their password is ${DEMO_PASSWORD}.` : '';
  return `
nginx ${readNginxVersion()} is in front of both. Try:

  curl ${http}/api/stateless/health
  curl -k ${https}/api/stateful/health
  ${formatCommand('test:client-stateful', [`${http}/api/stateful`])}
${users}
Instead of -k: --cacert ${settings.certificate?.certificate}
The access log has a line for each request: ${join(folder, 'logs/access.log')}
Ctrl-C ends all of it.`;
}

if (import.meta.main) {
  const command = readGatewayCommand(process.argv.slice(2));
  // exit, not exitCode: what was still starting when Ctrl-C came ends with this process.
  process.exit(typeof command === 'number' ? command : await runGateway(command));
}
