// npm run cleanup: resets all state. Sessions in Redis (REDIS_URL or localhost:6379; only keys that are ours), runs/, builds.

import { existsSync, readdirSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import {
  deleteSessionsByPrefix,
  REDIS_STORE_DEFAULTS,
  redisClientOptions,
} from '../packages/auth-core/src/stores/redis.ts';
import { readArguments } from './arguments.ts';

const LOCAL = 'redis://127.0.0.1:6379';

const HELP = `npm run cleanup
Removes our sessions from Redis (REDIS_URL, else ${LOCAL}; prefix SESSION_PREFIX, else "${REDIS_STORE_DEFAULTS.prefix}"; keys of other
programs stay, also under the same prefix), runs/, every dist/ and .turbo/. Says what it did.
Exit code: 0; 3 when REDIS_URL is set and cannot be used; 64 for wrong usage.`;

/** `root` is the repository's folder. @returns the exit code. */
export async function cleanUp(args: readonly string[], env: NodeJS.ProcessEnv, root: string): Promise<number> {
  const given = readArguments(args, { help: HELP, options: {} });
  if (typeof given === 'number') return given;
  removeFolders(root);
  return removeSessions(env.REDIS_URL || undefined, env.SESSION_PREFIX ?? REDIS_STORE_DEFAULTS.prefix);
}

function removeFolders(root: string): void {
  const homes = ['packages', 'apps', 'infra']
    .filter((area) => existsSync(join(root, area)))
    .flatMap((area) => readdirSync(join(root, area)).map((name) => join(area, name)));
  for (const home of ['', ...homes]) {
    for (const folder of ['dist', '.turbo', 'runs']) rmSync(join(root, home, folder), { recursive: true, force: true });
  }
  console.log('Removed: runs/, dist/ and .turbo/ of every package.');
}

async function removeSessions(url: string | undefined, prefix: string): Promise<number> {
  try {
    const client = await connect(url ?? LOCAL);
    const removed = await deleteSessionsByPrefix(client, prefix).finally(() => client.disconnect());
    console.log(`Redis: removed the sessions of ${removed} users, whose keys begin with "${prefix}".`);
    return 0;
  } catch (error) {
    if (url === undefined) {
      console.log(`Redis: none that can be used at ${LOCAL}, so there are no sessions to remove.`);
      return 0;
    }
    // The URL may hold a password, so it is not named.
    console.error(`Redis: the one at REDIS_URL cannot be used (${(error as Error).message}). Its sessions were left.`);
    return 3;
  }
}

export async function connect(url: string) {
  // The driver belongs to auth-core; the root has no dependencies of its own.
  const { Redis } = createRequire(new URL('../packages/auth-core/package.json', import.meta.url))(
    'ioredis',
  ) as typeof import('../packages/auth-core/node_modules/ioredis/built/index.js');
  const client = new Redis(url, { ...redisClientOptions(), lazyConnect: true, retryStrategy: () => null });
  let reason: Error | undefined;
  client.on('error', (error) => {
    reason = error;
  });
  await client.connect().catch((error) => {
    client.disconnect();
    throw reason ?? error;
  });
  return client;
}

if (import.meta.main) {
  process.exitCode = await cleanUp(process.argv.slice(2), process.env, fileURLToPath(new URL('..', import.meta.url)));
}
