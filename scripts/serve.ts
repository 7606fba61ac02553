// dev: one mode or all three from source, with reload, in one log. server:stateless, server:stateful: one, without
// reload. Ctrl-C ends all of them.

import {
  type FoundPostgres,
  type FoundRedis,
  findOrStartPostgres,
  findOrStartRedis,
  formatCommand,
  howToInstall,
  type NodeProcess,
  readArguments,
  readDatabaseEnv,
  readSessionEnv,
  refuseUsage,
  startNode,
} from '@statecraft/infra-dev';

const HELP = `${formatCommand('dev', ['[stateless|memory|redis|sqlite|postgres]'])}   with reload; default: the first three
${formatCommand('server:stateless')}
${formatCommand('server:stateful')}   the mode of SESSION_STORE, default memory
--by-hand starts the small server of examples/by-hand instead: server:stateless and server:stateful only.
The ports are 3000 for stateless, 3001 for the others, and 3002 for redis beside the others. PORT and all variables of
the apps are passed on.
Exit code: that of the server, 1 if there is no Redis or PostgreSQL, 64 wrong usage.`;

interface Service {
  readonly name: string;
  readonly app: 'stateless-api' | 'stateful-api';
  readonly port: string;
  readonly store?: string | undefined;
  readonly byHand?: boolean;
}

const SERVICES: readonly Service[] = [
  { name: 'stateless', app: 'stateless-api', port: '3000' },
  { name: 'memory', app: 'stateful-api', port: '3001', store: 'memory' },
  { name: 'redis', app: 'stateful-api', port: '3001', store: 'redis' },
  { name: 'sqlite', app: 'stateful-api', port: '3001', store: 'sqlite' },
  { name: 'postgres', app: 'stateful-api', port: '3001', store: 'postgres' },
  { name: 'stateful', app: 'stateful-api', port: '3001', store: process.env.SESSION_STORE },
];

const given = readArguments(process.argv.slice(2), {
  help: HELP,
  options: { watch: { type: 'boolean' }, 'by-hand': { type: 'boolean' } },
  positionals: 1,
});
if (typeof given === 'number') process.exitCode = given;
else {
  const [mode = 'all'] = given.positionals;
  const byHand = given.values['by-hand'] === true;
  process.exitCode = await start(mode, byHand, given.values.watch === true);
}

async function start(mode: string, byHand: boolean, watch: boolean): Promise<number> {
  const services = chooseServices(mode);
  if (services.length === 0) return refuseUsage(`Unknown mode "${mode}".`, HELP);
  if (byHand && mode !== 'stateless' && mode !== 'stateful')
    return refuseUsage('--by-hand needs server:stateless or server:stateful.', HELP);
  const chosen = services.map((service) => ({ ...service, byHand }));
  return serve(chosen, watch).catch(printError);
}

/** Empty for an unknown mode. */
function chooseServices(mode: string): readonly Service[] {
  if (mode === 'all')
    return SERVICES.slice(0, 3).map((service) => (service.name === 'redis' ? { ...service, port: '3002' } : service));
  return SERVICES.filter(({ name }) => name === mode).map((service) => ({
    ...service,
    port: process.env.PORT ?? service.port,
  }));
}

async function serve(services: readonly Service[], watch: boolean): Promise<number> {
  const redis = services.some(({ store, byHand }) => store === 'redis' && !byHand) ? await openRedis() : undefined;
  const postgres = needsPostgres(services) ? await openPostgres() : undefined;
  const env = {
    ...process.env,
    ...readDatabaseEnv(process.env),
    ...(redis === undefined ? {} : { REDIS_URL: redis.url }),
    ...(postgres === undefined ? {} : { SESSION_DATABASE_URL: postgres.url, SESSION_DATABASE_MIGRATE: '1' }),
  };
  const servers = services.map((service) =>
    startService(service, env, watch, services.length > 1 ? `${service.name.padEnd(9)} | ` : ''),
  );
  const endAll = () => servers.forEach((server) => void server.signal('SIGTERM'));
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, endAll);
  // If one server ends, the others end too: a comparison needs all of them.
  const code = await Promise.race(servers.map(({ exit }) => exit));
  endAll();
  await Promise.all(servers.map(({ exit }) => exit));
  await redis?.stop();
  await postgres?.stop();
  return typeof code === 'number' ? code : 0;
}

/** @throws if there is no Redis; the message says what to do. */
async function openRedis(): Promise<FoundRedis> {
  const redis = await findOrStartRedis().catch((error: Error) => {
    throw new Error(`${error.message} Start that server, or unset REDIS_URL.`);
  });
  if (redis === undefined)
    throw new Error(`The redis mode needs a Redis server. Set REDIS_URL, or: ${howToInstall('redis-server')}`);
  console.error(`Redis: ${redis.from === 'REDIS_URL' ? 'the one at REDIS_URL' : `${redis.url} (${redis.from})`}`);
  return redis;
}

/** With an address of its own, a server needs none from here. */
function needsPostgres(services: readonly Service[]): boolean {
  const isNamed = process.env.SESSION_DATABASE_URL !== undefined;
  return services.some(({ store, byHand }) => store === 'postgres' && !byHand && !isNamed);
}

/** @throws if there is no PostgreSQL; the message says what to do. */
async function openPostgres(): Promise<FoundPostgres> {
  const postgres = await findOrStartPostgres();
  if (postgres === undefined)
    throw new Error(`The postgres mode needs a PostgreSQL. Set DATABASE_URL, or: ${howToInstall('postgres')}`);
  const where = postgres.from === 'DATABASE_URL' ? 'the one at DATABASE_URL' : 'a temporary one of its own';
  console.error(`PostgreSQL: ${where}`);
  return postgres;
}

function printError(error: Error): number {
  console.error(error.message);
  return 1;
}

function startService(service: Service, env: NodeJS.ProcessEnv, watch: boolean, prefix: string): NodeProcess {
  const { name, app, port, store, byHand } = service;
  const file = byHand ? `../examples/by-hand/${name}-server.ts` : `../apps/${app}/src/main.ts`;
  return startNode(new URL(file, import.meta.url), {
    env: { ...env, ...readSessionEnv(env, store), PORT: port },
    onLine: (line, stream) => void process[stream].write(`${prefix}${line}\n`),
    watch,
  });
}
