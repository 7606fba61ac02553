// A real download, as an ordinary user, on a Debian or Ubuntu that says that it has no Redis.

import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterAll, describe, expect, it } from 'vitest';
import { fetchDebian } from '../src/fetch-debian.ts';
import { findExecutable } from '../src/index.ts';

const STATUS = '/var/lib/dpkg/status';
const hasApt =
  findExecutable('apt-get') !== undefined && findExecutable('dpkg-deb') !== undefined && existsSync(STATUS);

const folder = mkdtempSync(join(tmpdir(), 'statecraft-fetch-'));
chmodSync(folder, 0o777);
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const into = join(folder, 'programs');
const place = join(into, 'redis-server');

const SCRIPT = `
  import { fetchDebian } from ${JSON.stringify(new URL('../src/fetch-debian.ts', import.meta.url).href)};
  const say = (line) => console.log(line);
  await fetchDebian('redis-server', { into: ${JSON.stringify(into)}, say, limitMs: 150_000 })
    .then(() => say('Fetched.'), (error) => say('Failed: ' + error.message));`;

/** The dpkg status of this machine without Redis and the libraries that only Redis uses. */
function writeAptConfig(): string {
  const packages = readFileSync(STATUS, 'utf8').split('\n\n');
  const others = packages.filter((entry) => !/^Package: (redis|libjemalloc|liblzf)/m.test(entry));
  writeFileSync(join(folder, 'status'), others.join('\n\n'));
  writeFileSync(join(folder, 'apt.conf'), `Dir::State::status "${join(folder, 'status')}";\n`);
  return join(folder, 'apt.conf');
}

/** As an ordinary user if the tests run as root. */
function startFetch(env: NodeJS.ProcessEnv = {}): ChildProcess {
  const isRoot = process.getuid?.() === 0;
  return spawn(process.execPath, ['--input-type=module', '-e', SCRIPT], {
    ...(isRoot ? { uid: 65_534, gid: 65_534 } : {}),
    cwd: folder,
    env: { ...process.env, HOME: folder, APT_CONFIG: writeAptConfig(), ...env },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
}

async function readLines(child: ChildProcess): Promise<string[]> {
  const lines: string[] = [];
  if (child.stdout !== null) for await (const line of createInterface(child.stdout)) lines.push(line);
  return lines;
}

describe.skipIf(!hasApt)('Debian packages without root', () => {
  it('a fetch that is killed leaves nothing that is used; the next one completes, and the program runs', async (context) => {
    const killed = startFetch();
    const lines = createInterface(killed.stdout as NonNullable<ChildProcess['stdout']>)[Symbol.asyncIterator]();
    const { value } = await lines.next();
    killed.kill('SIGKILL');
    await once(killed, 'exit');
    if (String(value).startsWith('Failed: ')) context.skip(`the packages cannot be reached: ${value}`);
    expect(value).toMatch(
      /^Fetching redis-server and what it needs \(\d packages, \d\.\d MB\) with apt-get, without root, into programs\/redis-server\/ …$/,
    );
    expect(readdirSync(into)).toEqual([expect.stringMatching(/^\.unfinished-/)]);

    expect((await readLines(startFetch())).at(-1)).toBe('Fetched.');
    expect(readdirSync(place).sort()).toEqual(['bin', 'root']);
    expect(spawnSync(join(place, 'bin/redis-server'), ['--version'], { encoding: 'utf8' }).stdout).toMatch(
      /^Redis server v=/,
    );
  }, 300_000);

  it('says why it cannot fetch where no mirror can be reached', async () => {
    const lines = await readLines(startFetch({ http_proxy: 'http://127.0.0.1:9', https_proxy: 'http://127.0.0.1:9' }));
    expect(lines.at(-1)).toMatch(/^Failed: .*(127\.0\.0\.1|connect|Failed to fetch)/);
  }, 150_000);

  it('gives up after its limit, and removes what an interrupted fetch has left', async () => {
    const old = join(into, '.unfinished-old');
    spawnSync('mkdir', ['-p', old]);
    utimesSync(old, 0, 0);
    const fetching = fetchDebian('redis-server', { into, say: () => {}, limitMs: 1 });
    await expect(fetching).rejects.toThrow('it took longer than 0.001 s');
    expect(readdirSync(into).filter((name) => name.includes('old'))).toEqual([]);
  });
});
