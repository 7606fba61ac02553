// Everything that is measured, as data: how it starts, how a user signs in, what they show at each request.

export interface Side {
  readonly name: string;
  readonly title: string;
  readonly group: 'control' | 'ours' | 'peer' | 'by hand';
  /** From the repository's root. */
  readonly entry: string;
  readonly env: Readonly<Record<string, string>>;
  /** `api`: register and sign in with a password, as users do; `peer`: POST /sign-in names the user; `none`: nobody. */
  readonly signIn: 'none' | 'peer' | 'api';
  readonly header: 'cookie' | 'authorization';
  readonly redis: boolean;
  /** Every request shows a token that no server has seen before: signed by the bench with the server's own secret. */
  readonly fresh: boolean;
  readonly goal?: Goal;
}

interface Goal {
  /** The side whose throughput is 1. */
  readonly of: string;
  readonly share: number;
  /** Redis commands for each request, at most. */
  readonly commands?: number;
}

export const JWT_SECRET = 'a secret of the bench, which is longer than 32 bytes';

const quiet = { LOG_LEVEL: 'warn', PASSWORD_COST: '4', PORT: '0' };
const STATELESS = 'apps/stateless-api/dist/main.js';
const STATEFUL = 'apps/stateful-api/dist/main.js';

const side = (name: string, title: string, rest: Partial<Side>): Side => ({
  name,
  title,
  group: 'peer',
  entry: '',
  env: {},
  signIn: 'peer',
  header: 'cookie',
  redis: false,
  fresh: false,
  ...rest,
});

export function peer(name: string, file: string, title: string, rest: Partial<Side> = {}): Side {
  return side(name, title, {
    entry: `bench/src/peers/${file}.ts`,
    ...rest,
    env: { NODE_ENV: 'production', ...rest.env },
  });
}

function ours(name: string, entry: string, title: string, rest: Partial<Side>): Side {
  return side(name, title, { group: 'ours', entry, signIn: 'api', ...rest, env: { ...quiet, ...rest.env } });
}

const stateful = (name: string, title: string, env: Record<string, string>, goal?: Goal): Side =>
  ours(name, STATEFUL, title, { env, redis: env.SESSION_STORE === 'redis', ...(goal && { goal }) });

const bearer = { header: 'authorization' } as const;
const redis = { redis: true } as const;
const byHand = { group: 'by hand' } as const;
const bare = { group: 'control', signIn: 'none' } as const;
const jwtEnv = { env: { JWT_SECRET } };

export const BASE = 'bare';

export const SIDES: readonly Side[] = [
  peer(BASE, 'bare', 'bare Fastify route, beside itself', bare),
  peer('bare-quick', 'bare', 'bare Fastify route, its ticks kept quick', { ...bare, env: { TICKS: 'quick' } }),

  ours('jwt', STATELESS, 'jwt, token seen before', { ...bearer, ...jwtEnv, goal: { of: BASE, share: 0.88 } }),
  ours('jwt-fresh', STATELESS, 'jwt, token never seen', {
    ...bearer,
    ...jwtEnv,
    fresh: true,
    goal: { of: BASE, share: 0.46 },
  }),
  stateful('memory', 'memory', { SESSION_STORE: 'memory' }, { of: BASE, share: 0.85 }),
  stateful('redis', 'redis', { SESSION_STORE: 'redis' }, { of: 'hand-get', share: 0.92, commands: 1 }),
  stateful(
    'redis-tracked',
    'redis, tracked cache',
    { SESSION_STORE: 'redis', SESSION_CACHE: 'tracked' },
    { of: BASE, share: 0.8, commands: 0 },
  ),
  stateful(
    'fastify-session-ours',
    '@fastify/session over our memory store',
    { SESSION_STORE: 'memory', SESSION_ENGINE: 'fastify-session', SESSION_SECRET: JWT_SECRET },
    { of: 'fastify-session', share: 1 },
  ),
  ours('jwt-fresh-library', STATELESS, 'jwt, token never seen, JWT_ENGINE=fastify-jwt', {
    ...bearer,
    env: { JWT_SECRET, JWT_ENGINE: 'fastify-jwt' },
    fresh: true,
  }),

  peer('fastify-jwt', 'fastify-jwt', '@fastify/jwt, HS256', bearer),
  peer('fastify-jwt-cache', 'fastify-jwt', '@fastify/jwt, HS256, its cache on', { ...bearer, env: { CACHE: '1' } }),
  peer('jose', 'jose', 'jose, HS256', bearer),
  peer('secure-session', 'secure-session', '@fastify/secure-session'),
  peer('fastify-session', 'fastify-session', '@fastify/session, its memory store'),
  peer('fastify-session-still', 'fastify-session', '@fastify/session, its memory store, not rolling', {
    env: { ROLLING: '0' },
  }),
  peer('fastify-session-redis', 'fastify-session', '@fastify/session + connect-redis', redis),
  peer('fastify-session-redis-still', 'fastify-session', '@fastify/session + connect-redis, not rolling', {
    ...redis,
    env: { ROLLING: '0' },
  }),
  peer('express-session', 'express-session', 'express-session, its memory store'),
  peer('express-session-redis', 'express-session', 'express-session + connect-redis', redis),

  peer('hand-map', 'hand-map', 'a Map of sessions', byHand),
  peer('hand-tokens', 'hand-map', 'a Map of verified tokens', { ...byHand, ...bearer, env: { HOLD: 'token' } }),
  peer('hand-hmac', 'hand-hmac', 'HMAC and JSON at every request', { ...byHand, ...bearer }),
  peer('hand-get', 'hand-get', 'one ioredis GET, auto-pipelined', { ...byHand, ...redis }),
];

/** With the sides that the others are a share of. @throws RangeError naming what is not there. */
export function sidesNamed(names: readonly string[]): Side[] {
  const unknown = names.filter((name) => !SIDES.some((one) => one.name === name));
  if (unknown.length > 0) {
    throw new RangeError(
      `There is no side ${unknown.join(', ')}. There are: ${SIDES.map((one) => one.name).join(', ')}`,
    );
  }
  if (names.length === 0) return [...SIDES];
  const wanted = SIDES.filter(({ name }) => names.includes(name));
  const needed = new Set([BASE, ...wanted.flatMap(({ name, goal }) => (goal ? [name, goal.of] : [name]))]);
  return SIDES.filter(({ name }) => needed.has(name));
}
