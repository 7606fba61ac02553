// The servers behind `pnpm gateway`: the built apps, as processes on free ports, with what servers of one API share.

import type { ChildProcess } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { spawnBound } from '../infra/dev/src/index.ts';

export interface App {
  /** `stateful-2`, also in `x-served-by`. */
  readonly name: string;
  readonly url: string;
  readonly pid: number;
  /** How it ended: `0`, `SIGKILL`… */
  readonly ended: Promise<string>;
  /** SIGTERM, and waits. */
  stop(): Promise<void>;
}

export type Api = 'stateless' | 'stateful';

const secret = () => randomBytes(32).toString('base64url');

/** Variables for all servers of both APIs: what somebody has set stands, but for what the gateway decides. */
export function sharedEnv(redisUrl: string | undefined): NodeJS.ProcessEnv {
  const { env } = process;
  const has = (...names: string[]) => names.some((name) => env[name] !== undefined);
  return {
    ...env,
    HOST: '127.0.0.1',
    // A free one.
    PORT: '0',
    TRUST_PROXY: '127.0.0.1',
    LOG_LEVEL: env.LOG_LEVEL ?? 'warn',
    // Each server has a directory of its own in memory: only these three are known to all.
    DEMO_USERS: env.DEMO_USERS ?? (env.NODE_ENV === 'production' ? '0' : '1'),
    ...(has('JWT_SECRET', 'JWT_SECRET_FILE', 'JWT_KEYS', 'JWT_KEYS_FILE') ? {} : { JWT_SECRET: secret() }),
    ...(has('SESSION_SECRET', 'SESSION_SECRET_FILE') ? {} : { SESSION_SECRET: secret() }),
    ...(redisUrl === undefined ? {} : { REDIS_URL: redisUrl, SESSION_STORE: 'redis' }),
  };
}

/** @throws when the process ends before it listens; its last words have been printed by then. */
export async function startApp(api: Api, number: number, env: NodeJS.ProcessEnv): Promise<App> {
  const name = `${api}-${number}`;
  const entry = fileURLToPath(new URL(`../apps/${api}-api/dist/main.js`, import.meta.url));
  const child = spawnBound(process.execPath, [entry], {
    env: { ...env, INSTANCE_ID: name },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const ended = once(child, 'exit').then(([code, signal]) => String(code ?? signal));
  const url = await Promise.race([
    listening(child, name),
    ended.then((how) => Promise.reject(new Error(`${name} ended (${how}) before it listened; it says why above.`))),
  ]);
  return {
    name,
    url,
    pid: child.pid ?? 0,
    ended,
    async stop() {
      child.kill('SIGTERM');
      await ended;
    },
  };
}

/** Passes on all that it prints, under its name, but the line that says where it listens. */
function listening(child: ChildProcess, name: string): Promise<string> {
  return new Promise((resolve) => {
    for (const stream of [child.stdout, child.stderr]) {
      if (stream === null) continue;
      createInterface({ input: stream }).on('line', (line) => {
        const url = / listens on (http\S+)$/.exec(line)?.[1];
        if (url === undefined) process.stderr.write(`${name.padEnd(11)} | ${line}\n`);
        else resolve(url);
      });
    }
  });
}
