// The servers behind the gateway: those that the command starts, as processes on free ports, or those that run already.

import { randomBytes } from 'node:crypto';
import { formatCommand, readDatabaseEnv, readSessionEnv, startNode } from '@statecraft/infra-dev';
import { GatewayError } from './errors.ts';

export type Api = 'stateless' | 'stateful';

/** How many servers to start, or the `host:port` of those that run already. */
export type Servers = number | readonly string[];

export interface Server {
  /** `stateful-2`, also in `x-served-by`. */
  readonly name: string;
  readonly url: string;
  readonly pid: number;
  /** How the process ended: `0`, `SIGKILL`, … */
  readonly ended: Promise<string>;
  /** Sends SIGTERM and waits for the end. */
  stop(): Promise<void>;
}

const ANSWER_MS = 2_000;

/** The variables of all servers of both APIs. Those of this process are kept, except for what the gateway decides. */
export function readSharedEnv(redisUrl: string | undefined): NodeJS.ProcessEnv {
  const { env } = process;
  const hasAny = (...names: string[]) => names.some((name) => env[name] !== undefined);
  return {
    ...env,
    HOST: '127.0.0.1',
    // The system picks a free one.
    PORT: '0',
    TRUST_PROXY: '127.0.0.1',
    LOG_LEVEL: env.LOG_LEVEL ?? 'warn',
    ...readDatabaseEnv(env),
    DEMO_USERS: env.DEMO_USERS ?? (env.NODE_ENV === 'production' ? '0' : '1'),
    ...(hasAny('JWT_SECRET', 'JWT_SECRET_FILE', 'JWT_KEYS', 'JWT_KEYS_FILE') ? {} : { JWT_SECRET: makeSecret() }),
    ...(hasAny('SESSION_SECRET', 'SESSION_SECRET_FILE') ? {} : { SESSION_SECRET: makeSecret() }),
    ...readSessionEnv(env),
    ...(redisUrl === undefined ? {} : { REDIS_URL: redisUrl, SESSION_STORE: 'redis' }),
  };
}

const makeSecret = () => randomBytes(32).toString('base64url');

/** @throws if the process ends before it listens. By then its output has been printed. */
export async function startServer(api: Api, number: number, env: NodeJS.ProcessEnv): Promise<Server> {
  const name = `${api}-${number}`;
  const server = startNode(new URL(`../../../apps/${api}-api/src/main.ts`, import.meta.url), {
    env: { ...env, INSTANCE_ID: name },
    onLine: (line) => {
      if (!line.includes(' listens on http')) process.stderr.write(`${name.padEnd(11)} | ${line}\n`);
    },
  });
  const ended = server.exit.then(String);
  const url = await server.url.catch(async () => {
    throw new GatewayError(1, `${name} ended (${await ended}) before it listened; the lines above say why.`);
  });
  return { name, url, pid: server.pid, ended, stop: () => server.stop('SIGTERM') };
}

/** Asks a server that runs already for its health. @throws GatewayError 1 with the command that starts one. */
export async function requireServer(api: Api, server: string): Promise<void> {
  const url = `http://${server}/health`;
  const problem = await fetch(url, { signal: AbortSignal.timeout(ANSWER_MS) }).then(
    ({ status }) => (status === 200 ? undefined : `answers ${status}`),
    () => 'does not answer',
  );
  if (problem === undefined) return;
  const start = `PORT=${server.split(':').at(-1)} ${formatCommand(`server:${api}`)}`;
  throw new GatewayError(1, `--${api}: ${url} ${problem}. Start a server there: ${start}`);
}
