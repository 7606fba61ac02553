// How a script runs on the client, within the store's deadline.

import type { Deadlines } from '../server/deadlines.ts';
import { checkConnected, type RedisClient } from './client.ts';
import type { StoreClock } from './clock.ts';
import type { Script } from './scripts.ts';

export type Argument = string | number | Buffer;

/**
 * Runs a script with the store's time as its first argument, and answers texts as Buffers.
 * @throws ERR_STORE_UNAVAILABLE, ERR_STORE_FULL
 */
export type RunScript = (script: Script, key: string, args: Argument[]) => Promise<unknown>;

export function createScriptRunner(
  client: RedisClient,
  time: StoreClock,
  deadlines: Deadlines,
  onFailure: (error: unknown) => void,
): RunScript {
  async function run(script: Script, key: string, args: Argument[]): Promise<unknown> {
    if (!time.isReady()) await time.ready();
    checkConnected(client);
    return callScript(client, script, key, [time.clock(), ...args]);
  }
  return async (script, key, args) => {
    try {
      return await deadlines.bound(run(script, key, args), (answer) => answer);
    } catch (error) {
      onFailure(error);
      throw error;
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
