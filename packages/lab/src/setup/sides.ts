// The sides that experiments compare: a mode, and how its users reach the servers. What each promises is in the experiments.

import { randomBytes } from 'node:crypto';
import type { Side } from '../contracts/report.ts';

export interface SideSpec extends Side {
  readonly api: 'stateless' | 'stateful';
  /** Whether the gateway keeps a user at the server of their sign-in. */
  readonly affinity: boolean;
  readonly needsRedis: boolean;
  readonly env: Readonly<Record<string, string>>;
  /** A process of the lab that runs in place of an API. */
  readonly helper?: 'fastify-session';
}

/** Tokens and idle sessions live this long: the first user must still be signed in when the last one has signed in. */
export const CREDENTIAL_SECONDS = 1_800;

/** All servers of a run share it. */
const JWT_SECRET = randomBytes(32).toString('base64url');

const STATEFUL = { api: 'stateful', affinity: false, needsRedis: false } as const;

const SIDES = {
  jwt: {
    id: 'jwt',
    text: 'jwt',
    api: 'stateless',
    affinity: false,
    needsRedis: false,
    env: { JWT_SECRET, JWT_TTL_SECONDS: String(CREDENTIAL_SECONDS) },
  },
  memory: { ...STATEFUL, id: 'memory', text: 'memory', env: { SESSION_STORE: 'memory' } },
  'memory+affinity': {
    ...STATEFUL,
    id: 'memory+affinity',
    text: 'memory, affinity',
    affinity: true,
    env: { SESSION_STORE: 'memory' },
  },
  redis: { ...STATEFUL, id: 'redis', text: 'redis', needsRedis: true, env: { SESSION_STORE: 'redis' } },
  'redis+tracked': {
    ...STATEFUL,
    id: 'redis+tracked',
    text: 'redis, tracked cache',
    needsRedis: true,
    env: { SESSION_STORE: 'redis', SESSION_CACHE: 'tracked' },
  },
  'fastify-session': {
    ...STATEFUL,
    id: 'fastify-session',
    text: '@fastify/session, its own store',
    env: {},
    helper: 'fastify-session',
  },
} satisfies Record<string, SideSpec>;

export type SideId = keyof typeof SIDES;

export function findSide(id: string): SideSpec {
  const side: SideSpec | undefined = SIDES[id as SideId];
  if (side === undefined) throw new Error(`There is no side "${id}".`);
  return side;
}

/** For the `sides` of an experiment: id and text only. */
export function pickSides(...ids: readonly SideId[]): Side[] {
  return ids.map((id) => ({ id, text: SIDES[id].text }));
}
