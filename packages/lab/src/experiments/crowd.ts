// Many users at one server: what each weighs there and in Redis, and how long requests take meanwhile.

import { formatBytes, formatCount } from '../common/format.ts';
import type { ExperimentContext, Part } from '../contracts/context.ts';
import type { Check, PartSummary } from '../contracts/report.ts';
import { findPart } from '../judge/parts.ts';
import { runOpenLoop } from '../load/load.ts';
import { createPopulation, type Population } from '../load/population.ts';
import { registerAccounts, signIn } from '../load/sign-in.ts';
import { readRedisFacts } from '../processes/redis-facts.ts';
import type { ServerProcess } from '../processes/server.ts';

export interface Crowd {
  readonly population: Population;
  readonly server: ServerProcess;
  /** Bytes before the first sign-in. */
  readonly empty: Weights;
}

interface Weights {
  /** What the server holds after a collection of garbage. */
  readonly heapBytes: number;
  readonly redisBytes: number;
}

/** Bytes per user mean nothing with fewer users: compiled code and connections grow, too. */
const WEIGHABLE = 2_000;
/** Sign-ins at the same time. */
const PARALLEL = 32;

/**
 * The environment of a server that gets a crowd. Users who share an account are its devices. The cache of verified tokens is off:
 * it is bounded, holds nothing that the server needs, and would hide what a token itself weighs.
 */
export const createCrowdEnv = ({ side }: ExperimentContext): Readonly<Record<string, string>> =>
  side.api === 'stateless' ? { JWT_CACHE_ENTRIES: '0' } : { SESSION_MAX_PER_USER: '1000' };

/** Registers the accounts, which also warms the server up, and weighs the server. It needs the preload `heap`. */
export async function prepareCrowd(
  context: ExperimentContext,
  server: ServerProcess,
  users: number,
  accounts: number,
): Promise<Crowd> {
  const population = createPopulation(context, users, accounts);
  context.step(`registering ${formatCount(population.accounts)} accounts`);
  await registerAccounts(context, population, [server.url]);
  return { population, server, empty: await weigh(context, server) };
}

async function weigh(context: ExperimentContext, server: ServerProcess): Promise<Weights> {
  const redisBytes = context.side.needsRedis ? (await readRedisFacts(context.redisUrl())).usedBytes : 0;
  return { heapBytes: await server.callPreload('heap'), redisBytes };
}

/** The users `from` to `to` sign in, then all users up to `to` ask at `at`, then everything is weighed. */
export async function measureCrowd(
  context: ExperimentContext,
  part: Part,
  { population, server, empty }: Crowd,
  { at, from, to }: { readonly at: string; readonly from: number; readonly to: number },
): Promise<void> {
  const { rate, seconds } = context.options;
  const users = Array.from({ length: to - from }, (_, index) => from + index);
  context.step(`signing ${formatCount(users.length)} users in`);
  // Not through the gateway: 100,000 sign-ins would keep it busy for a minute, and nothing of them is compared.
  const tookMs = await signIn(context, part, population, { at: server.url, users, parallel: PARALLEL });
  part.recordFigure(
    'sign_in_seconds',
    tookMs / 1000,
    's',
    `${formatCount(users.length)} sign-ins at the lowest password cost`,
  );
  context.step(`${formatCount(to)} users signed in; ${rate} requests/s for ${seconds} s`);
  await runOpenLoop(context, part, population, { at, label: `crowd ${to}`, warmUpSeconds: 1, among: to });
  const { heapBytes, redisBytes } = await weigh(context, server);
  part.record({ type: 'server', name: server.name, heapBytes });
  const recordPerUser = (name: string, bytes: number, text: string) => {
    // The rest of a server shrinks now and then; a user never weighs less than nothing.
    if (to >= WEIGHABLE) part.recordFigure(name, Math.max(0, bytes / to), 'bytes', text);
  };
  recordPerUser('server_bytes_per_user', heapBytes - empty.heapBytes, 'per user in the server, without garbage');
  if (!context.side.needsRedis) return;
  part.recordFigure('redis_bytes', redisBytes, 'bytes', 'used_memory of Redis');
  recordPerUser('redis_bytes_per_user', redisBytes - empty.redisBytes, 'per user in Redis');
}

/** "server 112 MiB (1,234 bytes per user), Redis 24 MiB (251 bytes per user)" */
export function describeWeights({ figures, servers }: PartSummary): string {
  const describe = (place: string, bytes: number | undefined, figure: string) => {
    const perUser = figures[figure]?.value;
    if (bytes === undefined) return [];
    return [
      `${place} ${formatBytes(bytes)}${perUser === undefined ? '' : ` (${formatCount(perUser)} bytes per user)`}`,
    ];
  };
  const heapBytes = servers.find((server) => server.heapBytes !== undefined)?.heapBytes;
  return [
    ...describe('server', heapBytes, 'server_bytes_per_user'),
    ...describe('Redis', figures.redis_bytes?.value, 'redis_bytes_per_user'),
  ].join(', ');
}

/** Up to this share of a session in memory, a token counts as weighing nothing: compiled code is part of the figure. */
const NOTHING = 0.1;

export function checkTokenWeight(parts: readonly PartSummary[], scenario: string): Check[] {
  const read = (side: string) => findPart(parts, side, scenario)?.figures.server_bytes_per_user?.value;
  const [token, session] = [read('jwt'), read('memory') ?? read('memory+affinity')];
  if (token === undefined || session === undefined) return [];
  return [
    {
      id: 'token-weighs-nothing',
      text: `a signed token weighs nothing on the server: at most ${NOTHING * 100} % of a session in memory`,
      kind: 'experiment',
      outcome: token <= session * NOTHING ? 'holds' : 'broken',
      detail: `${formatCount(token)} bytes per user with jwt, ${formatCount(session)} with memory`,
    },
  ];
}
