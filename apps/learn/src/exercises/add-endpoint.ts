// 3. Add an endpoint to both answers: a plugin that works behind a cookie and behind a token.

import { randomBytes } from 'node:crypto';
import { createMemoryStore } from '@statecraft/auth-core/memory';
import { jwtPlugin, sessionPlugin } from '@statecraft/auth-fastify';
import Fastify, { type FastifyInstance } from 'fastify';
import { type Exercise, expectThat } from '../exercise.ts';
import { loadFunctions } from '../load-module.ts';
import { expectStatus, listen, type Server } from '../visitor.ts';

type Endpoint = (app: FastifyInstance) => void | Promise<void>;

const READ = 'docs/sessions.md';

export const addEndpoint: Exercise = {
  name: '03-add-an-endpoint',
  title: 'Add an endpoint to both servers',
  minutes: 40,
  hints: [
    'What is the same in both servers, although one reads a cookie and the other a token?',
    'request.principal is the signed-in user in both modes. app.requirePrincipal answers 401 to all others.',
    'app.get("/badge", { onRequest: app.requirePrincipal }, (request) => …) with request.principal.username and .roles.',
  ],
  learned: 'Routes read request.principal and do not care how the user proved who they are.',

  async check(folder) {
    const { endpoint } = await loadFunctions<{ endpoint: Endpoint }>(folder, 'endpoint.ts', ['endpoint']);
    await using stateful = await listen(await buildCookieServer(endpoint));
    await using stateless = await listen(await buildTokenServer(endpoint));
    for (const [name, server] of [
      ['stateful', stateful],
      ['stateless', stateless],
    ] as const) {
      await checkSignedOut(server, name);
      await checkUsers(server, name);
    }
  },
};

interface User {
  readonly userId: string;
  readonly username: string;
  readonly roles: string[];
}

async function buildCookieServer(endpoint: Endpoint): Promise<FastifyInstance> {
  const app = Fastify();
  await app.register(sessionPlugin, { store: createMemoryStore(), cookie: { secure: false } });
  app.post<{ Body: User }>('/login', async (request) => {
    await request.signIn(request.body);
    return {};
  });
  await app.register(async (scope) => endpoint(scope));
  return app;
}

async function buildTokenServer(endpoint: Endpoint): Promise<FastifyInstance> {
  const app = Fastify();
  const secret = randomBytes(32).toString('hex');
  await app.register(jwtPlugin, { issuer: 'https://shop.example', audience: 'shop', keys: { secret } });
  app.post<{ Body: User }>('/login', (request) => app.tokens.issue(request.body));
  await app.register(async (scope) => endpoint(scope));
  return app;
}

function makeUser(...roles: string[]): User {
  return { userId: randomBytes(8).toString('hex'), username: `user-${randomBytes(3).toString('hex')}`, roles };
}

async function signIn(server: Server, user: User): Promise<Record<string, string>> {
  const { setCookie, text } = await server.send('POST', '/login', { body: user });
  if (setCookie !== undefined) return { cookie: setCookie.split(';')[0] ?? '' };
  return { authorization: `Bearer ${JSON.parse(text).accessToken}` };
}

async function checkSignedOut(server: Server, name: string): Promise<void> {
  expectStatus(await server.send('GET', '/badge'), 401, {
    did: `GET /badge at the ${name} server, signed out`,
    expected: '401',
    why: 'A badge is for signed-in users. 404 means that there is no such route; 200 that it is open to all.',
    read: READ,
  });
}

async function checkUsers(server: Server, name: string): Promise<void> {
  // Two users in turn: an answer that is kept from the first one shows.
  for (const user of [makeUser('member'), makeUser('member', 'admin'), makeUser()]) {
    const expected = `${user.username} (${user.roles.join(', ')})`;
    const { status, text } = await server.send('GET', '/badge', { headers: await signIn(server, user) });
    expectThat(status === 200 && readBadge(text) === expected, {
      did: `GET /badge at the ${name} server as ${user.username} with the roles [${user.roles}]`,
      saw: `${status} ${text}`,
      expected: JSON.stringify({ badge: expected }),
      why: 'Each user gets their own badge, made from what the request proved.',
      read: READ,
    });
  }
}

function readBadge(text: string): unknown {
  try {
    return JSON.parse(text).badge;
  } catch {
    return undefined;
  }
}
