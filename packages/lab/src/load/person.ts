// One person with what they hold between two requests: a token or a cookie, as auth-client keeps it. Carried from server to
// server, as a balancer would. For thousands of people: load/.

import { setTimeout as delay } from 'node:timers/promises';
import { ApiError, ClientError, StatefulClient, StatelessClient } from '@statecraft/auth-client';
import type { Part } from '../context/lab.ts';
import type { Outcome } from '../contracts/events.ts';
import type { SideSpec } from '../setup/sides.ts';

export interface Person {
  readonly username: string;
  /** What sign-in gave: a token, or a Cookie header. */
  credential(): string;
  /** Registers, so that the person exists on this server, and signs in. */
  signUp(base: string): Promise<void>;
  /** Asks "who am I?" with whatever sign-in gave; also after a sign-out, as somebody who kept a copy. */
  ask(base: string): Promise<Outcome>;
  signOut(base: string): Promise<void>;
}

const TIMEOUT_MS = 5_000;
const TRIES = 10;
const PAUSE_MS = 500;
const PASSWORD = 'correct horse battery staple';

/** What they do goes into the part's events, as user number `user`. */
export function createPerson(part: Part, { api }: SideSpec, user: number): Person {
  const username = `person-${user}`;
  let credential = '';
  let signedOut = false;
  const at = (baseUrl: string) => {
    const options = { baseUrl, timeoutMs: TIMEOUT_MS };
    return api === 'stateless' ? new StatelessClient(options) : new StatefulClient(options);
  };
  const holding = (base: string) => at(base).withCredential(credential);

  return {
    username,
    credential: () => credential,
    async signUp(base) {
      const client = at(base);
      await insisting(() => client.register(username, PASSWORD));
      const began = part.now();
      await insisting(() => client.signIn(username, PASSWORD));
      credential = client.credential() ?? '';
      const server = client.servedBy ?? '';
      part.event({ type: 'sign-in', at: part.now(), user, server, ms: part.now() - began });
    },
    async ask(base) {
      const client = holding(base);
      const began = part.now();
      const sight = await client
        .me()
        .then(
          (found): Sight => ({ status: 200, mine: found.username === username, server: client.servedBy }),
          failedSight,
        );
      const outcome = outcomeOf(sight, signedOut);
      const { status, server } = sight;
      const seen = { ...(status === undefined ? {} : { status }), ...(server === undefined ? {} : { server }) };
      part.event({ type: 'request', at: began, late: 0, ms: part.now() - began, user, outcome, ...seen });
      return outcome;
    },
    async signOut(base) {
      const client = holding(base);
      await insisting(() => client.signOut());
      signedOut = true;
      part.event({ type: 'sign-out', at: part.now(), user, server: client.servedBy ?? '' });
    },
  };
}

/** A crowded server says 503: try again. */
async function insisting<T>(work: () => Promise<T>): Promise<T> {
  for (let tries = 1; ; tries++) {
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof ApiError) || error.status !== 503 || tries === TRIES) throw error;
      await delay(PAUSE_MS);
    }
  }
}

interface Sight {
  readonly status: number | undefined;
  readonly mine: boolean;
  readonly server: string | undefined;
  readonly timedOut?: boolean;
}

function failedSight(error: unknown): Sight {
  if (error instanceof ApiError) return { status: error.status, mine: false, server: error.servedBy };
  const timedOut = error instanceof ClientError && error.code === 'ERR_CLIENT_TIMEOUT';
  return { status: undefined, mine: false, server: undefined, timedOut };
}

function outcomeOf({ status, mine, timedOut }: Sight, signedOut: boolean): Outcome {
  if (status === undefined) return timedOut ? 'timedOut' : 'connectionBroken';
  if (status === 401) return signedOut ? 'refused' : 'signedOut';
  if (status >= 500) return 'serverError';
  if (status !== 200) return 'otherStatus';
  if (!mine) return 'wrongUser';
  return signedOut ? 'acceptedAfterSignOut' : 'ok';
}
