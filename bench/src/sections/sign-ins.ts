// Section `sign-ins`: how many sessions a second are begun, apart from password hashing. POST /sign-in names the user and
// carries no password; what is left is the body, the new session or token, its write, and the answer with the credential.

import type { Bench } from '../bench.ts';
import { withLines } from '../lines.ts';
import { type Asked, compare } from '../measured.ts';
import { somebody } from '../peers/somebody.ts';
import { type Run, runRounds } from '../rounds.ts';
import type { ServerProcess } from '../server.ts';
import { JWT_SECRET, peer, type Side } from '../sides.ts';
import { textOf } from '../summary.ts';

const ours = (name: string, title: string, env: Record<string, string>): Side =>
  peer(name, 'statecraft', title, { group: 'ours', env, redis: env.MODE === 'redis' });

export const SIGN_INS: readonly Side[] = [
  peer('bare', 'bare', 'bare Fastify route, beside itself', { group: 'control' }),
  ours('jwt', 'jwt', { MODE: 'jwt', JWT_SECRET }),
  ours('memory', 'memory', { MODE: 'memory' }),
  ours('redis', 'redis', { MODE: 'redis' }),
  peer('fastify-jwt', 'fastify-jwt', '@fastify/jwt, HS256'),
  peer('jose', 'jose', 'jose, HS256'),
  peer('secure-session', 'secure-session', '@fastify/secure-session'),
  peer('fastify-session', 'fastify-session', '@fastify/session, its memory store'),
  peer('fastify-session-redis', 'fastify-session', '@fastify/session + connect-redis', { redis: true }),
  peer('express-session', 'express-session', 'express-session, its memory store'),
  peer('express-session-redis', 'express-session', 'express-session + connect-redis', { redis: true }),
  peer('hand-get', 'hand-get', 'one ioredis SET, auto-pipelined', { group: 'by hand', redis: true }),
];

const USERS = 100_000;

export async function runSignIns(
  bench: Bench,
  before: readonly Run[],
  keep: (runs: readonly Run[]) => void,
): Promise<Run[]> {
  const lines = Array.from({ length: USERS }, (_, at) => JSON.stringify(somebody(at)));
  const first = 1 + Math.max(0, ...before.map(({ round }) => round));
  const runs = [...before];
  await withLines(lines, async (file) => {
    const ask = (server: ServerProcess, redis: boolean): Asked => ({
      server,
      each: 'body',
      file,
      path: '/sign-in',
      redis,
    });
    const one = async (side: Side, server: ServerProcess, bare: Asked) => ({
      ...(await compare(bench, ask(server, side.redis), bare)),
      wrong: [],
    });
    for await (const run of runRounds(bench, SIGN_INS, first, (server) => ask(server, false), one)) {
      runs.push(run);
      keep(runs);
      bench.say(`  ${run.side}: ${textOf(run)}`);
    }
  });
  return runs;
}
