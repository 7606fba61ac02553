// Interleaved rounds: each round runs every side once, in random order, each in a process of its own, beside a bare server that
// is as new. Processes of one program differ (by 16 % here, bare beside bare) for as long as they live; a bare server that served
// a whole round would bring its luck to every side.
//
// Which of the two starts first is drawn, too, and both rest before their first request: a server that is loaded the moment it
// listens may stay quicker for good than one that first waits as servers do (docs/decisions/0005).

import { setTimeout as delay } from 'node:timers/promises';
import { type Bench, redisOf } from './bench.ts';
import { withLines } from './lines.ts';
import { type Asked, compare, type Measured } from './measured.ts';
import { checkPeople, mintTokens, type SignedIn, signInPeople } from './people.ts';
import { type ServerProcess, startServer } from './server.ts';
import type { Side } from './sides.ts';
import { shuffled } from './statistics.ts';

export interface Run extends Measured {
  readonly side: string;
  readonly round: number;
  /** What the look at every user's answer found; empty when all was well. */
  readonly wrong: readonly string[];
}

/** Here 20 ms and less made the difference; this is for slower machines, too. */
const REST_MS = 300;
/** A server that answers more than this in a second would be shown a token twice. */
const MOST_PER_SECOND = 70_000;

/** Rounds of sides, however a side is measured: what is asked of the bare server, and what is done with each side. */
export async function* runRounds(
  bench: Bench,
  sides: readonly Side[],
  first: number,
  bareAsked: (server: ServerProcess) => Asked,
  one: (side: Side, server: ServerProcess, bare: Asked) => Promise<Omit<Run, 'side' | 'round'>>,
): AsyncGenerator<Run> {
  for (let round = first; round < first + bench.plan.rounds; round++) {
    for (const side of shuffled(sides)) {
      const run = await withBoth(bench, side, (server, bare) => one(side, server, bareAsked(bare)));
      yield { side: side.name, round, ...run };
    }
  }
}

type Use<T> = (server: ServerProcess, bare: ServerProcess) => Promise<T>;

function withBoth<T>(bench: Bench, side: Side, use: Use<T>): Promise<T> {
  const [own, bare] = [() => startSide(bench, side), () => startBare(bench)];
  const rested: Use<T> = async (server, base) => {
    await delay(REST_MS);
    return use(server, base);
  };
  return Math.random() < 0.5
    ? withServer(own, (server) => withServer(bare, (base) => rested(server, base)))
    : withServer(bare, (base) => withServer(own, (server) => rested(server, base)));
}

async function withServer<T>(start: () => Promise<ServerProcess>, use: (server: ServerProcess) => Promise<T>) {
  const server = await start();
  try {
    return await use(server);
  } finally {
    await server.stop();
  }
}

/** A new bare server. */
export const withBare = <T>(bench: Bench, use: (bare: Asked) => Promise<T>): Promise<T> =>
  withServer(
    () => startBare(bench),
    (server) => use(askBare(server)),
  );

export const askBare = (server: ServerProcess): Asked => ({
  server,
  each: 'none',
  file: '-',
  path: '/auth/me',
  redis: false,
});

/** A signed-in user's request, after everybody's answer was looked at. */
export async function runSide(bench: Bench, side: Side, server: ServerProcess, bare: Asked) {
  const people = await signInPeople(side, server.url, bench.plan.people);
  const wrong = await checkPeople(side, server.url, people);
  const each = side.signIn === 'none' ? 'none' : side.header;
  const own = { server, each, path: '/auth/me', redis: side.redis } as const;
  const measured = await withLines(linesFor(side, people, bench), (file) => compare(bench, { ...own, file }, bare));
  return { ...measured, wrong };
}

const startBare = (bench: Bench): Promise<ServerProcess> =>
  startSide(bench, { entry: 'bench/src/peers/bare.ts', env: { NODE_ENV: 'production' }, redis: false });

/** Its Redis is empty when it starts. */
export async function startSide(
  bench: Bench,
  { entry, env, redis }: Pick<Side, 'entry' | 'env' | 'redis'>,
  nodeFlags: readonly string[] = [],
  from?: string,
): Promise<ServerProcess> {
  const place = from === undefined ? {} : { from };
  if (!redis) return startServer({ entry, env, nodeFlags, ...place });
  await redisOf(bench).empty();
  return startServer({ entry, env: { ...env, REDIS_URL: redisOf(bench).url }, nodeFlags, ...place });
}

export function linesFor(side: Side, people: readonly SignedIn[], { plan }: Bench): string[] {
  if (!side.fresh) return people.map(({ credential }) => credential);
  const count = Math.ceil((plan.warmUpSeconds + plan.seconds) * MOST_PER_SECOND);
  return mintTokens(
    people.map(({ person }) => person),
    count,
  );
}
