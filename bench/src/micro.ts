// npm run bench -- micro: the steps of a signed-in request one by one, without HTTP, to steer by. Arguments: a pattern of names.
//
//   cookie ── token ── sessionIdOf ──> store.read ── record ──> principal        bearer ── token ──> jwt authenticate
//
// Each step goes through 1,000 different users: one and the same string would be in every cache there is.

import {
  createJwtStrategy,
  createSessionStrategy,
  decodeSessionData,
  encodeSessionData,
  mintSessionToken,
  sessionIdOf,
} from '@statecraft/auth-core';
import { createMemoryStore } from '@statecraft/auth-core/memory';
import { jwtPlugin, sessionPlugin } from '@statecraft/auth-fastify';
import type { FastifyInstance } from 'fastify';
import { bench, do_not_optimize, run, summary } from 'mitata';
import { answer, newPeer } from './peers/person.ts';
import { somebody } from './peers/somebody.ts';
import { JWT_SECRET } from './sides.ts';

const USERS = 1_000;
const people = Array.from({ length: USERS }, (_, at) => somebody(at));
const claims = { keys: { secret: JWT_SECRET }, issuer: 'statecraft', audience: 'statecraft-api' };

const store = createMemoryStore();
const sessions = createSessionStrategy({ store });
const issued = await Promise.all(
  people.map((user) => sessions.issue({ userId: user.id, data: encodeSessionData({ user }) })),
);
const tokens = issued.map(({ token }) => token);
const ids = issued.map(({ session }) => session.id);
const texts = issued.map(({ session }) => session.data);
const jwts = createJwtStrategy(claims);
const subjects = people.map(({ id: userId, username, roles }) => ({ userId, username, roles }));
const accessTokens = subjects.map((subject) => jwts.issue(subject).accessToken);
const [bareApp, sessionApp, jwtApp] = await Promise.all([appOf(), withSessions(), withTokens()]);

step('session token to id (SHA-256)', tokens, sessionIdOf);
step('memory store: read', ids, (id) => store.read(id));
step('session strategy over memory: authenticate', tokens, (token) => sessions.authenticate(token));
step('data: decode', texts, decodeSessionData);
step('data: encode', people, (user) => encodeSessionData({ user }));
step('jwt strategy, node:crypto: authenticate', accessTokens, (token) => jwts.authenticate(token));
step('jwt strategy, node:crypto: issue', subjects, (subject) => jwts.issue(subject));
step('session token: mint', people, ({ id }) => mintSessionToken(id));

summary(() => {
  request('GET /auth/me injected: bare', bareApp, () => ({}));
  request('GET /auth/me injected: memory', sessionApp, (at) => ({ cookie: `session=${tokens[at]}` }));
  request('GET /auth/me injected: jwt', jwtApp, (at) => ({ authorization: `Bearer ${accessTokens[at]}` }));
});

const [pattern] = process.argv.slice(2);
const colors = process.env.NO_COLOR === undefined;
await run({ colors, ...(pattern !== undefined && { filter: new RegExp(pattern) }) });
store.close();

function step<T>(name: string, values: readonly T[], call: (value: T) => unknown): void {
  let at = 0;
  bench(name, () => do_not_optimize(call(values[at++ % USERS] as T)));
}

function request(name: string, app: FastifyInstance, headers: (at: number) => Record<string, string>): void {
  let at = 0;
  const url = '/auth/me';
  bench(name, async () => do_not_optimize(await app.inject({ url, headers: headers(at++ % USERS) })));
}

async function appOf(): Promise<FastifyInstance> {
  const app = newPeer();
  app.get('/auth/me', answer, () => ({ user: people[0] }));
  await app.ready();
  return app;
}

async function withSessions(): Promise<FastifyInstance> {
  const app = newPeer();
  await app.register(sessionPlugin, { strategy: sessions, cookie: { secure: false } });
  return guarded(app);
}

async function withTokens(): Promise<FastifyInstance> {
  const app = newPeer();
  await app.register(jwtPlugin, claims);
  return guarded(app);
}

async function guarded(app: FastifyInstance): Promise<FastifyInstance> {
  app.get('/auth/me', { ...answer, onRequest: app.requirePrincipal }, ({ principal }) => ({
    user: { id: principal?.userId, username: principal?.username, roles: principal?.roles },
  }));
  await app.ready();
  return app;
}
