// Everything that is measured, as data: how it starts, what a request shows, and what its cost is compared with.

import { REDIS_DEADLINE_MS, SECRET } from './plain-app.ts';

export interface Contender {
  readonly name: string;
  readonly title: string;
  /** `plain`: in a plain app (table a). `api`: a route of one of our APIs (table b). */
  readonly table: 'plain' | 'api';
  /** It is this project's own. */
  readonly own: boolean;
  /** From the root of the repository. */
  readonly file: string;
  readonly env: Readonly<Record<string, string>>;
  readonly path: string;
  /** What a request shows. `new token`: each request has another, signed by the bench with the server's secret. */
  readonly credential: 'none' | 'cookie' | 'token' | 'new token';
  readonly needsRedis: boolean;
  /** Names of the contenders whose cost its own is divided by, beside the bare route. */
  readonly peers: readonly string[];
  /** It is measured only if `--only` names it. */
  readonly onRequest?: true;
  /** The checkout that it is started from, if it is not this one. */
  readonly root?: URL;
}

/** The bare route is measured twice in every round: what differs between the two is noise. */
export const BARE = ['bare', 'bare-again'] as const;

const STATELESS = 'apps/stateless-api/src/main.ts';
const STATEFUL = 'apps/stateful-api/src/main.ts';

export const CONTENDERS: readonly Contender[] = [
  plain('bare', 'bare Fastify route', 'bare', { credential: 'none' }),
  plain('bare-again', 'bare Fastify route, again', 'bare', { credential: 'none' }),

  own('jwt', 'jwt, token seen before', 'jwt', { credential: 'token', peers: ['fastify-jwt-cache'] }),
  own('jwt-new', 'jwt, token never seen', 'jwt', { credential: 'new token', peers: ['fastify-jwt'] }),
  own('memory', 'memory', 'session', { env: { STORE: 'memory' }, peers: ['fastify-session'] }),
  own('redis', 'redis', 'session', withRedis('redis', ['hand-get', 'fastify-session-redis'])),
  own('tracked', 'redis, tracked cache', 'session', withRedis('tracked', ['hand-get', 'fastify-session-redis'])),
  own('memory-bound', 'memory, bound to a device', 'bound-session', {
    env: { STORE: 'memory' },
    peers: ['memory'],
    onRequest: true,
  }),
  own('redis-bound', 'redis, bound to a device', 'bound-session', {
    ...withRedis('redis', ['redis']),
    onRequest: true,
  }),
  own('fastify-session-compat', '@fastify/session on our memory store', 'fastify-session', {
    env: { STORE: 'statecraft' },
    peers: ['fastify-session'],
  }),

  plain('hand-get', 'one ioredis GET by hand', 'hand-get', { needsRedis: true }),
  plain('fastify-session', '@fastify/session in memory', 'fastify-session', { env: { STORE: 'memory' } }),
  plain('fastify-session-redis', '@fastify/session on Redis', 'fastify-session', withRedis('redis')),
  plain('secure-session', '@fastify/secure-session', 'secure-session'),
  plain('fastify-jwt', '@fastify/jwt', 'fastify-jwt', { credential: 'token' }),
  plain('fastify-jwt-cache', '@fastify/jwt with its cache', 'fastify-jwt', {
    credential: 'token',
    env: { CACHE: '1' },
  }),
  plain('jose', 'jose', 'jose', { credential: 'token' }),
  plain('express-session', 'express-session on Express', 'express-session'),
  plain('better-auth', 'better-auth', 'better-auth'),
  plain('iron-session', 'iron-session', 'iron-session'),

  ...api('stateless-api', 'stateless-api, token seen before', STATELESS, { JWT_SECRET: SECRET }, 'token'),
  ...api('stateful-api-memory', 'stateful-api, memory', STATEFUL, { SESSION_STORE: 'memory' }),
  ...api('stateful-api-redis', 'stateful-api, redis', STATEFUL, { SESSION_STORE: 'redis' }),
  ...api('stateful-api-tracked', 'stateful-api, redis, tracked cache', STATEFUL, {
    SESSION_STORE: 'redis',
    SESSION_CACHE: 'tracked',
  }),
];

/** These, the bare route, and their peers; without names all but those on request. @throws RangeError if a name is unknown */
export function selectContenders(names: readonly string[]): Contender[] {
  const unknown = names.filter((name) => !CONTENDERS.some((contender) => contender.name === name));
  if (unknown.length > 0) {
    const known = CONTENDERS.map(({ name }) => name).join(', ');
    throw new RangeError(`No contender is named ${unknown.join(', ')}. The names are: ${known}`);
  }
  if (names.length === 0) return CONTENDERS.filter(({ onRequest }) => onRequest !== true);
  const peers = CONTENDERS.filter(({ name }) => names.includes(name)).flatMap((contender) => contender.peers);
  return CONTENDERS.filter(({ name }) => [...BARE, ...names, ...peers].includes(name));
}

/** This project's own contenders once more, started from another checkout of the repository. */
export function copyFromCheckout(contenders: readonly Contender[], root: URL): Contender[] {
  const own = contenders.filter((contender) => contender.own);
  const rename = (name: string) => (own.some((contender) => contender.name === name) ? `${name}@` : name);
  return own.map((contender) => ({
    ...contender,
    root,
    name: rename(contender.name),
    title: `${contender.title}, other checkout`,
    peers: contender.peers.map(rename),
  }));
}

function plain(name: string, title: string, file: string, rest: Partial<Contender> = {}): Contender {
  return {
    name,
    title,
    table: 'plain',
    own: false,
    file: `bench/src/contenders/${file}.ts`,
    path: '/me',
    credential: 'cookie',
    needsRedis: false,
    peers: [],
    ...rest,
    env: { NODE_ENV: 'production', ...rest.env },
  };
}

function own(name: string, title: string, file: string, rest: Partial<Contender>): Contender {
  return { ...plain(name, title, file, rest), own: true };
}

function withRedis(store: string, peers: readonly string[] = []): Partial<Contender> {
  return { env: { STORE: store }, needsRedis: true, peers };
}

/** Two routes of one API: the open one, and the one that needs a signed-in user. */
function api(
  name: string,
  title: string,
  file: string,
  env: Readonly<Record<string, string>>,
  credential: Contender['credential'] = 'cookie',
): Contender[] {
  // All users register from one address.
  const registrations = { REGISTRATIONS_PER_ADDRESS: '1000000' };
  const usual = { LOG_LEVEL: 'warn', AUTH_EVENTS: '0', PASSWORD_MEMORY_KIB: '8', PORT: '0', ...registrations };
  const needsRedis = env.SESSION_STORE === 'redis';
  const deadline = needsRedis ? { REDIS_DEADLINE_MS: String(REDIS_DEADLINE_MS) } : {};
  const shared = {
    table: 'api',
    own: true,
    file,
    env: { ...usual, ...deadline, ...env },
    needsRedis,
  } as const;
  const open = `${name}-open`;
  return [
    { ...shared, name: open, title: `${title}: /health`, path: '/health', credential: 'none', peers: [] },
    { ...shared, name, title, path: '/auth/me', credential, peers: [open] },
  ];
}
