// The sides that experiments compare: a mode, and how its users reach the servers.

import { randomBytes } from 'node:crypto';
import type { Side } from '../contracts/report.ts';

export interface SideSpec extends Side {
  readonly api: 'stateless' | 'stateful';
  /** Whether the gateway keeps a user at the server of their sign-in. */
  readonly affinity: boolean;
  readonly needsRedis: boolean;
  /** Sessions are in a file, which the lab makes for this run: SESSION_SQLITE_PATH. */
  readonly needsFile?: true;
  readonly needsPostgres?: true;
  /** Users come over TLS, as far as the servers are told: the gateway says so (X-Forwarded-Proto). Needs a gateway. */
  readonly overTls?: true;
  readonly env: Readonly<Record<string, string>>;
  /** A file in peers/ that runs in place of an API. */
  readonly peer?: string;
}

/** Tokens and idle sessions live this long: the first user must still be signed in when the last one has signed in. */
const CREDENTIAL_SECONDS = 1_800;

/** All servers of a run share it. */
const JWT_SECRET = randomBytes(32).toString('base64url');

const defineStateful = (
  id: string,
  text: string,
  env: Readonly<Record<string, string>>,
  more: Partial<SideSpec> = {},
): SideSpec => ({ id, text, env, api: 'stateful', affinity: false, needsRedis: false, ...more });

const MEMORY = { SESSION_STORE: 'memory' };
const REDIS = { SESSION_STORE: 'redis' };
const SQLITE = { SESSION_STORE: 'sqlite' };
const POSTGRES = { SESSION_STORE: 'postgres' };
/** The table of sessions that the servers make. */
export const SESSION_TABLE = 'statecraft_sessions';
/** Servers believe the gateway, and bind only what comes over TLS. */
const BOUND = { ...REDIS, SESSION_DEVICE_BOUND: '1', SESSION_COOKIE_SECURE: '1', TRUST_PROXY: '127.0.0.1' };
const TRACKED = { ...REDIS, SESSION_CACHE: 'tracked' };

const SIDES = {
  jwt: {
    id: 'jwt',
    text: 'jwt',
    api: 'stateless',
    affinity: false,
    needsRedis: false,
    env: { JWT_SECRET, JWT_TTL_SECONDS: String(CREDENTIAL_SECONDS) },
  },
  memory: defineStateful('memory', 'memory', MEMORY),
  'memory+affinity': defineStateful('memory+affinity', 'memory, affinity', MEMORY, { affinity: true }),
  redis: defineStateful('redis', 'redis', REDIS, { needsRedis: true }),
  postgres: defineStateful('postgres', 'postgres', POSTGRES, { needsPostgres: true }),
  'redis+tracked': defineStateful('redis+tracked', 'redis, tracked cache', TRACKED, { needsRedis: true }),
  'redis+bound': defineStateful('redis+bound', 'redis, bound to the device', BOUND, {
    needsRedis: true,
    overTls: true,
  }),
  sqlite: defineStateful('sqlite', 'sqlite', SQLITE, { needsFile: true }),
  'fastify-session': defineStateful(
    'fastify-session',
    '@fastify/session, its own store',
    {},
    { peer: 'fastify-session.ts' },
  ),
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
