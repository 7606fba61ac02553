// dev and dev:*: one mode or all three, from source, with reload, in one log; Ctrl-C ends them together.
// server:stateless and server:stateful: one, without reload.

import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { type FoundRedis, findOrStartRedis, howToInstall, spawnBound } from '../infra/dev/src/index.ts';
import { readArguments, USAGE } from './arguments.ts';

const HELP = `node scripts/tool.mjs serve <stateless|memory|redis|stateful|all> [--watch]
stateless 3000, memory and stateful 3001, redis 3001 (3002 beside the others). PORT and all of an app's variables pass on.
Exit code: the server's own; 1 when no Redis can be had; 64 for wrong usage.`;

interface Service {
  readonly name: string;
  readonly app: 'stateless-api' | 'stateful-api';
  readonly env: Record<string, string>;
}

const SERVICES = {
  stateless: { name: 'stateless', app: 'stateless-api', env: { PORT: '3000' } },
  memory: { name: 'memory', app: 'stateful-api', env: { PORT: '3001', SESSION_STORE: 'memory' } },
  redis: { name: 'redis', app: 'stateful-api', env: { PORT: '3001', SESSION_STORE: 'redis' } },
  stateful: { name: 'stateful', app: 'stateful-api', env: { PORT: '3001' } },
} as const satisfies Record<string, Service>;

const given = readArguments(process.argv.slice(2), {
  help: HELP,
  options: { watch: { type: 'boolean' } },
  positionals: 1,
});
const watch = typeof given !== 'number' && given.values.watch === true;

if (typeof given === 'number') process.exitCode = given;
else {
  const [mode = ''] = given.positionals;
  const services = chosen(mode);
  if (services === undefined) fail(`Unknown mode "${mode}".\n${HELP}`, USAGE);
  else await serve(services);
}

function chosen(name: string): readonly Service[] | undefined {
  const { stateless, memory, redis } = SERVICES;
  if (name === 'all') return [stateless, memory, { ...redis, env: { ...redis.env, PORT: '3002' } }];
  if (!Object.hasOwn(SERVICES, name)) return undefined;
  const service: Service = SERVICES[name as keyof typeof SERVICES];
  const env = {
    ...service.env,
    SESSION_STORE: service.env.SESSION_STORE ?? process.env.SESSION_STORE ?? 'memory',
  };
  return [{ ...service, env: { ...env, PORT: process.env.PORT ?? service.env.PORT ?? '' } }];
}

function fail(line: string, code: number): void {
  console.error(line);
  process.exitCode = code;
}

async function serve(services: readonly Service[]): Promise<void> {
  const needsRedis = services.some(({ app, env }) => app === 'stateful-api' && env.SESSION_STORE === 'redis');
  let redis: FoundRedis | undefined;
  try {
    redis = needsRedis ? await findOrStartRedis() : undefined;
  } catch (error) {
    return fail(`${(error as Error).message} Start that server, or unset REDIS_URL.`, 1);
  }
  if (needsRedis && redis === undefined) {
    return fail(`The redis mode needs a Redis server. Set REDIS_URL, or: ${howToInstall('redis-server')}`, 1);
  }
  if (redis)
    console.error(`Redis: ${redis.from === 'REDIS_URL' ? 'the one at REDIS_URL' : `${redis.url} (${redis.from})`}`);
  const children = services.map((service) => start(service, services.length > 1, redis?.url));
  const endAll = () => children.forEach((child) => void child.kill('SIGTERM'));
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, endAll);
  // When one ends, so do the others: half a comparison is worse than none.
  const ends = children.map((child) => once(child, 'exit').finally(endAll));
  const [code] = await Promise.race(ends);
  await Promise.all(ends);
  await redis?.stop();
  process.exitCode = typeof code === 'number' ? code : 0;
}

function start({ name, app, env }: Service, prefixed: boolean, redisUrl: string | undefined): ChildProcess {
  const flags = [...(watch ? ['--watch', '--watch-preserve-output'] : []), '--conditions=@statecraft/source'];
  const child = spawnBound(process.execPath, [...flags, 'src/main.ts'], {
    cwd: new URL(`../apps/${app}`, import.meta.url),
    env: { ...process.env, ...(redisUrl === undefined ? {} : { REDIS_URL: redisUrl }), ...env },
    stdio: ['ignore', prefixed ? 'pipe' : 'inherit', prefixed ? 'pipe' : 'inherit'],
  });
  for (const [stream, out] of [
    [child.stdout, process.stdout],
    [child.stderr, process.stderr],
  ] as const) {
    if (stream)
      createInterface({ input: stream }).on('line', (line) => void out.write(`${name.padEnd(9)} | ${line}\n`));
  }
  return child;
}
