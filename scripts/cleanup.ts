// npm run cleanup: removes all state: the sessions in Redis, the users of the repository's own commands, the lab's
// runs and the builds.

import { existsSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { deleteSessionsByPrefix, REDIS_STORE_DEFAULTS, redisClientOptions } from '@statecraft/auth-core/redis';
import { formatCommand, readArguments, STATE_FOLDER } from '@statecraft/infra-dev';
import { Redis } from 'ioredis';

/** Programs that the scripts fetched: Redis, nginx, kubectl. */
const FETCHED = 'node_modules/.cache/statecraft';
const LOCAL = 'redis://127.0.0.1:6379';

const HELP = `${formatCommand('cleanup', ['[--dry-run]'])}
Removes the sessions of this project from Redis (at REDIS_URL, default ${LOCAL}; keys that begin with SESSION_PREFIX,
default "${REDIS_STORE_DEFAULTS.prefix}", and are not of another program), the users in ${STATE_FOLDER}/, runs/, dist/ and .turbo/
of every package, and the programs that the scripts fetched (${FETCHED}/). Users elsewhere (DATABASE_URL) remain.
  --dry-run   only prints what it would remove
Exit code: 0, 3 if REDIS_URL is set and cannot be used, 64 wrong usage.`;

/** @param root the repository's folder. @returns the exit code. */
export async function cleanUp(args: readonly string[], env: NodeJS.ProcessEnv, root: string): Promise<number> {
  const given = readArguments(args, { help: HELP, options: { 'dry-run': { type: 'boolean' } } });
  if (typeof given === 'number') return given;
  const dryRun = given.values['dry-run'] === true;
  const folders = listFolders(root);
  for (const folder of folders) {
    if (!dryRun) rmSync(join(root, folder), { recursive: true });
    console.log(`${dryRun ? 'Would remove' : 'Removed'} ${folder}/`);
  }
  return removeSessions(env.REDIS_URL || undefined, env.SESSION_PREFIX ?? REDIS_STORE_DEFAULTS.prefix, dryRun);
}

function listFolders(root: string): string[] {
  const packages = ['packages', 'apps', 'infra']
    .filter((area) => existsSync(join(root, area)))
    .flatMap((area) => readdirSync(join(root, area)).map((name) => join(area, name)));
  const built = ['', ...packages].flatMap((home) => ['dist', '.turbo', 'runs'].map((folder) => join(home, folder)));
  return [STATE_FOLDER, ...built, FETCHED].filter((folder) => existsSync(join(root, folder)));
}

async function removeSessions(url: string | undefined, prefix: string, dryRun: boolean): Promise<number> {
  try {
    const client = await connectRedis(url ?? LOCAL);
    try {
      if (dryRun) console.log(`Would remove the sessions in Redis whose keys begin with "${prefix}".`);
      else console.log(`Removed the sessions of ${await deleteSessionsByPrefix(client, prefix)} users from Redis.`);
    } finally {
      client.disconnect();
    }
    return 0;
  } catch (error) {
    if (url === undefined) {
      console.log(`There is no usable Redis at ${LOCAL}, so there are no sessions to remove.`);
      return 0;
    }
    // The message does not contain the URL, which may hold a password.
    console.error(`The Redis at REDIS_URL cannot be used (${(error as Error).message}). Its sessions remain.`);
    return 3;
  }
}

/** @throws the reason why the server refused or did not answer. */
export async function connectRedis(url: string): Promise<Redis> {
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
