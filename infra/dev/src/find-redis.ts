// A Redis from what this machine has, in this order: REDIS_URL, a server program, docker.

import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { connect } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { connect as connectTls } from 'node:tls';
import { findExecutable } from './executables.ts';
import { freePort } from './ports.ts';
import { startRedis } from './redis.ts';

export interface FoundRedis {
  readonly url: string;
  readonly from: 'REDIS_URL' | 'redis-server' | 'valkey-server' | 'docker';
  /** Ends a server that was started; one that was found goes on running. */
  stop(): Promise<void>;
}

export interface FindRedisOptions {
  /** Default true. Docker may have to pull the image first, over the network. */
  readonly allowDocker?: boolean;
  readonly env?: NodeJS.ProcessEnv;
}

const DEFAULTS = { image: 'redis:7-alpine', answerMs: 2_000, dockerReadyMs: 30_000 };

/**
 * @returns undefined if there is none; `howToInstall('redis-server')` gives the command to type.
 * @throws if REDIS_URL is set and does not answer.
 */
export async function findOrStartRedis(options: FindRedisOptions = {}): Promise<FoundRedis | undefined> {
  const url = (options.env ?? process.env).REDIS_URL;
  if (url !== undefined && url !== '') return useUrl(url);
  for (const from of ['redis-server', 'valkey-server'] as const) {
    if (findExecutable(from) === undefined) continue;
    const server = await startRedis();
    return { url: server.url, from, stop: () => server.stop() };
  }
  return options.allowDocker === false ? undefined : startInDocker();
}

async function useUrl(url: string): Promise<FoundRedis> {
  // The message has only the host, because the URL may hold a password.
  if (!URL.canParse(url) || !/^rediss?:$/.test(new URL(url).protocol))
    throw new Error('REDIS_URL is not a redis:// URL.');
  if (!(await isAnswering(url))) throw new Error(`REDIS_URL is set, but ${new URL(url).host} does not answer PING.`);
  return { url, from: 'REDIS_URL', stop: async () => {} };
}

async function startInDocker(): Promise<FoundRedis | undefined> {
  if (spawnSync('docker', ['version'], { stdio: 'ignore', timeout: 5_000 }).status !== 0) return undefined;
  const port = await freePort();
  const publish = `127.0.0.1:${port}:6379`;
  const started = spawnSync('docker', ['run', '--rm', '-d', '-p', publish, DEFAULTS.image], { encoding: 'utf8' });
  if (started.status !== 0) return undefined;
  const url = `redis://127.0.0.1:${port}`;
  const stop = async () => void spawnSync('docker', ['rm', '-f', started.stdout.trim()], { stdio: 'ignore' });
  for (const end = Date.now() + DEFAULTS.dockerReadyMs; Date.now() < end; await delay(100)) {
    if (await isAnswering(url)) return { url, from: 'docker', stop };
  }
  await stop();
  return undefined;
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
