// npm run cleanup: resets all state. Sessions in Redis (REDIS_URL or localhost:6379; only keys of our prefix), runs/, builds.

import { readdirSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';

const HELP = `npm run cleanup
Removes our sessions from Redis (REDIS_URL, else redis://127.0.0.1:6379; keys "<SESSION_PREFIX>*", default "sess:"),
runs/, every dist/ and .turbo/. Says what it did. Exit code 0; a Redis that does not answer is not an error.`;

const root = fileURLToPath(new URL('..', import.meta.url));
// The Redis driver belongs to auth-core; the root has no dependencies of its own.
const { Redis } = createRequire(`${root}packages/auth-core/package.json`)(
  'ioredis',
) as typeof import('../packages/auth-core/node_modules/ioredis/built/index.js');

function removeFolders(): void {
  const homes = ['packages', 'apps', 'infra'].flatMap((area) =>
    readdirSync(root + area).map((name) => `${area}/${name}/`),
  );
  for (const home of ['', ...homes]) {
    for (const folder of ['dist', '.turbo', 'runs']) rmSync(root + home + folder, { recursive: true, force: true });
  }
  console.log('Removed: runs/, dist/ and .turbo/ of every package.');
}

async function removeSessions(prefix: string): Promise<void> {
  const options = { lazyConnect: true, retryStrategy: () => null, connectTimeout: 2_000 };
  const client = new Redis(process.env.REDIS_URL ?? 'redis://127.0.0.1:6379', options);
  client.on('error', () => {});
  try {
    await client.connect();
    let removed = 0;
    const pattern = `${prefix.replace(/[*?[\]\\]/g, '\\$&')}*`;
    for await (const keys of client.scanStream({ match: pattern, count: 500 })) {
      if (keys.length > 0) removed += await client.unlink(...keys);
    }
    console.log(`Redis: removed ${removed} keys that begin with "${prefix}".`);
  } catch {
    console.log('Redis: none answers, so there are no sessions to remove.');
  } finally {
    client.disconnect();
  }
}

if (process.argv.includes('--help')) console.log(HELP);
else {
  removeFolders();
  await removeSessions(process.env.SESSION_PREFIX ?? 'sess:');
}
