// The sides that experiments put beside one another: a mode, and what was done with it. What each promises stands in the
// experiment that asks.

import { randomBytes } from 'node:crypto';
import type { Side } from '../contracts/report.ts';

export interface SideSpec extends Side {
  readonly api: 'stateless' | 'stateful';
  /** Whether the gateway keeps a user at the server where they signed in. */
  readonly affinity: boolean;
  readonly needsRedis: boolean;
  readonly env: Readonly<Record<string, string>>;
  /** The lab's own process that is run in place of an API. */
  readonly own?: 'fastify-session';
}

/** So long a token lives here, and by default an idle session: whoever signs in first is to be there when the last one has. */
export const CREDENTIAL_SECONDS = 1_800;

/** Shared by all servers of a run, as any fleet of them must share it. */
const JWT_SECRET = randomBytes(32).toString('base64url');

const stateful = (id: string, text: string, more: Partial<SideSpec> = {}): SideSpec => ({
  id,
  text,
  api: 'stateful',
  affinity: false,
  needsRedis: id.startsWith('redis'),
  env: { SESSION_STORE: id.startsWith('redis') ? 'redis' : 'memory' },
  ...more,
});

const SIDES = {
  jwt: {
    id: 'jwt',
    text: 'jwt',
    api: 'stateless',
    affinity: false,
    needsRedis: false,
    env: { JWT_SECRET, JWT_TTL_SECONDS: String(CREDENTIAL_SECONDS) },
  },
  memory: stateful('memory', 'memory'),
  'memory+affinity': stateful('memory+affinity', 'memory, affinity', { affinity: true }),
  redis: stateful('redis', 'redis'),
  'redis+tracked': stateful('redis+tracked', 'redis, tracked cache', {
    env: { SESSION_STORE: 'redis', SESSION_CACHE: 'tracked' },
  }),
  'fastify-session': stateful('fastify-session', '@fastify/session, its own store', {
    env: {},
    own: 'fastify-session',
  }),
} satisfies Record<string, SideSpec>;

export type SideId = keyof typeof SIDES;

export const findSide = (id: string): SideSpec => {
  const spec: SideSpec | undefined = SIDES[id as SideId];
  if (spec === undefined) throw new Error(`There is no side "${id}".`);
  return spec;
};

/** For an experiment's `sides`: id and text only. */
export function sides(...ids: readonly SideId[]): Side[] {
  return ids.map((id) => ({ id, text: SIDES[id].text }));
}
