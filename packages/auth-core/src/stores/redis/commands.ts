// How a script runs on the client, and the deadline of an operation that may take several commands.

import { checkConnected, type RedisClient } from './client.ts';
import type { StoreClock } from './clock.ts';
import { createStoreError } from './failure.ts';
import type { Script } from './scripts.ts';

export type Argument = string | number | Buffer;

/**
 * Runs a script with the store's time as its first argument, and answers texts as Buffers.
 * `begunAt`: when the operation began, in ms of performance.now(); default: now.
 * @throws ERR_STORE_UNAVAILABLE, ERR_STORE_FULL
 */
export type RunScript = (script: Script, key: string, args: Argument[], begunAt?: number) => Promise<unknown>;

export function createScriptRunner(
  client: RedisClient,
  time: StoreClock,
  deadlineMs: number,
  onFailure: (error: unknown) => void,
): RunScript {
  async function run(script: Script, key: string, args: Argument[]): Promise<unknown> {
    if (!time.isReady()) await time.ready();
    checkConnected(client);
    return callScript(client, script, key, [time.clock(), ...args]);
  }
  return async (script, key, args, begunAt = performance.now()) => {
    try {
      return await settleWithin(begunAt + deadlineMs - performance.now(), run(script, key, args));
    } catch (error) {
      onFailure(error);
      throw createStoreError(error);
    }
  };
}

/** ioredis has a method with the suffix `Buffer` for every command; its types leave these two out. */
interface BufferScripts {
  evalshaBuffer(sha: string, keys: number, key: string, ...args: Argument[]): Promise<unknown>;
  evalBuffer(lua: string, keys: number, key: string, ...args: Argument[]): Promise<unknown>;
}

/** By its SHA. The server refuses an unknown SHA before it does anything, so it is safe to send the text then. */
async function callScript(client: RedisClient, { sha, lua }: Script, key: string, args: Argument[]): Promise<unknown> {
  const { evalshaBuffer, evalBuffer } = client as RedisClient & BufferScripts;
  try {
    return await evalshaBuffer.call(client, sha, 1, key, ...args);
  } catch (error) {
    if (!(error instanceof Error && error.message.startsWith('NOSCRIPT'))) throw error;
    return evalBuffer.call(client, lua, 1, key, ...args);
  }
}

/**
 * The outcome of `work`, or a rejection after `ms`. The client's commandTimeout is not enough: it begins when a command is
 * sent, and with auto-pipelining a command first waits for the answers to the batch before it.
 */
export function settleWithin<T>(ms: number, work: Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error('Operation timed out')), ms);
    const settle =
      <V>(how: (value: V) => void) =>
      (value: V) => {
        clearTimeout(timer);
        how(value);
      };
    work.then(settle(resolve), settle(reject));
  });
}
