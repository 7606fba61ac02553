// An app with the session plugin and the routes that the tests ask, and a client that keeps what it is given.

import type { SessionStore, UserSessions } from '@statecraft/auth-core';
import { createMemoryStore } from '@statecraft/auth-core/memory';
import Fastify, {
  type FastifyInstance,
  type FastifyServerOptions,
  type InjectOptions,
  type LightMyRequestResponse,
} from 'fastify';
import { sessionPlugin } from '../../src/index.ts';
import type { DeviceBoundPluginOptions } from '../../src/session/device/options.ts';
import type { SessionPluginSettings } from '../../src/session/options.ts';

declare module 'fastify' {
  interface Session {
    cart?: string[];
    count?: number;
    other?: unknown;
    note?: string;
  }
}

export const ADA = { userId: 'ada', username: 'Ada', roles: ['member'] };
export const NAME = '__Host-session';

export interface Setup extends SessionPluginSettings {
  readonly store?: SessionStore & Partial<UserSessions>;
  readonly idleMs?: number;
  readonly maxIdleMs?: number;
  readonly maxAbsoluteMs?: number;
  readonly deviceBound?: boolean | DeviceBoundPluginOptions;
  /** Runs before the plugin is registered. */
  readonly prepare?: (app: FastifyInstance) => void;
  readonly fastify?: FastifyServerOptions;
  readonly clock?: () => number;
  readonly routes?: (app: FastifyInstance) => void;
}

export function memory(clock?: () => number) {
  return createMemoryStore({ sweepEveryMs: 0, ...(clock && { clock }) });
}

export async function appWith({
  routes,
  prepare,
  store = memory(),
  fastify,
  ...options
}: Setup = {}): Promise<FastifyInstance> {
  const app = Fastify({ logger: false, ...fastify });
  prepare?.(app);
  await app.register(sessionPlugin, { store, ...options });
  app.post('/login', async (request) => {
    await request.signIn(ADA, { keep: ['note'] });
    return { ok: true };
  });
  app.post('/logout', async (request) => {
    await request.session.destroy();
    return { ok: true };
  });
  app.get('/me', { onRequest: app.requirePrincipal }, (request) => ({ user: request.principal }));
  app.get('/session', (request) => ({ ...request.session }));
  app.get('/public', () => ({ public: true }));
  app.post('/count', async (request) => {
    request.session.count = (request.session.count ?? 0) + 1;
    return { count: request.session.count };
  });
  routes?.(app);
  await app.ready();
  return app;
}

export type Ask = (method: 'GET' | 'POST', url: string, more?: InjectOptions) => Promise<LightMyRequestResponse>;

/** A browser's jar of one cookie: takes what is given, drops what is cleared. */
export function browserOf(app: FastifyInstance, cookie?: string): Ask & { cookie: () => string | undefined } {
  let kept = cookie;
  const ask = async (method: 'GET' | 'POST', url: string, more: InjectOptions = {}) => {
    const headers = { ...(kept !== undefined && { cookie: kept }), ...more.headers };
    const answer = await app.inject({ method, url, ...more, headers });
    for (const given of setCookies(answer)) {
      kept = /Max-Age=0/.test(given) ? undefined : given.slice(0, given.indexOf(';'));
    }
    return answer;
  };
  return Object.assign(ask, { cookie: () => kept });
}

export function setCookies(answer: LightMyRequestResponse): string[] {
  const header = answer.headers['set-cookie'];
  return header === undefined ? [] : [header].flat();
}

/** A door that a slow request waits at, and a bell that says it has come there. */
export function gate() {
  let open: () => void = () => undefined;
  let reach: () => void = () => undefined;
  const opened = new Promise<void>((resolve) => (open = resolve));
  const reached = new Promise<void>((resolve) => (reach = resolve));
  const wait = () => {
    reach();
    return opened;
  };
  return { wait, reached, open: () => open() };
}
