// A request that takes its time: its headers arrive, the server reads the session, and the body comes when the experiment
// says so. A race that is forced, not hoped for, and that asks nothing of the server.

import { once } from 'node:events';
import { request } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';

export interface SlowPost {
  /** Sends the body. @returns the status */
  finish(): Promise<number>;
}

/** From the server's "100 Continue" on, for a store that has to be asked. */
const READING_MS = 200;

/** @returns when the server has had the headers for long enough to have read the session */
export async function beginPost(url: string, headers: Record<string, string>, body: object): Promise<SlowPost> {
  const text = JSON.stringify(body);
  const post = request(url, {
    method: 'POST',
    headers: {
      ...headers,
      'content-type': 'application/json',
      'content-length': Buffer.byteLength(text),
      expect: '100-continue',
    },
  });
  const answered = once(post, 'response');
  answered.catch(() => undefined);
  post.flushHeaders();
  await once(post, 'continue');
  await delay(READING_MS);
  return {
    async finish() {
      post.end(text);
      const [answer] = await answered;
      answer.resume();
      await once(answer, 'end');
      return answer.statusCode;
    },
  };
}
