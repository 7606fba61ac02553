// Many users at one server: what each of them weighs, there and in Redis, and what answers take while they are there.

import type { ExperimentContext, Part } from '../context/lab.ts';
import type { Check, PartSummary } from '../contracts/report.ts';
import { runOpenLoop } from '../load/load.ts';
import { createPopulation, type Population, registerAccounts, signIn } from '../load/population.ts';
import { createRandom } from '../load/random.ts';
import { readRedisFacts } from '../processes/redis-facts.ts';
import type { ServerProcess } from '../processes/server.ts';
import { count, findPart, mib } from './cells.ts';

export interface Crowd {
  readonly server: ServerProcess;
  /** Where requests go: the server itself or a gateway before it. */
  readonly at: string;
  readonly population: Population;
  /** Users from this number on sign in now; those before have. */
  readonly from: number;
  readonly to: number;
  /** What server and Redis weighed before the first of them signed in. */
  readonly empty: Weights;
}

export interface Weights {
  readonly rssBytes: number | undefined;
  readonly redisBytes: number;
}

/** Users who share an account are its devices. */
export const createCrowdEnv = ({ side }: ExperimentContext): Readonly<Record<string, string>> =>
  side.api === 'stateless' ? {} : { SESSION_MAX_PER_USER: '1000' };

export async function weigh(context: ExperimentContext, server: ServerProcess): Promise<Weights> {
  const redisBytes = context.side.needsRedis ? (await readRedisFacts(context.redisUrl())).usedBytes : 0;
  return { rssBytes: server.rssBytes(), redisBytes };
}

/** Below this a server's memory says more about its garbage than about users, and Redis' more about its connections. */
const WEIGHABLE = 10_000;

export async function measureCrowd(context: ExperimentContext, part: Part, crowd: Crowd): Promise<void> {
  const { server, at, population, from, to, empty } = crowd;
  const { rate, seconds, seed } = context.options;
  const users = Array.from({ length: to - from }, (_, index) => from + index);
  context.step(`signing ${count(users.length)} users in`);
  // Not through the gateway, of whose work 100,000 sign-ins would be 0.7 ms each: nothing of theirs is compared.
  const tookMs = await signIn(context, part, population, { at: server.url, users, atOnce: 32 });
  part.figure('sign_in_seconds', tookMs / 1000, 's', `${count(users.length)} sign-ins at the lowest password cost`);
  context.step(`${count(to)} users signed in; ${rate} requests/s for ${seconds} s`);
  const random = createRandom(seed, `crowd ${to}`);
  await runOpenLoop(context, part, population, {
    at,
    rate,
    seconds,
    warmUpSeconds: 1,
    arrivals: 'poisson',
    random,
    among: to,
  });
  const { rssBytes, redisBytes } = await weigh(context, server);
  if (rssBytes !== undefined && empty.rssBytes !== undefined) {
    part.event({ type: 'server', name: server.name, rssBytes });
    const grown = rssBytes - empty.rssBytes;
    part.figure('server_bytes_grown', grown, 'bytes', 'the server’s resident memory since before the first sign-in');
    if (to >= WEIGHABLE) part.figure('server_bytes_per_user', grown / to, 'bytes', 'of the server’s memory, per user');
  }
  if (context.side.needsRedis) {
    part.figure('redis_bytes', redisBytes, 'bytes', 'used_memory of Redis');
    if (to >= WEIGHABLE)
      part.figure('redis_bytes_per_user', (redisBytes - empty.redisBytes) / to, 'bytes', 'of Redis’ memory, per user');
  }
}

/** A population that has accounts at the server. Their registration has also made its code warm. */
export async function prepareCrowd(
  context: ExperimentContext,
  server: ServerProcess,
  users: number,
  accounts: number,
): Promise<Population> {
  const population = createPopulation(context, users, accounts);
  context.step(`registering ${count(population.accounts)} accounts`);
  await registerAccounts(population, [server.url], context.signal);
  return population;
}

/** "112 MiB in the server (1,234 bytes per user), 24 MiB in Redis (251 bytes per user)" */
export function describeWeights({ figures, servers }: PartSummary): string {
  const per = (name: string) => {
    const value = figures[name]?.value;
    if (value === undefined) return '';
    // A collection of garbage in between freed more than the users took.
    return value < 0 ? ' (no more than before them)' : ` (${count(Math.round(value))} bytes per user)`;
  };
  const rss = servers.find(({ rssBytes }) => rssBytes !== undefined)?.rssBytes;
  const inServer = rss === undefined ? [] : [`server ${mib(rss)}${per('server_bytes_per_user')}`];
  const redis = figures.redis_bytes?.value;
  const inRedis = redis === undefined ? [] : [`Redis ${mib(redis)}${per('redis_bytes_per_user')}`];
  return [...inServer, ...inRedis].join(', ');
}

/** Garbage, and the verified tokens that a server keeps (16 MiB at most): up to this share of a session nothing is said to weigh. */
const NOTHING = 0.25;
/** From here on it is no garbage. */
const SOMETHING = 0.5;

/** Resident memory is no scale: between the two it is not told. Of too few users nothing is weighed, and nothing checked. */
export function checkTokenWeight(parts: readonly PartSummary[], scenario: string): Check[] {
  const weight = (side: string) => findPart(parts, side, scenario)?.figures.server_bytes_per_user?.value;
  const [token, session] = [weight('jwt'), weight('memory') ?? weight('memory+affinity')];
  if (token === undefined || session === undefined || session <= 0) return [];
  const share = token / session;
  return [
    {
      id: 'token-weighs-nothing',
      text: `a signed token weighs nothing on the server: at most ${NOTHING * 100} % of a session in memory, which is garbage and cache`,
      kind: 'experiment',
      outcome: share <= NOTHING ? 'holds' : share < SOMETHING ? 'unknown' : 'broken',
      detail: `${count(Math.round(token))} bytes per user with jwt, ${count(Math.round(session))} with memory`,
    },
  ];
}
