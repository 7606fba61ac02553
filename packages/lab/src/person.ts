// One person with what they hold between two requests: a token or a cookie, as auth-client keeps it. Carried from server to
// server, as a balancer would.

import { ApiError, StatefulClient, StatelessClient } from '@statecraft/auth-client';
import type { Answer, Mode } from './report.ts';

export interface Sight {
  readonly answer: Answer;
  /** HTTP status, or undefined when no answer came. */
  readonly status: number | undefined;
  readonly servedBy: string | undefined;
}

export interface Person {
  readonly username: string;
  /** Registers, so that the person exists on this server, and signs in. */
  signUp(base: string): Promise<void>;
  /** Asks "who am I?" with whatever sign-in gave; also after a sign-out, as somebody who kept a copy. */
  ask(base: string): Promise<Sight>;
  signOut(base: string): Promise<void>;
}

const TIMEOUT_MS = 5_000;

export function createPerson(mode: Mode, username: string, password: string): Person {
  let credential = '';
  const at = (baseUrl: string) => {
    const options = { baseUrl, timeoutMs: TIMEOUT_MS };
    return mode === 'jwt' ? new StatelessClient(options) : new StatefulClient(options);
  };
  const holding = (base: string) => at(base).withCredential(credential);

  return {
    username,
    async signUp(base) {
      const client = at(base);
      await client.register(username, password);
      await client.signIn(username, password);
      credential = client.credential() ?? '';
    },
    async ask(base) {
      const client = holding(base);
      try {
        const user = await client.me();
        const answer = user.username === username ? 'signed-in' : 'wrong-user';
        return { answer, status: 200, servedBy: client.servedBy };
      } catch (error) {
        if (!(error instanceof ApiError)) return { answer: 'unknown', status: undefined, servedBy: undefined };
        const answer = error.status === 401 ? 'signed-out' : 'unknown';
        return { answer, status: error.status, servedBy: error.servedBy };
      }
    },
    signOut: (base) => holding(base).signOut(),
  };
}
