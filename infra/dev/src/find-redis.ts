// A Redis from what this machine has, in this order: REDIS_URL; a server program on the PATH, or one that can be
// fetched without root (fetch-program.ts); docker.

import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { connect } from 'node:net';
import { basename } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { connect as connectTls } from 'node:tls';
import { findExecutable } from './executables.ts';
import { type FetchOptions, findOrFetchProgram, writeLine } from './fetch-program.ts';
import { freePort } from './ports.ts';
import { REDIS } from './programs.ts';
import { startRedis } from './redis.ts';

export interface FoundRedis {
  readonly url: string;
  /** REDIS_URL, the name of the program, or docker. */
  readonly from: string;
  /** Ends a server that was started; one that was found goes on running. */
  stop(): Promise<void>;
}

export interface FindRedisOptions extends FetchOptions {
  /** Default true. Docker may have to pull the image first, over the network. */
  readonly allowDocker?: boolean;
  readonly env?: NodeJS.ProcessEnv;
}

const DEFAULTS = { image: 'redis:7-alpine', answerMs: 2_000, dockerReadyMs: 30_000, pullMs: 60_000 };

/**
 * @returns undefined if there is none: `say` was told which ways were tried; `howToInstall('redis-server')` gives the
 * command to type.
 * @throws if REDIS_URL is set and does not answer.
 */
export async function findOrStartRedis(options: FindRedisOptions = {}): Promise<FoundRedis | undefined> {
  const { env = process.env, allowDocker = true, say = writeLine, find = findExecutable } = options;
  if (env.REDIS_URL !== undefined && env.REDIS_URL !== '') return useUrl(env.REDIS_URL);
  const reasons = ['REDIS_URL is not set'];
  try {
    const program = await findOrFetchProgram(REDIS, { say, find });
    const server = await startRedis([], program);
    return { url: server.url, from: basename(program), stop: () => server.stop() };
  } catch (error) {
    reasons.push((error as Error).message);
  }
  if (allowDocker) {
    try {
      return await startInDocker(find('docker'), say);
    } catch (error) {
      reasons.push((error as Error).message);
    }
  }
  say(`There is no Redis: ${reasons.join('; ')}.`);
  return undefined;
}

async function useUrl(url: string): Promise<FoundRedis> {
  // The message has only the host, because the URL may hold a password.
  if (!URL.canParse(url) || !/^rediss?:$/.test(new URL(url).protocol))
    throw new Error('REDIS_URL is not a redis:// URL.');
  if (!(await isAnswering(url))) throw new Error(`REDIS_URL is set, but ${new URL(url).host} does not answer PING.`);
  return { url, from: 'REDIS_URL', stop: async () => {} };
}

/** @throws with the reason */
async function startInDocker(docker: string | undefined, say: (line: string) => void): Promise<FoundRedis> {
  if (docker === undefined) throw new Error('there is no docker');
  if (spawnSync(docker, ['version'], { stdio: 'ignore', timeout: 5_000 }).status !== 0)
    throw new Error('the docker engine does not answer');
  say(`Starting Redis with docker, from the image ${DEFAULTS.image} …`);
  const port = await freePort();
  const args = ['run', '--rm', '-d', '-p', `127.0.0.1:${port}:6379`, DEFAULTS.image];
  const started = spawnSync(docker, args, { encoding: 'utf8', timeout: DEFAULTS.pullMs });
  if (started.status !== 0) throw new Error(`docker cannot run ${DEFAULTS.image}`);
  const url = `redis://127.0.0.1:${port}`;
  const stop = async () => void spawnSync(docker, ['rm', '-f', started.stdout.trim()], { stdio: 'ignore' });
  for (const end = Date.now() + DEFAULTS.dockerReadyMs; Date.now() < end; await delay(100)) {
    if (await isAnswering(url)) return { url, from: 'docker', stop };
  }
  await stop();
  throw new Error('the Redis in docker does not answer');
}

/** Signs in if the URL has a password, and sends PING. */
async function isAnswering(url: string): Promise<boolean> {
  const { protocol, hostname, port, username, password } = new URL(url);
  const to = { host: hostname.replace(/^\[|\]$/g, ''), port: Number(port) || 6379 };
  const socket = protocol === 'rediss:' ? connectTls({ ...to, servername: to.host }) : connect(to);
  socket.setTimeout(DEFAULTS.answerMs, () => socket.destroy(new Error('no answer')));
  const auth = [username, password].filter((part) => part !== '').map(decodeURIComponent);
  if (auth.length > 0) socket.write(formatRedisCommand('AUTH', ...auth));
  socket.write(formatRedisCommand('PING'));
  let answer = '';
  socket.on('data', (chunk) => {
    answer += chunk;
    if (answer.includes('+PONG') || answer.includes('-')) socket.destroy();
  });
  await once(socket, 'close').catch(() => undefined);
  return answer.includes('+PONG');
}

function formatRedisCommand(...words: string[]): string {
  return `*${words.length}\r\n${words.map((word) => `$${Buffer.byteLength(word)}\r\n${word}\r\n`).join('')}`;
}
