// How a script runs on the client, and the deadline of an operation that may take several commands.

import type { RedisClient } from './client.ts';
import type { Script } from './scripts.ts';

export type Argument = string | number | Buffer;

/** ioredis has a method with the suffix `Buffer` for every command; its types leave these two out. */
interface BufferScripts {
  evalshaBuffer(sha: string, keys: number, key: string, ...args: Argument[]): Promise<unknown>;
  evalBuffer(lua: string, keys: number, key: string, ...args: Argument[]): Promise<unknown>;
}

/**
 * Runs a script by its SHA and answers texts as Buffers. The server refuses an unknown SHA before it does anything, so it is
 * safe to send the text then.
 */
export async function runScript(client: RedisClient, script: Script, key: string, args: Argument[]): Promise<unknown> {
  const { evalshaBuffer, evalBuffer } = client as RedisClient & BufferScripts;
  try {
    return await evalshaBuffer.call(client, script.sha, 1, key, ...args);
  } catch (error) {
    if (!(error instanceof Error && error.message.startsWith('NOSCRIPT'))) throw error;
    return evalBuffer.call(client, script.lua, 1, key, ...args);
  }
}

/** The outcome of `work`, or a rejection after `ms`. */
export async function settleWithin<T>(ms: number, work: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error('Operation timed out')), ms);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}
