// Users with real clients (auth-client), as far as an experiment needs more than a header: a client that keeps cookies
// and, where the server offers it, binds its session to a key of its own.

import { type ApiClient, ClientError, type Exchange, StatefulClient, StatelessClient } from '@statecraft/auth-client';
import { Agent } from 'undici';
import type { ExperimentContext } from '../contracts/context.ts';
import type { Event, Outcome } from '../contracts/events.ts';
import type { Population } from './population.ts';

/** Where the events of an owner go, and the time that they have: ms. */
export interface Recorder {
  now(): number;
  record(event: Event): void;
}

export interface Owner {
  signIn(): Promise<void>;
  /** "Who am I?" `intended`: when the request was to start. */
  ask(intended: number): Promise<void>;
  signOut(): Promise<void>;
  /** Headers that carry all that the client holds, its private key excepted. */
  copyCredential(): Record<string, string>;
  isBound(): boolean;
  /** ms of each exchange that got a fresh bound cookie. */
  readonly refreshes: readonly number[];
}

const TIMEOUT_MS = 5_000;
/** The path of the endpoint that refreshes bound cookies. */
const REFRESH = /\/device\/refresh$/;

/** Connections of their own, closed with the context: those of the thieves are others. */
export function createOwners(context: ExperimentContext, population: Population, url: string) {
  // The certificate of the lab's gateway is signed by itself.
  const dispatcher = new Agent({ connect: { rejectUnauthorized: false } });
  context.onEnd(() => dispatcher.destroy());
  return (user: number, recorder: Recorder): Owner =>
    createOwner(context, population, { url, dispatcher, user }, recorder);
}

function createOwner(
  { side }: ExperimentContext,
  population: Population,
  { url, dispatcher, user }: { readonly url: string; readonly dispatcher: Agent; readonly user: number },
  { now, record }: Recorder,
): Owner {
  const { ledger } = population;
  const refreshes: number[] = [];
  /** ms of the last exchange that was no refresh: what the request itself took. */
  let lastMs = 0;
  const trace = ({ request, durationMs }: Exchange) => {
    if (REFRESH.test(request.url)) refreshes.push(durationMs);
    else lastMs = durationMs;
  };
  const options = { baseUrl: url, dispatcher, timeoutMs: TIMEOUT_MS, trace };
  const stateful = new StatefulClient({ ...options, deviceKey: 'ES256' });
  const client: ApiClient = side.api === 'stateless' ? new StatelessClient(options) : stateful;
  const username = population.getUsername(user);

  return {
    refreshes,
    isBound: () => stateful.bindingIds.length > 0,

    async signIn() {
      const sent = now();
      await client.signIn(username, population.password);
      const server = client.servedBy ?? '';
      population.enter(user, client.credential() ?? '', server);
      record({ type: 'sign-in', at: now(), user, server, ms: now() - sent });
    },
    async ask(intended) {
      const sent = now();
      const state = ledger.getState(user);
      const common = { type: 'request', at: intended, late: sent - intended, user } as const;
      try {
        const { status, body, servedBy } = await client.send('GET', '/auth/me');
        const outcome = ledger.classify(user, state, status, readUsername(body) === username);
        record({ ...common, ms: lastMs, outcome, status, ...(servedBy === undefined ? {} : { server: servedBy }) });
      } catch (error) {
        record({ ...common, ms: now() - sent, outcome: classifyFailure(error) });
      }
    },
    async signOut() {
      ledger.markLeaving(user);
      await client.signOut();
      ledger.markSignedOut(user);
      record({ type: 'sign-out', at: now(), user, server: client.servedBy ?? '' });
    },
    copyCredential() {
      const credential = client.credential() ?? '';
      return side.api === 'stateless' ? { authorization: `Bearer ${credential}` } : { cookie: credential };
    },
  };
}

function readUsername(body: unknown): string | undefined {
  return (body as { user?: { username?: string } } | undefined)?.user?.username;
}

function classifyFailure(error: unknown): Outcome {
  if (!(error instanceof ClientError)) throw error;
  return error.code === 'ERR_CLIENT_TIMEOUT' ? 'timedOut' : 'connectionBroken';
}
